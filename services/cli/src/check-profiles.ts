import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CheckReport,
  checkSandboxedProfile,
  createSandbox,
  loadSandboxedProfile,
  loadSandboxedProfiles,
} from '@veilleur/codec';
import type { Output } from './output.ts';

/** Whether a folder is a profile of ours, or holds some as `<vendor>/<device>`. */
export async function holdsProfiles(folder: string): Promise<boolean> {
  if (existsSync(join(folder, 'profile.yaml'))) return true;
  for (const vendor of await readdir(folder).catch(() => [])) {
    for (const device of await readdir(join(folder, vendor)).catch(() => [])) {
      if (existsSync(join(folder, vendor, device, 'profile.yaml'))) return true;
    }
  }
  return false;
}

/**
 * Runs the vectors of a profile, or of every profile below a folder, in the sandbox, and shows what
 * differs. Returns whether all of them are right.
 */
export async function checkProfiles(folder: string, output: Output): Promise<boolean> {
  const profiles = existsSync(join(folder, 'profile.yaml'))
    ? [await loadSandboxedProfile(folder)]
    : (await loadSandboxedProfiles(folder)).all();
  const progress = output.progress('profiles', profiles.length);
  const sandbox = createSandbox();
  const reports: CheckReport[] = [];
  try {
    for (const profile of profiles) {
      reports.push(await checkSandboxedProfile(profile, sandbox));
      progress.increment();
    }
  } finally {
    progress.stop();
    await sandbox.stop();
  }
  const codecs = reports.map((report) => ({
    profile: report.profileId,
    passed: report.passed,
    right: count(report, 'right'),
    wrong: count(report, 'wrong'),
    refused: count(report, 'refused'),
  }));
  const total = (kind: 'right' | 'wrong' | 'refused') => codecs.reduce((sum, codec) => sum + codec[kind], 0);
  const summary = { right: total('right'), wrong: total('wrong'), refused: total('refused'), codecs };
  output.answer(
    summary,
    [
      ...reports.flatMap(describe),
      '',
      `${summary.right} right, ${summary.wrong} wrong, ${summary.refused} refused, in ${codecs.length} profiles`,
    ].join('\n'),
  );
  return codecs.length > 0 && codecs.every(({ passed }) => passed);
}

function count(report: CheckReport, kind: 'right' | 'wrong' | 'refused'): number {
  return report.verdicts.filter((verdict) => verdict.kind === kind).length;
}

function describe(report: CheckReport): string[] {
  const lines = [
    `${report.passed ? 'right' : 'WRONG'}  ${report.profileId}  ${report.verdicts.length} vectors`,
  ];
  if (report.verdicts.length === 0)
    lines.push('       it has no vectors: without a real frame a profile proves nothing');
  for (const verdict of report.verdicts) {
    switch (verdict.kind) {
      case 'right':
        break;
      case 'wrong':
        for (const { place, expected, actual } of verdict.differences) {
          lines.push(
            `       "${verdict.vector.name}" ${place}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
          );
        }
        break;
      case 'refused':
        lines.push(`       "${verdict.vector.name}" was refused: ${verdict.reason} (${verdict.code})`);
        break;
    }
  }
  return lines;
}
