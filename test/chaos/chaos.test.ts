import { findEngines } from '@veilleur/local-postgres';
import { describe, expect, it } from 'vitest';
import { hasMosquitto } from '../support/brokers.ts';
import { runChaos } from './chaos.ts';

const CYCLES = 5;
/** Kills of all three, a full disk, a half-open database and a bridge that wakes up too late are among its faults. */
const SEED = 54;

const engine = (await findEngines()).find(({ timescaledbVersion }) => timescaledbVersion !== null);

describe.skipIf(!hasMosquitto || engine === undefined)('chaos', () => {
  it(`${CYCLES} cycles of it: nothing lost, nothing twice, nothing changed (seed ${SEED})`, async () => {
    if (engine === undefined) throw new Error('skipped without TimescaleDB');
    const report = await runChaos({
      engine,
      cycles: CYCLES,
      seed: SEED,
      perSecond: 150,
      say: (line) => process.stderr.write(`${line}\n`),
    });
    expect(report).toMatchObject({ lost: [], twice: [], wrong: [], unexpected: [], conservationBroken: [] });
    // A run in which little happened would prove little.
    expect(Object.keys(report.faults).length).toBeGreaterThan(CYCLES);
    expect(report.frames).toBeGreaterThan(1500);
    expect(report.quarantined).toBeGreaterThan(50);
    expect(report.duplicates).toBeGreaterThan(100);
    expect(report.metricsPagesRead).toBeGreaterThan(50);
  });
});
