import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { addPoint, dirtyFigures, install, tailLags, Writer } from '@veilleur/store';
import { expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { frameOf, hourly, paris, terms } from '../support/consumption.ts';
import { CONSUMPTION_PROGRAM } from '../support/consumption-process.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const POINTS = 30;
const DAYS = 14;
const devEuiOf = (i: number) => `70b3d5e75e00${i.toString(16).padStart(4, '0')}`;
/** 240 + 24 i litres a day. */
const litresOf = (i: number) => 10 + i;

describeOnEachEngine('a consumption service that is killed again and again (kill -9)', (engine) => {
  const endings = endingsAfterEach();

  it('settles every point all the same, each change once', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool } = database;
    const start = paris('2026-03-01 00:00');
    const readings = Array.from({ length: POINTS }, (_, i) =>
      hourly(start, DAYS * 24, () => litresOf(i) / 1000),
    );
    let fCnt = 0;
    const tell = async (from: number, to: number) => {
      const writer = new Writer(pool);
      const entries = readings.map((all, i) => {
        const told = all.slice(from, to);
        return frameOf(devEuiOf(i), fCnt, told, new Date((told.at(-1)?.at.getTime() ?? 0) + 1000));
      });
      fCnt += 1;
      await writer.write(entries);
    };
    await tell(0, 24);
    for (let i = 0; i < POINTS; i += 1) {
      const { id } = await addPoint(pool, { code: `P-${i}`, kind: 'own', quantity: 'water_volume' });
      await install(pool, id, terms(devEuiOf(i)), { reason: 'first', now: new Date() });
    }
    const running = new Set<ChildProcess>();
    endings.push(async () => {
      for (const child of running) child.kill('SIGKILL');
    });
    const run = () => {
      const child = spawn(process.execPath, [CONSUMPTION_PROGRAM, database.url], { stdio: 'ignore' });
      running.add(child);
      child.once('exit', () => running.delete(child));
      return child;
    };
    const daysSettled = async () =>
      (await pool.query<{ n: number }>('select count(*) as n from consumption_day')).rows[0]?.n ?? 0;
    let kills = 0;
    for (let day = 1; day < DAYS; day += 3) {
      const before = await daysSettled();
      const child = run();
      for (let more = day; more < Math.min(day + 3, DAYS); more += 1) {
        await tell(more * 24, (more + 1) * 24 + (more === DAYS - 1 ? 1 : 0));
      }
      await until(
        async () => (await daysSettled()) > before,
        30_000,
        () => `work under way after day ${day}`,
      );
      await delay(15 * kills);
      child.kill('SIGKILL');
      await once(child, 'exit');
      kills += 1;
      const { rows } = await pool.query(
        `select p.code, d.n, h.n / 24 as of_hours from metering_point p
         cross join lateral (select count(*) as n from consumption_day c where c.point_id = p.id) d
         cross join lateral (select count(*) as n from consumption_hour c where c.point_id = p.id) h
         where d.n <> h.n / 24`,
      );
      expect(rows, 'hours and days of a point are settled together').toEqual([]);
    }
    expect(kills).toBe(5);
    run();
    await until(
      async () =>
        (await dirtyFigures(pool)).points === 0 &&
        (await tailLags(pool)).every(({ transactions }) => transactions === 0),
      60_000,
      () => 'everything to be settled',
    );
    const { rows } = await pool.query<{ code: string; hours: number; sum: number; days: number }>(
      `select p.code, count(*)::int as hours, sum(h.value)::float8 as sum,
         (select sum(value)::float8 from consumption_day d where d.point_id = p.id) as days
       from metering_point p join consumption_hour h on h.point_id = p.id group by p.id, p.code order by p.id`,
    );
    expect(rows).toEqual(
      Array.from({ length: POINTS }, (_, i) => ({
        code: `P-${i}`,
        hours: DAYS * 24,
        sum: DAYS * 24 * litresOf(i) * 1000,
        days: DAYS * 24 * litresOf(i) * 1000,
      })),
    );
    const revised = await pool.query(
      `select point_id, bucket, from_time, known_to, count(*) from consumption_revision
       group by 1, 2, 3, 4 having count(*) > 1`,
    );
    expect(revised.rows).toEqual([]);
  });
});
