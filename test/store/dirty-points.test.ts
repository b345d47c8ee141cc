import { addPoint, clearDirtyPoints, markPoints, type Pool, withTransaction } from '@veilleur/store';
import { expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const SPAN = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-03-02T00:00:00Z') };

describeOnEachEngine('points that wait to be settled', (engine) => {
  const endings = endingsAfterEach();

  async function threePoints(): Promise<{ pool: Pool; ids: readonly number[] }> {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool } = database;
    const ids: number[] = [];
    for (const code of ['A', 'B', 'C']) {
      ids.push((await addPoint(pool, { code, kind: 'own', quantity: 'water_volume' })).id);
    }
    // The last one lies first in the table, where a statement without an order would begin.
    for (const pointId of ids.toReversed()) await markPoints(pool, [{ pointId, ...SPAN }]);
    return { pool, ids };
  }

  const waiters = async (pool: Pool) => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0]?.n ?? 0;
  };

  it('are marked and cleared at once, in whatever order they were taken, and nobody is a deadlock’s victim', async () => {
    const { pool, ids } = await threePoints();
    const holder = await pool.connect();
    await holder.query('begin');
    await holder.query('select from consumption_dirty where point_id = $1 for update', [ids[0]]);
    // The tail stands before the first point, a settler that took them the other way round comes after it.
    const marking = markPoints(
      pool,
      ids.map((pointId) => ({ pointId, ...SPAN })),
    );
    await until(
      async () => (await waiters(pool)) === 1,
      10_000,
      () => 'the marker to wait',
    );
    const taken = ids.toReversed().map((pointId) => ({ pointId, from: 0, to: 0, version: 1 }));
    const clearing = withTransaction(pool, (client) => clearDirtyPoints(client, taken));
    await until(
      async () => (await waiters(pool)) === 2,
      10_000,
      () => 'the settler to wait',
    );
    await holder.query('commit');
    holder.release();
    await expect(Promise.all([marking, clearing])).resolves.toBeDefined();
    // What was marked anew meanwhile stays.
    const { rows } = await pool.query('select point_id, version from consumption_dirty order by 1');
    expect(rows).toEqual(ids.map((point_id) => ({ point_id, version: 2 })));
  });
});
