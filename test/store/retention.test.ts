import { readRetentionConfig, retain } from '@veilleur/consumption';
import {
  addPoint,
  COMPRESSED,
  forgottenBefore,
  install,
  markPoints,
  type Pool,
  partsOf,
  withTransaction,
} from '@veilleur/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hourly, paris, terms, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

const METER = '70b3d5e75e000001';
const FROM = '2025-10-01 00:00';
const TO = '2026-05-01 00:00';
/** Every six hours: seven months in few rows. */
const readings = hourly(paris(FROM), 24 * 202, (hour) => (hour % 24) / 100).filter((_, i) => i % 6 === 0);
const KEEP_90_DAYS = readRetentionConfig({ KEEP_MEASUREMENTS_DAYS: '90', KEEP_FRAMES_DAYS: '120' });

const NOW = paris('2026-04-20 12:00');

type Settled = Awaited<ReturnType<typeof allOf>>;
const allOf = async (bench: Workbench) => ({
  hours: await bench.consumption('W', 'hour', FROM, TO),
  days: await bench.consumption('W', 'day', FROM, TO),
  months: await bench.consumption('W', 'month', FROM, TO),
});

describeOnEachEngine('retention', (engine) => {
  const endings = endingsAfterEach();

  /** Made and settled once, and cloned for each story. */
  let made: { readonly url: string; readonly pointId: number; readonly settled: Settled };
  let remove: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    const town = await freshDatabase(engine);
    const { url, pool } = town;
    const bench = new Workbench(pool, NOW);
    await bench.tell(METER, readings, 'at once');
    const { id: pointId } = await addPoint(pool, { code: 'W', kind: 'own', quantity: 'water_volume' });
    await install(pool, pointId, terms(METER, { digits: 6 }), { reason: 'first', now: bench.now });
    await bench.settle();
    made = { url, pointId, settled: await allOf(bench) };
    await pool.end();
    remove = () => town.drop();
  });
  afterAll(() => remove?.());

  async function town() {
    const database = await freshDatabase(engine, new URL(made.url).pathname.slice(1));
    endings.push(() => database.drop());
    return { ...made, ...database, bench: new Workbench(database.pool, NOW) };
  }
  const forgotten = (pool: Pool) => withTransaction(pool, (client) => forgottenBefore(client));
  const waitingForAdvisoryLocks = async (pool: Pool) =>
    (
      await pool.query<{ n: number }>(
        `select count(*) as n from pg_locks where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      )
    ).rows[0]?.n;
  const oldest = async (pool: Pool) =>
    (await pool.query<{ time: Date }>('select min(time) as time from measurement')).rows[0]?.time as Date;

  it('takes whole parts that are old enough, frees their disk, and leaves what is younger', async () => {
    const { pool, bench } = await town();
    const before = await partsOf(pool, 'measurement');
    const cutoff = bench.now.getTime() - 90 * 86_400_000;
    const old = before.filter(({ to }) => to.getTime() <= cutoff);
    const counted = async (since: Date) =>
      (await pool.query('select count(*) as n from measurement where time >= $1', [since])).rows[0].n;
    expect(old.length).toBeGreaterThan(2);
    const young = await counted(old.at(-1)?.to as Date);

    expect(await retain(pool, KEEP_90_DAYS, bench.now)).toMatchObject({
      measurements: old.length,
      bytes: old.reduce((sum, { bytes }) => sum + bytes, 0),
    });
    expect(await partsOf(pool, 'measurement')).toEqual(before.slice(old.length));
    expect(await counted(new Date(0))).toBe(young);
    expect(await forgotten(pool)).toBe(old.at(-1)?.to.getTime());
    // The next night there is nothing to do, and nothing is noted.
    expect(await retain(pool, KEEP_90_DAYS, bench.now)).toMatchObject({ measurements: 0, bytes: 0 });
    const { rows } = await pool.query("select count(*) as n from job_run where job = 'forget:measurements'");
    expect(rows[0].n).toBe(1);
  });

  it('lets stand what was settled from forgotten readings, whatever is asked to be settled', async () => {
    const { pool, bench, pointId, settled } = await town();
    await retain(pool, KEEP_90_DAYS, bench.now);
    expect((await oldest(pool)).getTime()).toBeGreaterThan(paris('2025-12-15 00:00').getTime());
    await markPoints(pool, [{ pointId, from: null, to: null }]);
    expect(await bench.settle()).toBe(1);
    expect(await allOf(bench)).toEqual(settled);
    // Once more: the first settlement after forgetting must not have made the second forget why.
    await markPoints(pool, [{ pointId, from: null, to: null }]);
    await bench.settle();
    expect(await allOf(bench)).toEqual(settled);
    const { rows } = await pool.query('select count(*) as n from consumption_revision');
    expect(rows[0].n, 'nothing was revised').toBe(0);
    // Were it not noted that they are gone, their absence would be taken for news.
    await pool.query("delete from job_run where job = 'forget:measurements'");
    await markPoints(pool, [{ pointId, from: null, to: null }]);
    await bench.settle();
    expect((await allOf(bench)).hours.length).toBeLessThan(settled.hours.length);
  });

  it('goes on settling what comes after, and takes late readings of open days', async () => {
    const { pool, bench, settled } = await town();
    await retain(pool, KEEP_90_DAYS, bench.now);
    const at = new Date(readings.at(-1)?.at.getTime() as number);
    const last = readings.at(-1)?.value as number;
    bench.now = new Date(at.getTime() + 40 * 3_600_000);
    await bench.tell(METER, [
      { at: new Date(at.getTime() + 24 * 3_600_000), value: last + 4.8 },
      // A closed day: it stands.
      { at: paris('2025-11-05 03:30'), value: 1 },
      {
        at: paris('2026-04-10 03:30'),
        value: (readings.find((one) => one.at >= paris('2026-04-10 03:00'))?.value ?? 0) - 0.01,
      },
    ]);
    await bench.settle();
    const after = await allOf(bench);
    expect(after.days.slice(0, 190)).toEqual(settled.days.slice(0, 190));
    expect(after.days.length).toBe(settled.days.length + 1);
    expect(after.days.at(-1)).toMatch(/ 4.8 measured$/);
    const tenth = (hours: readonly string[]) => hours.filter((line) => line.startsWith('2026-04-10'));
    expect(tenth(after.hours)).not.toEqual(tenth(settled.hours));
  });

  it('lets stand all of a device that is silent for longer than its readings are kept', async () => {
    const { pool, bench, pointId, settled } = await town();
    bench.now = paris('2027-01-10 12:00');
    await retain(pool, KEEP_90_DAYS, bench.now);
    expect((await pool.query('select from measurement')).rowCount).toBe(0);
    await markPoints(pool, [{ pointId, from: null, to: null }]);
    await bench.settle();
    expect(await allOf(bench)).toEqual(settled);
    // It comes back: hours are told again from there on.
    const at = paris('2027-01-11 00:00');
    bench.now = paris('2027-01-14 12:00');
    await bench.tell(
      METER,
      hourly(at, 24, () => 0.5, 900),
    );
    await bench.settle();
    expect(await bench.consumption('W', 'hour', '2027-01-11 00:00', '2027-01-11 03:00')).toEqual([
      '2027-01-11 00:00 0.5 measured',
      '2027-01-11 01:00 0.5 measured',
      '2027-01-11 02:00 0.5 measured',
    ]);
    expect((await allOf(bench)).days).toEqual(settled.days);
  });

  it('waits with measurements from which a point is yet to be settled', async () => {
    const { pool, bench, pointId } = await town();
    await markPoints(pool, [{ pointId, from: null, to: null }]);
    const { length } = await partsOf(pool, 'measurement');
    expect(await retain(pool, KEEP_90_DAYS, bench.now)).toMatchObject({ bytes: 0 });
    expect(await partsOf(pool, 'measurement')).toHaveLength(length);
    await bench.settle();
    await retain(pool, KEEP_90_DAYS, bench.now);
    expect((await partsOf(pool, 'measurement')).length).toBeLessThan(length);
  });

  it('waits for a settler in the middle of them, and whoever begins then knows that they go', async () => {
    const { pool, bench } = await town();
    const { length } = await partsOf(pool, 'measurement');
    let isOver = false;
    let retained: Promise<unknown> | undefined;
    await withTransaction(pool, async (settler) => {
      expect(await forgottenBefore(settler)).toBeNull();
      retained = retain(pool, KEEP_90_DAYS, bench.now).finally(() => {
        isOver = true;
      });
      await expect.poll(() => waitingForAdvisoryLocks(pool)).toBe(1);
      expect(await partsOf(pool, 'measurement'), 'all is there that it may read').toHaveLength(length);
      expect(isOver).toBe(false);
    });
    await retained;
    const left = await partsOf(pool, 'measurement');
    expect(left.length).toBeLessThan(length);
    expect(await forgotten(pool)).toBe(left[0]?.from.getTime());
  });

  it('stores a row of forgotten time that comes after all', async () => {
    const { pool, bench } = await town();
    await retain(pool, KEEP_90_DAYS, bench.now);
    // The same writers go on: they remember which partitions there are.
    await bench.tell(METER, [{ at: paris('2025-10-02 03:30'), value: 5 }]);
    expect(await oldest(pool)).toEqual(paris('2025-10-02 03:30'));
  });

  it('is told by the command line before it is done', async () => {
    const { url, pool, bench } = await town();
    await pool.query(
      `insert into quarantine (digest, topic, payload, code, reason, received_at)
       values ('\\x01', 't', '', 'c', 'r', '2020-01-01'), ('\\x02', 't', '', 'c', 'r', now())`,
    );
    const environment = {
      DATABASE_URL: url,
      LANG: 'en_GB.UTF-8',
      KEEP_QUARANTINE_DAYS: '30',
      KEEP_FRAMES_DAYS: '90',
    };
    const shown = JSON.parse((await runVeilleur(['retention', '--dry-run', '--json'], environment)).stdout);
    expect(shown).toMatchObject({
      due: [
        { kind: 'frames', parts: expect.any(Number), awaited: 0 },
        { kind: 'quarantine', rows: 1, parts: null },
      ],
      outcome: null,
    });
    expect((await pool.query('select from quarantine')).rowCount).toBe(2);
    const done = await runVeilleur(['retention'], environment);
    expect(done).toMatchObject({ status: 0, stdout: expect.stringContaining('quarantine') });
    expect(done.stdout).toMatch(/^done: .*quarantine 1/m);
    expect((await pool.query('select from quarantine')).rowCount).toBe(1);
    expect(await forgotten(pool), 'no measurement was touched').toBeNull();
    expect(bench.now).toBeInstanceOf(Date);
  });

  it('says that compression needs another edition, and would compress what can be compressed', async () => {
    const { pool } = await town();
    const config = readRetentionConfig({ COMPRESS_AFTER_DAYS: '30' });
    expect(await retain(pool, config, new Date())).toMatchObject({ compression: 'needs_community' });
    // TimescaleDB asks that the columns of unique keys are among those that order and segment.
    for (const [table, { segmentBy, orderBy }] of Object.entries(COMPRESSED)) {
      const { rows } = await pool.query<{ columns: string[] }>(
        `select array_agg(a.attname::text) as columns from pg_constraint k
         join pg_attribute a on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
         where k.conrelid = $1::regclass and k.contype = 'u' group by k.oid`,
        [table],
      );
      for (const { columns } of rows) expect([segmentBy, ...orderBy].sort()).toEqual(columns.sort());
      expect(rows).toHaveLength(1);
    }
  });
});

it.each(['KEEP_FRAMES_DAYS', 'KEEP_EVENTS_DAYS', 'KEEP_MEASUREMENTS_DAYS'])(
  '%s below what late data and estimates need is refused',
  (name) => {
    expect(() => readRetentionConfig({ [name]: '30' })).toThrow(name);
  },
);
