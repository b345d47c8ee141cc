import { existsSync } from 'node:fs';
import { chmod, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeEngine, removeLocalPostgres, startLocalPostgres } from '@veilleur/local-postgres';
import {
  acknowledgeAlert,
  addPoint,
  addSilence,
  connect,
  createTail,
  install,
  migrate,
  type Pool,
  removeConsumer,
  Writer,
} from '@veilleur/store';
import { expect, it } from 'vitest';
import { alertsOf, putRulesOf, startAlertingUnderTest, stepsOf } from '../support/alerting.ts';
import { startBridgeUnderTest, until } from '../support/bridge-under-test.ts';
import { publishAll, startAedes, type TestBroker } from '../support/brokers.ts';
import { frameOf, hourly, paris, terms, Workbench } from '../support/consumption.ts';
import { type EngineUnderTest, enginesToTest } from '../support/database-engines.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';
import { OpenWrite } from '../support/tail.ts';

const PULSES = ['70b3d5e75e000001', '70b3d5e75e000002', '70b3d5e75e000003'];
const METER = '70b3d5e75e0000aa';
const PROBES = ['70b3d5e75e0000b1', '70b3d5e75e0000b2'];
const NOW = new Date('2026-03-02T00:00:00Z');
const HOT = `
- name: hot
  title: { en: Too hot, fr: Trop chaud }
  kind: value
  quantity: temperature
  above: 30
`;

const pulses = (fCnts: readonly number[]) =>
  fCnts.flatMap((fCnt) =>
    PULSES.map((devEui) =>
      chirpStackV4Uplink({ devEui, fCnt, hex: `4680${fCnt.toString(16).padStart(8, '0')}00000002` }),
    ),
  );
const upTo = (count: number, from = 0) => Array.from({ length: count - from }, (_, i) => from + i);

/** A city in small: frames, a broken message, consumption, alerts in three states, a silence. */
async function fill(pool: Pool, url: string, broker: TestBroker): Promise<void> {
  const bridge = await startBridgeUnderTest(broker.url, url);
  const poison = { topic: 'application/x/device/70b3d5e75e0000ff/event/up', payload: '{"no": "event"' };
  await publishAll(broker.url, [...pulses(upTo(20)), poison]);
  await bridge.settled(20 * PULSES.length + 1);
  await bridge.stop();

  const bench = new Workbench(pool, NOW);
  await bench.tell(
    METER,
    hourly(paris('2026-02-01 00:00'), 48, () => 0.25),
  );
  const point = await addPoint(pool, { code: 'W-1', kind: 'own', quantity: 'water_volume' });
  await install(pool, point.id, terms(METER), { reason: 'a new meter', now: NOW });
  await bench.settle();

  await putRulesOf(pool, HOT, new Date('2026-02-01T00:00:00Z'));
  const alerting = await startAlertingUnderTest(url, () => NOW);
  const writer = new Writer(pool);
  let fCnt = 0;
  for (const [hour, ...values] of [
    [1, 20, 35],
    [2, 36, 36],
    [3, 22, 37],
  ] as const) {
    const at = new Date(Date.UTC(2026, 2, 1, hour));
    for (const [i, value] of values.entries()) {
      fCnt += 1;
      await writer.write([frameOf(PROBES[i] ?? '', fCnt, [{ at, value, quantity: 'temperature' }], at)]);
    }
  }
  await alerting.settled();
  await alerting.stop();
  const act = { by: 'marie', now: NOW };
  const { rows } = await pool.query<{ id: number }>('select id from alert where cleared_at is null');
  await acknowledgeAlert(pool, rows[0]?.id ?? 0, act);
  await addSilence(
    pool,
    {
      kind: 'maintenance',
      matching: { devices: [METER] },
      from: NOW,
      to: new Date('2027-01-01T00:00:00Z'),
      comment: 'roadworks',
    },
    act,
  );
}

/** What must be the same before and after, told without the census of a backup. */
async function knownOf(pool: Pool) {
  const all = async (sql: string) => (await pool.query<{ line: string }>(sql)).rows.map(({ line }) => line);
  return {
    measurements: await all('select m::text as line from named_measurement m order by 1'),
    frames: await all('select f::text as line from frame f order by 1'),
    quarantine: await all(`select code || encode(digest, 'hex') as line from quarantine order by 1`),
    days: await all('select c::text as line from named_consumption c order by 1'),
    alerts: await alertsOf(pool),
    states: await all(
      `select rule || ' ' || subject || ' ' || state || ' ' || coalesce(acknowledged_by, '-') as line
       from named_alert order by opened_at, id`,
    ),
    steps: await stepsOf(pool),
    silences: await all('select s::text as line from silence s order by id'),
    rules: await all('select name || definition::text as line from rule order by id'),
  };
}

/** A consumer of the tail that writes down what it is told. */
function startReader() {
  const told: number[] = [];
  const restarts: object[] = [];
  const follow = (pool: Pool) =>
    createTail({
      pool,
      consumer: 'reader',
      startAt: 'now',
      handle: (_client, changes) => {
        told.push(...changes.map((change) => (change.kind === 'frame' ? (change.fCnt ?? -1) : -2)));
        return Promise.resolve();
      },
      log: { info: () => {}, warn: () => {}, error: (line) => void restarts.push(line) },
      pollMs: 100,
    });
  return {
    restarts,
    follow,
    write: (pool: Pool, fCnt: number) => {
      const at = new Date(Date.UTC(2026, 2, 1, 5, fCnt % 60));
      return new Writer(pool).write([frameOf(METER, fCnt, [], at)]);
    },
    takes: async (pool: Pool, count: number) => {
      const tail = await follow(pool);
      await until(
        () => told.length >= count,
        20_000,
        () => `${count} changes; told were ${JSON.stringify(told)}`,
      );
      await tail.stop();
      return told;
    },
  };
}

const newerThan = (folder: string) =>
  readdir(folder).then((names) => join(folder, names.sort().at(-1) ?? ''));

describeOnEachEngine('a backup', (engine: EngineUnderTest) => {
  const endings = endingsAfterEach();

  async function city() {
    const database = await freshDatabase(engine);
    let dropped = false;
    endings.push(async () => {
      if (!dropped) await database.drop();
    });
    const broker = await startAedes();
    endings.push(() => broker.stop());
    // So that this cluster's transaction ids are ahead of a new one's, as those of a city are.
    await database.pool.query(
      'do $$ begin for i in 1..6000 loop perform pg_current_xact_id(); commit; end loop; end $$',
    );
    await fill(database.pool, database.url, broker);
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-backup-'));
    endings.push(() => rm(folder, { recursive: true }));
    return {
      ...database,
      broker,
      folder,
      destroy: () => {
        dropped = true;
        return database.drop();
      },
    };
  }

  /** Another cluster of the same engine, whose transaction ids begin anew. */
  async function anotherCluster() {
    const found = (await enginesToTest()).find((one) => describeEngine(one) === engine.name);
    if (found === undefined) throw new Error(`${engine.name} is gone`);
    const dataFolder = await mkdtemp(join(tmpdir(), 'veilleur-other-'));
    await chmod(dataFolder, 0o755);
    const server = await startLocalPostgres({
      dataFolder,
      engine: found,
      database: 'unused',
      syncInitialisation: false,
      settings: { shared_buffers: '32MB' },
    });
    endings.push(async () => {
      await server.stop();
      await removeLocalPostgres(dataFolder);
    });
    return new URL('city', server.url).href;
  }

  it('made, the database destroyed, restored on another server: all is there, and everything goes on', async () => {
    const { pool, url, broker, folder, destroy } = await city();
    // A writer that was under way when the reader looked, and commits later: its id lies among the seen ones.
    const reader = startReader();
    const late = await OpenWrite.begin(pool, [1], 2001);
    await late.recorded();
    await (await reader.follow(pool)).stop();
    await reader.write(pool, 2002);
    await late.end('commit');
    const before = await knownOf(pool);
    expect(before.alerts).toEqual([
      'hot b2 03-01 01:00 → open warning',
      'hot b1 03-01 02:00 → 03-01 03:00 warning',
    ]);
    expect(before.states.map((state) => state.split(' ').slice(2).join(' '))).toEqual([
      'acknowledged marie',
      'cleared -',
    ]);
    expect(before.days.length).toBeGreaterThan(40);
    expect(before.quarantine).toHaveLength(1);

    const made = JSON.parse(await veilleurSays(['backup', folder, '--json'], { DATABASE_URL: url }));
    const { tables } = made.manifest;
    expect(tables.measurement.rows).toBe(before.measurements.length);
    expect(tables.frame.rows).toBe(before.frames.length);
    expect(tables.alert.rows).toBe(2);
    await destroy();

    const elsewhere = await anotherCluster();
    const said = await veilleurSays(['restore', made.folder], {
      DATABASE_URL: elsewhere,
      LANG: 'fr_FR.UTF-8',
    });
    expect(said).toContain(`${Object.keys(tables).length} tables comparées`);
    const restored = connect(elsewhere, { maximum: 4 });
    endings.push(() => restored.end());
    expect(await knownOf(restored)).toEqual(before);
    expect((await migrate(restored)).applied, 'the schema is the one of today').toEqual([]);

    // The broker brings what it had brought, and what is new.
    const bridge = await startBridgeUnderTest(broker.url, elsewhere);
    endings.push(() => bridge.stop());
    const stranger = chirpStackV4Uplink({ devEui: '70b3d5e75e0000cc', fCnt: 0 });
    await publishAll(broker.url, [...pulses(upTo(22, 18)), stranger]);
    const counts = await bridge.settled(4 * PULSES.length + 1);
    expect(counts).toMatchObject({ stored: 2 * PULSES.length + 1, duplicate: 2 * PULSES.length });

    await reader.write(restored, 2003);
    const seen = await reader.takes(restored, 3 + counts.stored);
    expect(
      seen.filter((fCnt) => fCnt > 1000),
      'each once, the late one too',
    ).toEqual([2001, 2002, 2003]);
    expect(seen).toHaveLength(3 + counts.stored);
    expect(reader.restarts).toEqual([]);
    await removeConsumer(restored, 'reader');

    const alerting = await startAlertingUnderTest(elsewhere, () => NOW);
    endings.push(() => alerting.stop());
    const at = new Date('2026-03-01T04:00:00Z');
    await new Writer(restored).write([
      frameOf(PROBES[1] ?? '', 99, [{ at, value: 20, quantity: 'temperature' }], at),
    ]);
    await alerting.settled();
    expect(await alertsOf(restored)).toEqual([
      'hot b2 03-01 01:00 → 03-01 04:00 warning',
      'hot b1 03-01 02:00 → 03-01 03:00 warning',
    ]);
    const bench = new Workbench(restored, NOW);
    await bench.tell(METER, [{ at: paris('2026-02-03 01:00'), value: 113 }]);
    await bench.settle();
    expect(await bench.consumption('W-1', 'hour', '2026-02-03 00:00', '2026-02-03 01:00')).toEqual([
      '2026-02-03 00:00 1 measured',
    ]);
  });

  it('goes back over what is there only when told, and only when nobody uses it; consumers go on where they stood', async () => {
    const { pool, url, folder, destroy } = await city();
    const environment = { DATABASE_URL: url };
    const reader = startReader();
    await (await reader.follow(pool)).stop();
    await reader.write(pool, 1001);
    const before = await knownOf(pool);
    await veilleurSays(['backup', folder], environment);
    const made = await newerThan(folder);
    await pool.query('delete from measurement; delete from alert_step; delete from alert');

    const over = await runVeilleur(['restore', made], environment);
    expect(over.status).toBe(1);
    expect(over.stderr).toMatch(/holds \d+ tables.*--replace/);
    const inUse = await runVeilleur(['restore', made, '--replace'], environment);
    expect(inUse.stderr).toMatch(/veilleur \(\d+\) connected with the database/);
    const trial = await veilleurSays(['restore', made, '--trial'], { ...environment, LANG: 'C' });
    expect(trial).toContain('The present database is as it was');
    expect((await knownOf(pool)).measurements, 'a trial changes nothing').toEqual([]);

    await pool.query('select pg_stat_clear_snapshot()');
    const admin = connect(new URL('postgres', url).href, { maximum: 1 });
    endings.push(() => admin.end());
    await admin.query(
      'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
      [new URL(url).pathname.slice(1)],
    );
    await veilleurSays(['restore', made, '--replace'], environment);
    expect(await knownOf(pool)).toEqual(before);
    const { rows } = await admin.query<{ name: string }>(
      `select datname as name from pg_database where datname like '%\\_restoring' or datname like '%\\_replaced'`,
    );
    expect(rows, 'nothing is left beside').toEqual([]);

    await reader.write(pool, 1002);
    expect(await reader.takes(pool, 2), 'what waited at the backup and what is new, each once').toEqual([
      1001, 1002,
    ]);
    await destroy();
  });

  it('belongs to a role of its own afterwards as before', async () => {
    const admin = connect(new URL('postgres', engine.url).href, { maximum: 1 });
    endings.push(() => admin.end());
    const name = `owned_${Math.trunc(performance.now())}_${process.pid}`;
    await admin.query(`create role ${name} login password 'a b@c'`);
    endings.push(() => admin.query(`drop role ${name}`));
    await admin.query(`create database ${name} owner ${name}`);
    endings.push(() => admin.query(`drop database ${name} with (force)`));
    const own = new URL(name, engine.url);
    own.username = name;
    own.password = encodeURIComponent('a b@c');
    const pool = connect(own.href, { maximum: 2 });
    await migrate(pool);
    const at = new Date('2026-03-01T05:00:00Z');
    await new Writer(pool).write([frameOf(METER, 1, [{ at, value: 1 }], at)]);
    await pool.end();
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-backup-'));
    endings.push(() => rm(folder, { recursive: true }));
    await veilleurSays(['backup', folder], { DATABASE_URL: own.href });
    const made = await newerThan(folder);
    const refused = await runVeilleur(['restore', made, '--replace'], { DATABASE_URL: own.href });
    expect(refused.stderr).toMatch(/may not create databases/);
    await veilleurSays(['restore', made, '--replace'], { DATABASE_URL: new URL(name, engine.url).href });
    const again = connect(own.href, { maximum: 2 });
    const later = new Date('2027-03-01T05:00:00Z');
    expect(await new Writer(again).write([frameOf(METER, 2, [{ at: later, value: 2 }], later)])).toEqual({
      outcomes: ['stored'],
      newMeasurements: 1,
    });
    const { rows } = await again.query('select value from measurement order by value');
    expect(rows).toEqual([{ value: 1 }, { value: 2 }]);
    await again.end();
  });

  it('that is damaged, cut or not one is refused before anything is touched', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-backup-'));
    endings.push(() => rm(folder, { recursive: true }));
    await veilleurSays(['backup', folder], { DATABASE_URL: database.url });
    const made = await newerThan(folder);
    const elsewhere = new URL(`never_${process.pid}`, engine.url).href;
    const restore = (from: string) => runVeilleur(['restore', from], { DATABASE_URL: elsewhere });

    const file = await open(join(made, 'database.dump'), 'r+');
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, 5000);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, 5000);
    await file.close();
    expect((await restore(made)).stderr).toContain('does not have the checksum of its manifest');
    await rm(join(made, 'database.dump'));
    expect((await restore(made)).stderr).toContain('cannot be read');
    await writeFile(join(made, 'manifest.json'), '{"format": 2}');
    expect((await restore(made)).stderr).toContain('is no backup that this version reads');
    const { rows } = await database.pool.query('select from pg_database where datname like $1', [
      `never_${process.pid}%`,
    ]);
    expect(rows).toEqual([]);

    const nowhere = await runVeilleur(['backup', folder], {
      DATABASE_URL: new URL('postgres', engine.url).href,
    });
    expect(nowhere.stderr).toContain('there is nothing of Veilleur in this database');
    expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
    expect(existsSync(made)).toBe(true);
  });
});
