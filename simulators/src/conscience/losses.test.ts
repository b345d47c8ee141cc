import { QUANTITIES, type Quantity } from '@veilleur/domain';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { planRun, type RunPlan } from '../run/run-plan.ts';
import { parseScenario } from '../run/scenario-file.ts';
import { createSource, type Source } from '../run/source.ts';
import { CONSUMPTION } from './compare-consumption.ts';
import type { HeldMeasurement } from './comparison.ts';
import { COMPARISONS, judge } from './conscience.ts';
import { type Remembered, remember } from './fixtures/remembered.ts';
import type { Knowledge } from './knowledge.ts';

/** A day and a half with losses, late frames and copies, and meters whose clocks and layouts change. */
const HAMLET = `name: hamlet
description: { en: A day of a hamlet, fr: Un jour d'un hameau }
seed: 9
city:
  installedAt: "2026-03-01"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 2 }
  households: { count: 8, gas: 1, electricity: 0.5 }
  buildings: [{ kind: school, area_m2: 3200 }]
  lighting: { luminaires: 6, lampsPerCabinet: 3 }
faults:
  - { kind: leak_toilet, numbers: [1], from: "2026-03-08T04:00:00Z" }
  - { kind: clock_drift, numbers: [2], from: "2026-03-02T00:00:00Z", to: "2026-03-10T20:00:00Z", size: 500 }
  - { kind: codec_version, numbers: [3], from: "2026-03-10T14:00:00Z" }
  - { kind: lamp_failure, numbers: [1], from: "2026-03-10T02:00:00Z" }
  - { kind: codec_version, family: gas, numbers: [2], from: "2026-03-10T12:00:00Z" }
  - { kind: tamper, family: gas, numbers: [1], from: "2026-03-10T06:00:00Z" }
  - { kind: swapped, family: electricity, numbers: [1], from: "2026-03-10T12:00:00Z" }
radio:
  gateways: 3
  lossShare: 0.05
  backhaulOutages: [{ gateways: [0, 1, 2], from: "2026-03-10T08:00:00Z", to: "2026-03-10T09:30:00Z" }]
  server: { replicaShare: 0.05, redeliveryShare: 0.05, reorderShare: 0.1, reorderWithin_s: 7200, forwardsRepeats: true }
from: "2026-03-10T00:00:00Z"
days: 1.5
`;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let plan: RunPlan;
let source: Source;
let knowledge: Knowledge;
let held: Remembered;

const findings = async (comparisons = COMPARISONS.filter(({ name }) => name !== 'alerts')) =>
  (await judge({ plan, source, knowledge, holdings: held, deviceShare: 1, say: () => {} }, comparisons))
    .findings;

const familyOf = ({ devEui }: { readonly devEui: string }) => devEui[10];
const isOf = (held: HeldMeasurement, family: string, quantity: Quantity, channel = held.channel) =>
  familyOf(held) === family && held.quantity === quantity && held.channel === channel;
const isIndex = ({ quantity }: HeldMeasurement) => QUANTITIES[quantity].kind === 'index';
const isFlag = ({ quantity }: HeldMeasurement) => QUANTITIES[quantity].kind === 'flag';
const isHistory = (held: HeldMeasurement) =>
  isOf(held, '1', 'water_volume') && held.timeMs % HOUR_MS === 0 && held.timeMs < held.reportedAtMs;
const isUndated = ({ timeMs, reportedAtMs }: HeldMeasurement) => timeMs === reportedAtMs;
const numberOf = ({ devEui }: { readonly devEui: string }) => Number.parseInt(devEui.slice(11), 16);
const later = (held: HeldMeasurement, byMs: number): HeldMeasurement => ({
  ...held,
  timeMs: isUndated(held) ? held.timeMs + byMs : held.timeMs,
  reportedAtMs: held.reportedAtMs + byMs,
});

beforeAll(async () => {
  plan = planRun(parseScenario(HAMLET, 'hamlet.yaml'), {}, new Date('2026-04-01T00:00:00Z'));
  source = await createSource(plan);
});

beforeEach(() => {
  ({ knowledge, held } = remember(source));
});

it('is at ease while late frames, copies, clocks and layouts leave nothing out', async () => {
  expect(knowledge.duplicates + knowledge.repeated).toBeGreaterThan(50);
  expect(knowledge.odd.length).toBeGreaterThan(20);
  expect(await findings()).toEqual([]);
});

describe.each([
  ['the log of every water meter', isHistory, ['index_missing']],
  [
    'the log of the one in the Enhanced layout',
    (one) => isHistory(one) && numberOf(one) === 3,
    ['index_missing'],
  ],
  [
    'what every water meter showed',
    (one) => isOf(one, '1', 'water_volume') && !isHistory(one),
    ['index_missing'],
  ],
  [
    'what a leaking meter showed',
    (one) => isOf(one, '1', 'water_volume') && !isHistory(one) && numberOf(one) === 1,
    ['index_missing'],
  ],
  [
    'what a meter with a wrong clock showed',
    (one) => isOf(one, '1', 'water_volume') && !isHistory(one) && numberOf(one) === 2,
    ['index_missing'],
  ],
  ['the energy of every lamp', (one) => isOf(one, '4', 'active_energy_import'), ['index_missing']],
  ['every peak index', (one) => isOf(one, '3', 'active_energy_import', 2), ['index_missing']],
  ['every pulse count', (one) => one.quantity === 'pulse_count', ['index_missing', 'state_missing']],
  [
    'the pulse counts after six in the morning',
    (one) => one.quantity === 'pulse_count' && one.timeMs > Date.UTC(2026, 2, 10, 6),
    ['index_missing'],
  ],
  ['all flags', isFlag, ['state_missing']],
  ['all that is no index', (one) => !isIndex(one), ['state_missing']],
] as readonly [string, (one: HeldMeasurement) => boolean, readonly string[]][])(
  'the conscience, where %s is lost',
  (_what, isLost, kinds) => {
    it('names it', async () => {
      held.measurements = held.measurements.filter((one) => !isLost(one));
      held.settle(source);
      const found = new Set((await findings()).map(({ kind }) => kind));
      for (const kind of kinds) expect(found).toContain(kind);
    });
  },
);

describe('the conscience', () => {
  it('names one hour of a log that is lost, and when it was', async () => {
    const noon = Date.UTC(2026, 2, 10, 12);
    held.measurements = held.measurements.filter(
      (one) => !(isHistory(one) && numberOf(one) === 5 && one.timeMs === noon),
    );
    held.settle(source);
    expect(await findings()).toEqual([
      expect.objectContaining({
        kind: 'index_missing',
        at: new Date(noon),
        found: expect.stringContaining('1 missing'),
      }),
    ]);
  });

  it('asks an earlier run for the hours before its own', async () => {
    const isBefore = ({ timeMs }: HeldMeasurement) => timeMs < plan.fromMs;
    const earlier = held.measurements
      .filter((one) => isHistory(one) && isBefore(one))
      .map((one) => ({ ...one, reportedAtMs: plan.fromMs - MINUTE_MS }));
    held.measurements = held.measurements.filter((one) => !(isHistory(one) && isBefore(one)));
    const values = COMPARISONS.filter(({ name }) => name === 'registers');
    expect((await findings(values)).map(({ what }) => what)).toContain('full hours of its log');
    const { measurements } = held;
    held.readingsOf = async function* (devEuis) {
      yield* [...earlier, ...measurements].filter(({ devEui }) => devEuis.includes(devEui));
    };
    expect(await findings(values)).toEqual([]);
  });

  it('names one energy of a lamp that is lost, though the frame told its hours', async () => {
    const at = held.measurements.findIndex(
      (one) => isOf(one, '4', 'active_energy_import') && numberOf(one) === 4,
    );
    const [lost] = held.measurements.splice(at, 1);
    expect(await findings()).toEqual([
      expect.objectContaining({
        kind: 'index_missing',
        devEui: lost?.devEui,
        what: 'frames that told active_energy_import',
      }),
    ]);
  });

  it.each([
    ['water_volume', 'gas_volume'],
    ['pulse_count', 'water_volume'],
  ] as const)('names %s that is stored as %s', async (from, to) => {
    held.measurements = held.measurements.map((one) =>
      one.quantity === from ? { ...one, quantity: to } : one,
    );
    const found = await findings();
    expect(
      found.filter(({ kind, what }) => kind === 'measurement_unfounded' && what.startsWith(to)).length,
    ).toBeGreaterThan(100);
  });

  it('names a tariff that is stored as another one', async () => {
    held.measurements = held.measurements.map((one) =>
      isOf(one, '3', 'active_energy_import', 1) ? { ...one, channel: 3 } : one,
    );
    expect(new Set((await findings()).map(({ kind, what }) => `${kind} ${what}`))).toContain(
      'measurement_unfounded active_energy_import/3',
    );
  });

  it.each([14 * MINUTE_MS, -10 * MINUTE_MS])(
    'names readings without a date that lie %i ms beside their time',
    async (byMs) => {
      held.measurements = held.measurements.map((one) => (isUndated(one) ? later(one, byMs) : one));
      held.settle(source);
      expect(
        (await findings()).filter(({ kind }) => kind === 'measurement_unfounded').length,
      ).toBeGreaterThan(100);
    },
  );

  it('names readings that are dated by another moment than their frame came', async () => {
    held.measurements = held.measurements.map((one) =>
      isUndated(one) ? { ...one, timeMs: one.timeMs + 14 * MINUTE_MS } : one,
    );
    held.settle(source);
    expect((await findings()).map(({ kind }) => kind)).toContain('measurement_unfounded');
  });

  it.each([
    ['a quarter of an hour later', 14 * MINUTE_MS, 'measurement_unfounded'],
    ['a second later', 1000, 'measurement_doubled'],
  ])('names readings that are there a second time, %s', async (_when, byMs, kind) => {
    const again = held.measurements.filter(isUndated).map((one) => later(one, byMs));
    held.measurements.push(...again);
    held.settle(source);
    expect((await findings()).map((one) => one.kind)).toContain(kind);
  });

  it('names frames that are said to have been received at another time', async () => {
    const shifted = held.frames.slice(0, 3);
    held.frames = held.frames.map((frame) =>
      shifted.includes(frame)
        ? { ...frame, receivedAt: new Date(frame.receivedAt.getTime() + 7 * MINUTE_MS) }
        : frame,
    );
    const found = await findings();
    expect(found.map(({ kind, devEui, fCnt }) => `${kind} ${devEui} ${fCnt}`).sort()).toEqual(
      shifted.map(({ devEui, fCnt }) => `frame_misdated ${devEui} ${fCnt}`).sort(),
    );
  });

  it('names a point of which no reading is there, though its meter was heard', async () => {
    held.measurements = held.measurements.filter(
      (one) => !(isOf(one, '2', 'pulse_count') && numberOf(one) === 5),
    );
    held.settle(source);
    expect(await findings([CONSUMPTION])).toEqual([
      expect.objectContaining({
        kind: 'index_missing',
        what: expect.stringMatching(/^readings of .*-gas-5, gas_volume/),
      }),
    ]);
  });
});
