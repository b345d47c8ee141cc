import { setTimeout as delay } from 'node:timers/promises';
import type { ProfileCatalogue } from '@veilleur/codec';
import type { DevEui } from '@veilleur/domain';
import type { Language } from '@veilleur/runtime';
import { findDevice, firstFrameFacts, latestMeasurements, type Pool } from '@veilleur/store';
import { judge, type Verdict } from './first-frame-verdict.ts';
import type { Output } from './output.ts';

const POLL_MS = 1000;

/**
 * Follows a device from its join to its first trusted measurement: prints each sentence when it changes,
 * and ends with the first verdict that no longer waits.
 *
 * @returns Whether the device is well, or works with something to look at.
 */
export async function watch(
  pool: Pool,
  profiles: ProfileCatalogue,
  devEui: DevEui,
  { timeoutMs, language }: { readonly timeoutMs: number; readonly language: Language },
  output: Output,
): Promise<boolean> {
  const shown = new Set<string>();
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const verdict = await look(pool, profiles, devEui, language);
    const fresh = verdict.checks.filter(({ sentence }) => !shown.has(sentence));
    for (const { sentence } of fresh) shown.add(sentence);
    const isOver = verdict.verdict !== 'waiting' || performance.now() > deadline;
    if (!output.json) for (const { sentence } of fresh) process.stdout.write(`  ${sentence}\n`);
    if (isOver) {
      output.answer({ devEui, ...verdict }, CONCLUSIONS[language][verdict.verdict]);
      return verdict.verdict === 'good' || verdict.verdict === 'attention';
    }
    await delay(POLL_MS);
  }
}

async function look(
  pool: Pool,
  profiles: ProfileCatalogue,
  devEui: DevEui,
  language: Language,
): Promise<Verdict> {
  const [device, facts, latest] = await Promise.all([
    findDevice(pool, devEui),
    firstFrameFacts(pool, devEui),
    latestMeasurements(pool, devEui),
  ]);
  const profile = device?.profile ? profiles.get(device.profile) : undefined;
  return judge({ device, ...facts, latest, profile }, new Date(), language);
}

const CONCLUSIONS = {
  en: {
    good: 'All is well.',
    attention: 'It works; look at what is said above.',
    bad: 'It does not work yet; the sentences above say what to do.',
    waiting: 'Nothing has come in this time.',
  },
  fr: {
    good: 'Tout va bien.',
    attention: 'Il fonctionne ; voir ce qui est dit ci-dessus.',
    bad: 'Il ne fonctionne pas encore ; les phrases ci-dessus disent quoi faire.',
    waiting: 'Rien n’est arrivé pendant ce temps.',
  },
} as const;
