import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cityPoints } from '../points/city-points.ts';
import { planRun, type RunPlan } from '../run/run-plan.ts';
import { parseScenario } from '../run/scenario-file.ts';
import { createSource, type Source } from '../run/source.ts';
import { CONSUMPTION } from './compare-consumption.ts';
import type { HeldConsumption } from './comparison.ts';
import { judge } from './conscience.ts';
import { type Remembered, remember } from './fixtures/remembered.ts';
import { consumptionFrom } from './fixtures/remembered-consumption.ts';
import type { Knowledge } from './knowledge.ts';

/** Two days around a change of the clocks, with a register that goes wrong in every way. */
const HAMLET = `name: hamlet
description: { en: Two days of a hamlet, fr: Deux jours d'un hameau }
seed: 5
city:
  installedAt: "2026-03-20"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 2 }
  households: { count: 12, gas: 1, electricity: 0.5 }
  buildings: [{ kind: school, area_m2: 3200 }]
  lighting: { luminaires: 8, lampsPerCabinet: 4 }
faults:
  - { kind: leak_toilet, numbers: [1], from: "2026-03-28T04:00:00Z" }
  - { kind: stuck, numbers: [2], from: "2026-03-28T10:00:00Z" }
  - { kind: backflow, numbers: [4], from: "2026-03-28T10:00:00Z", to: "2026-03-28T16:00:00Z" }
  - { kind: clock_drift, numbers: [5], from: "2026-03-22T00:00:00Z", to: "2026-03-29T09:30:00Z", size: 120 }
  - { kind: swapped, family: gas, numbers: [1], from: "2026-03-28T12:00:00Z", size: 37 }
  - { kind: swapped, family: gas, numbers: [2], from: "2026-03-28T12:10:00Z", newDevEui: true }
  - { kind: rollover, family: gas, numbers: [3], from: "2026-03-28T15:00:00Z" }
  - { kind: pulse_weight, family: gas, numbers: [4], from: "2026-03-28T13:00:00Z", to: "2026-03-29T08:00:00Z" }
  - { kind: pulse_weight, family: gas, numbers: [5], from: "2026-03-20T00:00:00Z" }
  - { kind: tamper, family: gas, numbers: [6], from: "2026-03-28T06:00:00Z" }
  - { kind: swapped, family: electricity, numbers: [1], from: "2026-03-28T12:00:00Z" }
  - { kind: rollover, family: electricity, numbers: [2], from: "2026-03-28T11:00:00Z" }
radio: { gateways: 3, lossShare: 0.05, server: { reorderShare: 0.05, reorderWithin_s: 7200 } }
from: "2026-03-28T00:00:00Z"
days: 2
`;

let plan: RunPlan;
let source: Source;
let knowledge: Knowledge;
let held: Remembered;
let prefix: string;

const verdict = () =>
  judge({ plan, source, knowledge, holdings: held, deviceShare: 1, say: () => {} }, [CONSUMPTION]);
const findings = async () => (await verdict()).findings;

beforeAll(async () => {
  plan = planRun(parseScenario(HAMLET, 'hamlet.yaml'), {}, new Date('2026-05-01T00:00:00Z'));
  source = await createSource(plan);
});

beforeEach(() => {
  ({ knowledge, held } = remember(source));
  prefix = [...held.points][0]?.split('-').slice(0, 2).join('-') ?? '';
});

/** The first row that is so, and its place. */
function rowOf(family: string, is: (row: HeldConsumption) => boolean): { at: number; row: HeldConsumption } {
  const at = held.consumption.findIndex((row) => row.code.startsWith(`${prefix}-${family}-`) && is(row));
  const row = held.consumption[at];
  if (row === undefined) throw new Error('no such consumption');
  return { at, row };
}

const whole = (bucket: string, quality: string) => (row: HeldConsumption) =>
  row.bucket === bucket && row.quality === quality && (row.value ?? 0) > 0;

describe('the conscience, of consumption', () => {
  it('is at ease with what a faultless service makes of it', async () => {
    const { findings: found, comparisons } = await verdict();
    expect(found).toEqual([]);
    const figures = comparisons[0]?.figures ?? {};
    expect(figures.points).toBe(held.points.size);
    for (const figure of [
      'hours measured',
      'hours estimated',
      'hours missing',
      'days measured',
      'days estimated',
    ])
      expect(figures[figure], figure).toBeGreaterThan(5);
    expect(figures['water: m3 stored on measured days']).toBeGreaterThan(1);
    expect(figures['water: m3 stored on measured days']).toBeCloseTo(
      figures['water: m3 simulated on measured days'] ?? 0,
      0,
    );
  });

  it('knows a day of 23 hours', () => {
    const day = Date.parse('2026-03-28T23:00:00Z');
    const { row } = rowOf('water', ({ bucket, fromMs }) => bucket === 'day' && fromMs === day);
    const hours = held.consumption.filter(
      ({ code, bucket, fromMs }) =>
        code === row.code &&
        bucket === 'hour' &&
        fromMs >= day &&
        fromMs < Date.parse('2026-03-29T22:00:00Z'),
    );
    expect(hours).toHaveLength(23);
  });

  it.each([1, -1, 1000])(
    'names a measured hour that is wrong by %i millionths, and the day that it spoils',
    async (by) => {
      const { at, row } = rowOf('water', whole('hour', 'measured'));
      held.consumption[at] = { ...row, value: (row.value ?? 0) + by };
      const found = await findings();
      const place = { devEui: expect.any(String), at: new Date(row.fromMs) };
      expect(found[0]).toMatchObject({
        kind: 'consumption_wrong',
        ...place,
        what: `hour of ${row.code}, water_volume, millionths`,
        expected: `${row.value} measured`,
        found: `${(row.value ?? 0) + by} measured`,
      });
      expect(found.length).toBeLessThanOrEqual(2);
    },
  );

  it('names a gap whose estimates no longer add up to the index', async () => {
    const { at, row } = rowOf('electricity', whole('day', 'estimated'));
    held.consumption[at] = { ...row, value: (row.value ?? 0) + 40_000_000 };
    const kinds = new Set((await findings()).map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['consumption_unreconciled']));
  });

  it('names an estimate that moved from one hour to the next, though their sum is the same', async () => {
    const { at, row } = rowOf('gas', whole('hour', 'estimated'));
    const next = held.consumption[at + 1] as HeldConsumption;
    held.consumption[at] = { ...row, value: (row.value ?? 0) + 5_000_000 };
    held.consumption[at + 1] = { ...next, value: (next.value ?? 0) - 5_000_000 };
    expect((await findings()).map(({ kind }) => kind)).toContain('consumption_unreconciled');
  });

  it.each(['hour', 'day'])('names a %s that was dropped', async (bucket) => {
    const { at, row } = rowOf('water', whole(bucket, 'measured'));
    held.consumption.splice(at, 1);
    const found = await findings();
    expect(found[0]).toMatchObject({
      kind: 'consumption_missing',
      at: new Date(row.fromMs),
      what: `${bucket} of ${row.code}, water_volume, millionths`,
      expected: `${row.value}`,
      found: 'nothing',
    });
    expect(found).toHaveLength(1);
  });

  it('names a value that became missing', async () => {
    const { at, row } = rowOf('water', whole('hour', 'measured'));
    held.consumption[at] = { ...row, value: null, quality: 'missing' };
    expect((await findings()).map(({ kind }) => kind)).toContain('consumption_missing');
  });

  it.each([
    ['an estimate that is marked as measured', 'gas', 'estimated', 'measured'],
    ['a measured value that is marked as an estimate', 'water', 'measured', 'estimated'],
    ['an estimate that is marked as repaired', 'electricity', 'estimated', 'repaired'],
  ])('names %s', async (_what, family, is, said) => {
    const { at, row } = rowOf(family, whole('hour', is));
    held.consumption[at] = { ...row, quality: said };
    const found = await findings();
    expect(found).toEqual([
      expect.objectContaining({
        kind: 'quality_wrong',
        at: new Date(row.fromMs),
        found: `${row.value} ${said}`,
      }),
    ]);
  });

  it('names consumption of a time, or of a register, of which nobody knows anything', async () => {
    const { row } = rowOf('water', whole('hour', 'measured'));
    held.consumption.push({ ...row, fromMs: row.fromMs - 20 * 86_400_000 }, { ...row, channel: 7 });
    expect((await findings()).map(({ kind }) => kind)).toEqual([
      'consumption_unfounded',
      'consumption_unfounded',
    ]);
  });

  it('names a total that is not what its registers say, and one that is not there', async () => {
    const { at, row } = rowOf('electricity', (one) => one.channel === 0 && whole('hour', 'measured')(one));
    held.consumption[at] = { ...row, value: (row.value ?? 0) + 1 };
    expect(await findings()).toEqual([
      expect.objectContaining({
        kind: 'consumption_unreconciled',
        found: `${(row.value ?? 0) + 1} measured`,
      }),
    ]);
    held.consumption.splice(at, 1);
    expect(await findings()).toEqual([
      expect.objectContaining({
        kind: 'consumption_missing',
        expected: expect.stringContaining(`${row.value} measured`),
      }),
    ]);
  });

  it('names a first bucket that begins before the first reading and has a value all the same', async () => {
    const { at, row } = rowOf('gas', ({ bucket, quality }) => bucket === 'day' && quality === 'missing');
    held.consumption[at] = { ...row, value: 0, quality: 'estimated' };
    expect((await findings()).map(({ kind }) => kind)).toContain('consumption_unfounded');
  });

  it('names a point that is not there, and consumption that is not settled', async () => {
    held.points.delete(`${prefix}-water-3`);
    expect(await findings()).toEqual([
      expect.objectContaining({ kind: 'point_missing', what: `${prefix}-water-3` }),
    ]);
    held.unsettled = 4;
    expect(await findings()).toEqual([expect.objectContaining({ kind: 'consumption_unsettled' })]);
  });

  it('finds out whose swap was never recorded, and whose pulse weight was never corrected', async () => {
    const asBelieved = [...cityPoints(source.city, new Date(plan.untilMs))].map((point) => ({
      ...point,
      registers: point.registers.map((register) => ({ ...register, known: register.believed })),
    }));
    held.consumption = consumptionFrom(asBelieved, held.measurements, 'Europe/Paris');
    const wrong = new Set((await findings()).map(({ what }) => what.split(/[ ,]/)[2]));
    expect(wrong).toEqual(
      new Set(['gas-1', 'gas-4', 'gas-5', 'electricity-1'].map((place) => `${prefix}-${place}`)),
    );
  });

  it('lets be what it is not asked for: a run without metering points', async () => {
    const without = await judge({
      plan: { ...plan, meteringPoints: false },
      source,
      knowledge,
      holdings: held,
      deviceShare: 1,
      say: () => {},
    });
    expect(without.notCompared).toEqual(['consumption', 'alerts']);
    expect(without.isWell).toBe(true);
  });
});
