import { availableParallelism } from 'node:os';
import {
  type CatalogueReport,
  checkCatalogue,
  createSandbox,
  type ImportReport,
  importCatalogue,
  readCatalogue,
} from '@veilleur/codec';
import type { Output } from './output.ts';

/** How many differences of one codec are shown to a person; `--json` has them all. */
const SHOWN_DIFFERENCES = 3;

/**
 * Runs every example of a public catalogue in the sandbox, and shows what differs, codec by codec.
 *
 * @returns Whether every example is right.
 */
export async function checkCatalogueFolder(folder: string, output: Output): Promise<boolean> {
  let total = 0;
  for await (const entry of readCatalogue(folder)) total += entry.kind === 'codec' ? 1 : 0;
  const progress = output.progress('codecs', total);
  const sandbox = createSandbox({ workers: Math.min(4, availableParallelism()) });
  let report: CatalogueReport;
  let done = 0;
  try {
    report = await checkCatalogue(readCatalogue(folder), sandbox, ({ codecs }) => {
      progress.increment(codecs - done);
      done = codecs;
    });
  } finally {
    progress.stop();
    await sandbox.stop();
  }
  output.answer(report, describeReport(report));
  return report.wrong + report.refused + report.problems.length === 0 && report.codecs.length > 0;
}

/** Writes a profile folder for each codec of a catalogue; what a person has changed is left alone. */
export async function importCatalogueFolder(folder: string, into: string, output: Output): Promise<void> {
  let total = 0;
  for await (const entry of readCatalogue(folder)) total += entry.kind === 'codec' ? 1 : 0;
  const progress = output.progress('codecs', total);
  let report: ImportReport;
  try {
    report = await importCatalogue(folder, into, () => progress.increment());
  } finally {
    progress.stop();
  }
  output.answer(report, describeImport(report, into));
}

function describeReport(report: CatalogueReport): string {
  const lines = report.codecs.flatMap(({ id, right, wrong, refused, differences, refusals }) => {
    if (wrong + refused === 0) return [`right  ${id}  ${right}`];
    return [
      `WRONG  ${id}  ${right} right, ${wrong} wrong, ${refused} refused`,
      ...differences
        .slice(0, SHOWN_DIFFERENCES)
        .map(
          ({ example, place, expected, actual }) =>
            `       "${example}" ${place}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`,
        ),
      ...refusals
        .slice(0, SHOWN_DIFFERENCES)
        .map(({ example, code, reason }) => `       "${example}" was refused: ${reason} (${code})`),
    ];
  });
  return [
    ...lines,
    ...report.problems.map(({ place, reason }) => `problem  ${place}: ${reason}`),
    '',
    `${report.right} right, ${report.wrong} wrong, ${report.refused} refused, in ${report.codecs.length} codecs; ${report.problems.length} files with problems`,
  ].join('\n');
}

function describeImport({ codecs, skipped, problems }: ImportReport, into: string): string {
  const count = (outcome: string) => codecs.filter((codec) => codec.outcome === outcome).length;
  return [
    ...problems.map(({ place, reason }) => `problem  ${place}: ${reason}`),
    ...codecs
      .filter(({ outcome }) => outcome === 'kept')
      .map(({ folder, edited }) => `kept     ${folder}: ${edited.join(', ')} changed since the import`),
    `${count('written')} profiles written, ${count('updated')} updated, ${count('unchanged')} unchanged, ${count('kept')} kept; ${skipped.length} codecs without a decoder, ${problems.length} problems`,
    `Their measurements are proposals: look at each profile.yaml, then set PROFILES_FOLDER=${into}.`,
  ].join('\n');
}
