import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Attack, LIMITS } from './attacks/attack.ts';
import { ESCAPES } from './attacks/escape.ts';
import { MEMORY_ATTACKS } from './attacks/memory.ts';
import { OUTPUT_ATTACKS } from './attacks/output.ts';
import { TIME_ATTACKS } from './attacks/time.ts';
import { codecOf, type SandboxCall, type SandboxResult } from './call.ts';
import { createSandbox } from './sandbox.ts';

// No holds: every attack is to be met, not avoided.
const sandbox = createSandbox({ hold: { maxStrikes: Number.POSITIVE_INFINITY } });
const honest = codecOf('function decodeUplink(input) { return { data: { flow: input.bytes[0] / 10 } }; }');

/** One limit, the watchdog's patience, a new thread, and as much again for a machine that has other work. */
const ON_TIME_MS = 2_000;
/** Two machines of 64 MB, for the next one starts before the last one is collected, and the thread. */
const MOST_RSS_GROWTH_MB = 230;

let rssBeforeMb = 0;
let peakRssMb = 0;

beforeAll(async () => {
  await sandbox.run([callOf(honest, 1)]);
  rssBeforeMb = rssMb();
});

afterAll(() => sandbox.stop());

describe.each([
  ['time', TIME_ATTACKS],
  ['memory', MEMORY_ATTACKS],
  ['output', OUTPUT_ATTACKS],
  ['escape', ESCAPES],
] as const)('attacks by %s: the neighbours of the batch get their answers, on time', (_kind, attacks) => {
  test.each(attacks)('$name', async (attack) => {
    const hostile = codecOf(attack.source ?? `function decodeUplink(input) { ${attack.body} }`);
    const startedAt = performance.now();
    const watched = setInterval(() => {
      peakRssMb = Math.max(peakRssMb, rssMb());
    }, 5);
    const results = await sandbox.run([
      callOf(honest, 11),
      callOf(hostile, 1),
      callOf(honest, 12),
      callOf(honest, 13),
    ]);
    clearInterval(watched);
    expect(performance.now() - startedAt).toBeLessThan(ON_TIME_MS);
    const [before, met, after, last] = results;
    expect([before, after, last].map(flowOf)).toEqual([1.1, 1.2, 1.3]);
    expectMet(attack, met);
  });
});

test('all attacks together: the memory of the process stays under its cap', () => {
  expect(peakRssMb - rssBeforeMb).toBeLessThan(MOST_RSS_GROWTH_MB);
});

test('all attacks in one batch among 400 honest calls: each call gets its own answer', async () => {
  const attacks = [...ESCAPES, ...OUTPUT_ATTACKS, ...MEMORY_ATTACKS, ...TIME_ATTACKS];
  const calls = attacks.flatMap((attack, index) => [
    ...Array.from({ length: 5 }, () => callOf(honest, index)),
    callOf(codecOf(attack.source ?? `function decodeUplink(input) { ${attack.body} }`), 1),
  ]);
  const results = await sandbox.run(calls);
  for (const [index, attack] of attacks.entries()) {
    const [a, b, c, d, e, met] = results.slice(index * 6, index * 6 + 6);
    expect([a, b, c, d, e].map(flowOf)).toEqual(Array.from({ length: 5 }, () => index / 10));
    expectMet(attack, met);
  }
});

function callOf(codec: SandboxCall['codec'], byte: number): SandboxCall {
  const recvTime = new Date('2026-03-01T12:00:00Z');
  return { codec, kind: 'decodeUplink', input: { bytes: [byte], fPort: 2, recvTime, variables: {} } };
}

function flowOf(result: SandboxResult | undefined): unknown {
  return result?.outcome === 'returned' ? (result.output as { data: { flow: unknown } }).data.flow : result;
}

function expectMet(attack: Attack, met: SandboxResult | undefined): void {
  const outcome = met?.outcome === 'refused' ? met.code : met?.outcome;
  const isLimited = attack.comesTo.some((one) => LIMITS.includes(one));
  const expected = [...attack.comesTo, ...(isLimited ? LIMITS : [])];
  expect(expected, JSON.stringify(met)?.slice(0, 300)).toContain(outcome);
  if (met?.outcome === 'returned' && 'data' in attack) {
    expect(met.output).toEqual({ data: attack.data });
  }
  // What reaches the backend is small, whatever was tried.
  expect(JSON.stringify(met).length).toBeLessThan(300_000);
}

function rssMb(): number {
  return process.memoryUsage.rss() / 1024 / 1024;
}
