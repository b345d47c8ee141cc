import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Verdict } from '@veilleur/simulators';
import { expect, it } from 'vitest';
import { runVeilleur } from '../support/run-veilleur.ts';

const WATCHED = `name: watched
description: { en: A hamlet that rules watch, fr: Un hameau que des règles surveillent }
seed: 11
city:
  installedAt: "2026-02-20"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 2 }
  households: { count: 12, gas: 0.5, electricity: 0 }
  lighting: { luminaires: 0 }
faults:
  - { kind: leak_valve, numbers: [3], from: "2026-03-06T00:00:00Z", to: "2026-03-11T00:00:00Z" }
  - { kind: backflow, numbers: [5], from: "2026-03-07T10:00:00Z", to: "2026-03-07T16:00:00Z" }
  - { kind: tamper, family: gas, numbers: [2], from: "2026-03-07T06:00:00Z" }
  - { kind: silent, numbers: [7], from: "2026-03-05T00:00:00Z", to: "2026-03-08T00:00:00Z" }
radio: { gateways: 3, lossShare: 0.02 }
meteringPoints: false
expect: { recall: 1, precision: 1 }
from: "2026-03-01T00:00:00Z"
days: 12
`;

it('rules that watch a simulated city as its time passes find its faults, and no others', {
  timeout: 120_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-test-'));
  try {
    const scenario = join(folder, 'watched.yaml');
    await writeFile(scenario, WATCHED);
    const { stdout } = await runVeilleur(['simulate', scenario, '--json']);
    const { verdict } = JSON.parse(stdout) as { readonly verdict: Verdict };
    expect(verdict.findings).toEqual([]);
    expect(verdict.notCompared).toEqual(['consumption']);
    expect(verdict.comparisons.at(-1)?.figures).toMatchObject({
      'leak_valve: found': 1,
      'backflow: found': 1,
      'tamper: found': 1,
      'silent: found': 1,
      'silent: alerts': 1,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
