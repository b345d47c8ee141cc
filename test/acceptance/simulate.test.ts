import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type ConsumptionService, readConsumptionConfig, startConsumption } from '@veilleur/consumption';
import { removeLocalPostgres, runningUrl } from '@veilleur/local-postgres';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BridgeUnderTest, startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { hasMosquitto, startAedes, startMosquitto, type TestBroker } from '../support/brokers.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import { REPOSITORY } from '../support/repository.ts';

/** Three days of a hamlet with some of everything, and a fault of nearly every kind. */
const HAMLET = `
name: hamlet
description: { en: Three days of a hamlet, fr: Trois jours d'un hameau }
seed: 11
city:
  installedAt: "2026-03-01"
  position: { latitude: 47.75, longitude: 7.34, radius_km: 2 }
  households: { count: 14 }
  buildings: [{ kind: school, area_m2: 3200 }]
  waterDistricts: 1
  lighting: { luminaires: 16, lampsPerCabinet: 8 }
reportEvery_s: { water: 7200, electricity: 7200, lighting: 7200, cabinet: 3600, district: 3600 }
faults:
  - { kind: leak_toilet, numbers: [2], from: "2026-03-11T04:00:00Z", to: "2026-03-12T20:00:00Z" }
  - { kind: leak_burst, numbers: [3], from: "2026-03-11T02:00:00Z", to: "2026-03-11T09:00:00Z" }
  - { kind: leak_network, numbers: [0], from: "2026-03-11T10:00:00Z" }
  - { kind: backflow, numbers: [4], from: "2026-03-11T06:00:00Z", to: "2026-03-11T18:00:00Z" }
  - { kind: stuck, numbers: [5], from: "2026-03-11T00:00:00Z" }
  - { kind: clock_drift, numbers: [6], from: "2026-03-05T00:00:00Z", to: "2026-03-12T12:00:00Z", size: 300 }
  - { kind: codec_version, numbers: [7], from: "2026-03-11T12:00:00Z" }
  - { kind: tamper, numbers: [1], from: "2026-03-11T12:00:00Z" }
  - { kind: codec_version, family: gas, numbers: [2], from: "2026-03-11T12:00:00Z" }
  - { kind: swapped, family: gas, numbers: [3], from: "2026-03-11T12:00:00Z", newDevEui: true }
  - { kind: rollover, family: gas, numbers: [4], from: "2026-03-11T15:00:00Z" }
  - { kind: swapped, family: electricity, numbers: [2], from: "2026-03-11T12:00:00Z" }
  - { kind: lamp_failure, numbers: [1], from: "2026-03-11T12:00:00Z" }
  - { kind: day_burner, numbers: [2], from: "2026-03-11T06:00:00Z" }
  - { kind: cycling, numbers: [3], from: "2026-03-10T20:00:00Z" }
  - { kind: cabinet_outage, numbers: [1], from: "2026-03-11T19:00:00Z", to: "2026-03-12T05:00:00Z" }
  - { kind: silent, numbers: [9], from: "2026-03-11T00:00:00Z", to: "2026-03-12T00:00:00Z" }
  - { kind: gateway_outage, numbers: [0], from: "2026-03-11T13:00:00Z", to: "2026-03-11T15:00:00Z" }
radio:
  gateways: 3
  backhaulOutages: [{ gateways: [0, 1, 2], from: "2026-03-12T08:00:00Z", to: "2026-03-12T11:00:00Z" }]
  server: { replicaShare: 0.05, redeliveryShare: 0.05, reorderShare: 0.05, forwardsRepeats: true }
format: mixed
from: "2026-03-10T00:00:00Z"
days: 3
`;

interface Report {
  readonly isInterrupted: boolean;
  readonly emissions: number;
  readonly fresh: number;
  readonly stored: number | null;
  readonly duplicates: number;
  readonly repeated: number;
  readonly lost: Readonly<Record<string, number>>;
  readonly sha256: string;
  readonly verdict: {
    readonly isWell: boolean;
    readonly differences: number;
    readonly notCompared: readonly string[];
    readonly comparisons: readonly {
      readonly name: string;
      readonly compared: number;
      readonly differences: number;
    }[];
    readonly findings: readonly {
      readonly kind: string;
      readonly devEui: string | null;
      readonly fCnt: number | null;
      readonly at: string | null;
      readonly expected: string;
      readonly found: string;
    }[];
  } | null;
}

let folder: string;
let scenario: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilleur-simulate-'));
  scenario = join(folder, 'hamlet.yaml');
  await writeFile(scenario, HAMLET);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

function start(...args: readonly string[]) {
  return spawn(process.execPath, [`${REPOSITORY}services/cli/src/main.ts`, 'simulate', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, MQTT_URL: '', DATABASE_URL: '', LC_ALL: 'C' },
  });
}

async function veilleur(...args: readonly string[]) {
  const child = start(...args);
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return { out, err, status: child.exitCode };
}

async function simulate(...args: readonly string[]): Promise<{ report: Report; status: number | null }> {
  const { out, err, status } = await veilleur(scenario, '--json', ...args);
  if (out === '') throw new Error(`no report, status ${status}: ${err}`);
  return { report: JSON.parse(out) as Report, status };
}

it('starts what it needs, and Ctrl-C ends it with a verdict on what was published', async () => {
  const child = start(scenario, '--json', '--speed', '7200x');
  const out = text(child.stdout);
  let err = '';
  for await (const chunk of child.stderr) {
    err += String(chunk);
    // The second of its lines: some frames are on their way.
    if (err.split('simulated 2026').length === 3 && !child.killed) child.kill('SIGINT');
  }
  const report = JSON.parse(await out) as Report;
  expect(report.isInterrupted, err).toBe(true);
  expect(report.emissions).toBeGreaterThan(20);
  expect(report.verdict?.findings).toEqual([]);
  if (child.exitCode === null) await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});

it('keeps its database where it is told, and compares with it again', async () => {
  const data = join(folder, 'kept');
  try {
    const run = await simulate('--data', data, '--days', '0.1', '--no-points');
    expect(run.status).toBe(0);
    const again = await simulate('--verify', '--data', data, '--days', '0.1', '--no-points');
    expect(again.report.verdict?.findings).toEqual([]);
    const framesIn = ({ report }: typeof run) =>
      report.verdict?.comparisons.find(({ name }) => name === 'frames')?.compared;
    expect(framesIn(again)).toBe(framesIn(run));
    expect(runningUrl(data)).toBeNull();
  } finally {
    await removeLocalPostgres(data);
  }
  const elsewhere = await veilleur(scenario, '--verify', '--data', folder);
  expect(elsewhere.err).toContain(`there is no database in ${folder}`);
  const both = await veilleur(scenario, '--verify', '--data', data, '--database-url', 'postgres://here/city');
  expect(both.err).toContain('Leave out --data, or --database-url');
  expect([elsewhere.status, both.status]).toEqual([1, 1]);
});

describeOnEachEngine('three simulated days of a hamlet with faults', (engine) => {
  let database: FreshDatabase;
  let broker: TestBroker;
  let bridge: BridgeUnderTest;
  let consumption: ConsumptionService;
  let report: Report;

  beforeAll(async () => {
    database = await freshDatabase(engine);
    broker = hasMosquitto ? await startMosquitto() : await startAedes();
    bridge = await startBridgeUnderTest(broker.url, database.url);
    consumption = await startConsumption(readConsumptionConfig({ DATABASE_URL: database.url }), {
      pool: database.pool,
      registry: createMetrics(),
      log: createLogger('silent'),
    });
  });

  afterAll(async () => {
    await consumption?.stop();
    await bridge?.stop();
    await broker?.stop();
    await database?.drop();
  });

  it('come through the whole pipeline: no frame unexplained, every index what the meter showed', async () => {
    const run = await simulate('--mqtt-url', broker.url, '--database-url', database.url, '--hash');
    report = run.report;
    expect(report.verdict?.findings).toEqual([]);
    expect(run.status).toBe(0);
    expect(report.stored).toBe(report.fresh);
    expect(report.duplicates).toBeGreaterThan(20);
    const compared = Object.fromEntries(
      report.verdict?.comparisons.map((each) => [each.name, each.compared]) ?? [],
    );
    const lost = Object.values(report.lost).reduce((sum, count) => sum + count, 0);
    expect(compared.frames).toBe(report.emissions - lost + report.repeated);
    expect(compared.frames).toBeGreaterThan(1500);
    expect(compared.registers).toBeGreaterThan(3000);
    expect(compared.states).toBeGreaterThan(3000);
    expect(compared.consumption).toBeGreaterThan(3000);
    expect(report.verdict?.notCompared).toEqual(['alerts']);
  });

  it('are the same bytes in another process', async () => {
    const { out } = await veilleur(scenario, '--json', '--dry-run', '--hash');
    expect((JSON.parse(out) as Report).sha256).toBe(report.sha256);
  });

  it('can be run again: all of it is a duplicate, and all is still well', async () => {
    const again = await simulate('--mqtt-url', broker.url, '--database-url', database.url);
    expect(again.report.verdict?.findings).toEqual([]);
    expect(again.report.stored).toBe(0);
    expect(again.status).toBe(0);
  });

  it('are found out, each difference by name: lost, doubled, changed, never sent, undecoded, misdated, an index that is wrong or lost', async () => {
    const { pool } = database;
    const { rows } = await pool.query<{
      dev_eui: string;
      device_id: number;
      f_cnt: number;
      received_at: Date;
    }>(
      `select distinct on (d.id) d.dev_eui, f.device_id, f.f_cnt, f.received_at
       from frame f join device d on d.id = f.device_id
       where d.dev_eui like '02564c____1%' and f.received_at > '2026-03-10T12:00:00Z'
       order by d.id, f.received_at`,
    );
    const [lost, doubled, changed, neverSent, undecoded, wrong, misdated] = rows;
    if (!lost || !doubled || !changed || !neverSent || !undecoded || !wrong || !misdated)
      throw new Error('too few meters');
    const where = 'device_id = $1 and f_cnt = $2';
    const frame = ({ device_id, f_cnt }: typeof lost) => [device_id, f_cnt];
    await pool.query(`delete from frame where ${where}`, frame(lost));
    const copy = (fCnt: string, at: string) =>
      `insert into frame select device_id, received_at + interval '${at}', ${fCnt}, fingerprint, session_key, f_port,
         payload, encrypted, confirmed, data_rate, frequency_hz, receptions, lns, decoding from frame where ${where}`;
    await pool.query(copy('f_cnt', '1 minute'), frame(doubled));
    await pool.query(copy('f_cnt + 70000', '1 minute'), frame(neverSent));
    await pool.query(
      `update frame set payload = set_byte(payload, 3, 255 - get_byte(payload, 3)) where ${where}`,
      frame(changed),
    );
    await pool.query(
      `update frame set decoding = 'failed', decoding_reason = 'bad luck' where ${where}`,
      frame(undecoded),
    );
    await pool.query(
      `update frame set received_at = received_at + interval '7 minutes' where ${where}`,
      frame(misdated),
    );
    // A lamp whose energy is lost still tells its hours.
    const energy = `quantity_id = (select id from quantity where name = 'active_energy_import')`;
    const { rows: gone } = await pool.query<{ dev_eui: string }>(
      `delete from measurement m using device d where d.id = m.device_id and d.dev_eui like '02564c____400007'
         and ${energy} and m.time = (select min(time) from measurement where device_id = d.id and ${energy})
       returning d.dev_eui`,
    );
    const { rows: indexes } = await pool.query<{ time: Date; value: number }>(
      `update measurement m set value = value + 0.001 where device_id = $1
         and quantity_id = (select id from quantity where name = 'water_volume')
         and time = (select min(time) from measurement where device_id = $1 and time > '2026-03-11T06:00:00Z'
           and quantity_id = (select id from quantity where name = 'water_volume'))
       returning time, value - 0.001 as value`,
      [wrong.device_id],
    );

    const { report: found, status } = await simulate('--verify', '--database-url', database.url);

    expect(status).toBe(1);
    const named = found.verdict?.findings.map(({ kind, devEui, fCnt }) => [kind, devEui, fCnt]) ?? [];
    expect(named).toEqual(
      expect.arrayContaining([
        ['frame_missing', lost.dev_eui, lost.f_cnt],
        ['frame_doubled', doubled.dev_eui, doubled.f_cnt],
        ['frame_altered', changed.dev_eui, changed.f_cnt],
        ['frame_not_sent', neverSent.dev_eui, neverSent.f_cnt + 70_000],
        ['frame_undecoded', undecoded.dev_eui, undecoded.f_cnt],
        ['frame_misdated', misdated.dev_eui, misdated.f_cnt],
        ['index_missing', gone[0]?.dev_eui, null],
      ]),
    );
    expect(found.verdict?.findings[0]?.kind).toBe('frame_missing');
    const index = found.verdict?.findings.find(({ kind }) => kind === 'index_wrong');
    expect(index).toMatchObject({ devEui: wrong.dev_eui, at: indexes[0]?.time.toISOString() });
    expect(Number(index?.expected.split(' ')[0])).toBeCloseTo(indexes[0]?.value ?? 0, 6);
    // No more than what was done: the changed index is compared with the registers and with the states.
    expect(found.verdict?.differences).toBeLessThanOrEqual(10);
  });
});
