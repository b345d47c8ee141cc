import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumptionOfPoint, pointStory } from '@veilleur/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

/** Four days around a change of the clocks, 5 % lost, much of it hours late, with a register for every story. */
const HAMLET = `
name: metered-hamlet
description: { en: Four metered days of a hamlet, fr: Quatre jours de comptage d'un hameau }
seed: 23
city:
  installedAt: "2026-03-20"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 2 }
  households: { count: 12, gas: 1, electricity: 0.5 }
  buildings: [{ kind: school, area_m2: 3200 }]
  waterDistricts: 1
  lighting: { luminaires: 6, lampsPerCabinet: 3 }
reportEvery_s: { lighting: 86400, cabinet: 3600, district: 3600 }
faults:
  - { kind: leak_toilet, numbers: [1], from: "2026-03-27T04:00:00Z" }
  - { kind: leak_burst, numbers: [2], from: "2026-03-28T02:00:00Z", to: "2026-03-28T09:00:00Z" }
  - { kind: stuck, numbers: [3], from: "2026-03-28T00:00:00Z" }
  - { kind: backflow, numbers: [4], from: "2026-03-27T06:00:00Z", to: "2026-03-27T18:00:00Z" }
  - { kind: clock_drift, numbers: [5], from: "2026-03-22T00:00:00Z", to: "2026-03-29T12:20:00Z", size: 150 }
  - { kind: clock_drift, family: gas, numbers: [9], from: "2026-03-22T00:00:00Z", to: "2026-03-28T12:20:00Z", size: -90 }
  - { kind: silent, numbers: [6], from: "2026-03-27T00:00:00Z", to: "2026-03-29T00:00:00Z" }
  - { kind: codec_version, numbers: [7], from: "2026-03-28T12:00:00Z" }
  - { kind: swapped, numbers: [8], from: "2026-03-27T09:00:00Z", size: 12 }
  - { kind: swapped, numbers: [9], from: "2026-03-27T10:00:00Z", newDevEui: true }
  - { kind: swapped, family: gas, numbers: [1], from: "2026-03-28T12:00:00Z", size: 37 }
  - { kind: swapped, family: gas, numbers: [2], from: "2026-03-28T12:10:00Z", newDevEui: true }
  - { kind: rollover, family: gas, numbers: [3], from: "2026-03-28T15:00:00Z" }
  - { kind: pulse_weight, family: gas, numbers: [4], from: "2026-03-27T13:00:00Z", to: "2026-03-29T08:00:00Z" }
  - { kind: pulse_weight, family: gas, numbers: [5], from: "2026-03-20T00:00:00Z" }
  - { kind: tamper, family: gas, numbers: [6], from: "2026-03-28T06:00:00Z" }
  - { kind: silent, family: gas, numbers: [7], from: "2026-03-27T06:00:00Z", to: "2026-03-28T18:00:00Z" }
  - { kind: swapped, family: electricity, numbers: [1], from: "2026-03-28T12:00:00Z" }
  - { kind: rollover, family: electricity, numbers: [2], from: "2026-03-28T11:00:00Z" }
  - { kind: cabinet_outage, numbers: [1], from: "2026-03-27T19:00:00Z", to: "2026-03-28T05:00:00Z" }
radio:
  gateways: 3
  lossShare: 0.05
  backhaulOutages: [{ gateways: [0, 1, 2], from: "2026-03-28T07:00:00Z", to: "2026-03-28T09:00:00Z" }]
  server: { replicaShare: 0.02, redeliveryShare: 0.02, reorderShare: 0.1, reorderWithin_s: 14400 }
from: "2026-03-26T00:00:00Z"
days: 4
`;

interface Report {
  readonly lost: Readonly<Record<string, number>>;
  readonly emissions: number;
  readonly points: {
    readonly added: number;
    readonly corrected: number;
    readonly settledSeconds: number | null;
  };
  readonly verdict: {
    readonly comparisons: readonly {
      readonly name: string;
      readonly compared: number;
      readonly figures: Readonly<Record<string, number>>;
    }[];
    readonly findings: readonly {
      readonly kind: string;
      readonly at: string;
      readonly what: string;
      readonly expected: string;
      readonly found: string;
    }[];
  };
}

let folder: string;
let scenario: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilleur-simulated-consumption-'));
  scenario = join(folder, 'metered-hamlet.yaml');
  await writeFile(scenario, HAMLET);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describeOnEachEngine('the consumption of a simulated hamlet', (engine) => {
  let database: FreshDatabase;
  let prefix: string;

  beforeAll(async () => {
    database = await freshDatabase(engine);
  });

  afterAll(() => database?.drop());

  async function simulate(...args: readonly string[]): Promise<{ report: Report; status: number }> {
    const { status, stdout, stderr } = await runVeilleur(
      ['simulate', scenario, '--json', '--database-url', database.url, ...args],
      // Settled again and again while the frames come: late ones restate.
      { MQTT_URL: '', DATABASE_URL: '', LC_ALL: 'C', CONSUMPTION_REST_MS: '200' },
    );
    if (stdout === '') throw new Error(`no report, status ${status}: ${stderr}`);
    return { report: JSON.parse(stdout) as Report, status };
  }

  const figuresOf = ({ verdict }: Report) =>
    verdict.comparisons.find(({ name }) => name === 'consumption')?.figures ?? {};

  it('is what the meters counted wherever an index tells, and every estimate is marked', async () => {
    const { report, status } = await simulate();
    expect(report.verdict.findings).toEqual([]);
    expect(status).toBe(0);
    const lost = Object.values(report.lost).reduce((sum, count) => sum + count, 0);
    expect(lost / report.emissions).toBeGreaterThan(0.04);
    const figures = figuresOf(report);
    expect(figures.points).toBe(report.points.added);
    expect(figures['hours measured']).toBeGreaterThan(1500);
    expect(figures['hours estimated']).toBeGreaterThan(1500);
    expect(figures['days measured']).toBeGreaterThan(40);
    expect(figures['days estimated']).toBeGreaterThan(40);
    expect(figures['water: m3 simulated on measured days']).toBeGreaterThan(10);
    // Two pulse weights, and the swaps of odd numbers: gas 1, water 9, both registers of electricity 1.
    expect(report.points.corrected).toBe(6);
    expect(report.points.settledSeconds).not.toBeNull();
  });

  it('follows a corrected pulse weight backwards, and what was known before can be asked', async () => {
    const { rows } = await database.pool.query<{ code: string; at: Date }>(
      `select p.code, i.recorded_at as at from installation i join metering_point p on p.id = i.point_id
       where i.reason = 'the pulse weight was wrong' and p.code like '%-gas-5' and i.superseded_at is null`,
    );
    const [{ code, at } = { code: '', at: new Date() }] = rows;
    prefix = code.replace(/-gas-5$/, '');
    const { installations } = await pointStory(database.pool, code);
    expect(
      installations.map(({ factor, supersededAt }) => [factor.denominator, supersededAt !== null]),
    ).toEqual([
      [100, true],
      [10, false],
    ]);
    const query = {
      bucket: 'day' as const,
      from: new Date('2026-03-26T12:00:00Z'),
      to: new Date('2026-03-28T12:00:00Z'),
    };
    const now = await consumptionOfPoint(database.pool, code, query);
    const then = await consumptionOfPoint(database.pool, code, {
      ...query,
      asOf: new Date(at.getTime() - 1),
    });
    expect(now).toHaveLength(2);
    expect(then).toHaveLength(2);
    for (const [i, { value }] of now.entries()) {
      expect(value).toBeGreaterThan(1_000_000);
      // But for what rounding does to estimates, ten times as much.
      expect(Math.abs((value ?? 0) - 10 * (then[i]?.value ?? 0))).toBeLessThan(100);
    }
  });

  it('stays as it is when all of it comes again', async () => {
    const { report, status } = await simulate();
    expect(report.verdict.findings).toEqual([]);
    expect(status).toBe(0);
    expect(report.points).toMatchObject({ added: 0, corrected: 0 });
  });

  it('is found out, each difference by name: altered, dropped, an estimate called measured', async () => {
    const { pool } = database;
    const of = (place: string) =>
      `point_id = (select id from metering_point where code = '${prefix}-${place}')`;
    const { rows: altered } = await pool.query<{ from: Date; value: number }>(
      `update consumption_hour set value = value + 1000 where ${of('water-0')} and quality = 0
         and from_time = (select min(from_time) from consumption_hour where ${of('water-0')} and quality = 0 and value > 0)
       returning from_time as "from", value`,
    );
    const { rows: dropped } = await pool.query<{ from: Date }>(
      `delete from consumption_day where ${of('water-10')} and from_time = '2026-03-27T23:00:00Z'
       returning from_time as "from"`,
    );
    const { rows: called } = await pool.query<{ from: Date }>(
      `update consumption_hour set quality = 0 where ${of('gas-0')}
         and from_time = (select min(from_time) from consumption_hour where ${of('gas-0')} and quality = 1)
       returning from_time as "from"`,
    );
    const { report, status } = await simulate('--verify');
    expect(status).toBe(1);
    const place = (row: { from: Date } | undefined, what: string) => ({
      at: row?.from.toISOString(),
      what: expect.stringContaining(`${what}, `),
    });
    const { findings } = report.verdict;
    expect(findings).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'consumption_wrong',
          ...place(altered[0], `hour of ${prefix}-water-0`),
          expected: `${(altered[0]?.value ?? 0) - 1000} measured`,
        }),
        expect.objectContaining({
          kind: 'consumption_missing',
          ...place(dropped[0], `day of ${prefix}-water-10`),
        }),
        expect.objectContaining({ kind: 'quality_wrong', ...place(called[0], `hour of ${prefix}-gas-0`) }),
      ]),
    );
    // The altered hour may spoil the sum of its day; no more than that.
    expect(findings.length).toBeLessThanOrEqual(4);
  });
});
