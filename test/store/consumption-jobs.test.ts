import { readConsumptionConfig, startConsumption } from '@veilleur/consumption';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { addPoint, dirtyFigures, install, lastRuns, runJob } from '@veilleur/store';
import { expect, it } from 'vitest';
import { hourly, paris, terms, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const METER = '70b3d5e75e000001';

describeOnEachEngine('scheduled jobs of consumption', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return database;
  }

  it('run one at a time over all processes, and leave what came of them', async () => {
    const { pool } = await place();
    let finish: (() => void) | undefined;
    const first = runJob(pool, 'sweep', async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      return { marked: 3 };
    });
    while (finish === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await runJob(pool, 'sweep', async () => ({}))).toEqual({ kind: 'busy' });
    expect(await runJob(pool, 'retention', async () => ({})), 'another job').toMatchObject({ kind: 'done' });
    finish();
    expect(await first).toEqual({ kind: 'done', detail: { marked: 3 } });
    const refuse = async () => {
      throw new Error('no room');
    };
    expect(await runJob(pool, 'retention', refuse)).toEqual({ kind: 'failed', error: 'no room' });
    expect(await lastRuns(pool)).toMatchObject([
      { job: 'retention', outcome: 'failed', detail: { error: 'no room' } },
      { job: 'sweep', outcome: 'done', detail: { marked: 3 } },
    ]);
  });

  it('give the lock back when their process dies, and say that the run was cut off', async () => {
    const { pool } = await place();
    await pool.query(`insert into job_run (job, started_at) values ('sweep', now() - interval '1 hour')`);
    expect(await runJob(pool, 'sweep', async () => ({}))).toMatchObject({ kind: 'done' });
    const { rows } = await pool.query('select outcome, detail from job_run order by id');
    expect(rows).toEqual([
      { outcome: 'failed', detail: { error: 'cut off' } },
      { outcome: 'done', detail: {} },
    ]);
  });

  it('find what the tail has lost, and forget hours when their time is over', async () => {
    const { url, pool } = await place();
    const bench = new Workbench(pool, paris('2026-03-12 12:00'));
    const readings = hourly(paris('2026-03-01 00:00'), 10 * 24, () => 0.01);
    await bench.tell(METER, readings.slice(0, 100));
    const { id } = await addPoint(pool, { code: 'W', kind: 'own', quantity: 'water_volume' });
    await install(pool, id, terms(METER), { reason: 'first', now: bench.now });
    await bench.settle();
    await bench.tell(METER, readings.slice(100));
    // A restored dump may lack what the tail had not taken.
    await pool.query('truncate change');
    const service = await startConsumption(
      readConsumptionConfig({
        DATABASE_URL: url,
        CONSUMPTION_PARTITIONS: '1',
        CONSUMPTION_REST_MS: '3600000',
        CONSUMPTION_KEEP_HOURS_DAYS: '5',
      }),
      { pool, registry: createMetrics(), log: createLogger('silent'), clock: () => bench.now },
    );
    endings.push(() => service.stop());
    expect(await service.runJob('sweep')).toEqual({ kind: 'done', detail: { marked: 1 } });
    expect((await dirtyFigures(pool)).points).toBe(1);
    await bench.settle();
    expect(await bench.consumption('W', 'day', '2026-03-10 00:00', '2026-03-11 00:00')).toEqual([
      '2026-03-10 00:00 0.24 measured',
    ]);
    expect(await service.runJob('retention')).toMatchObject({ detail: { hours: expect.any(Number) } });
    expect(await bench.consumption('W', 'hour', '2026-03-01 00:00', '2026-03-07 12:00')).toEqual([]);
    expect(await bench.consumption('W', 'hour', '2026-03-08 00:00', '2026-03-09 00:00')).toHaveLength(24);
    expect(await bench.consumption('W', 'day', '2026-03-01 00:00', '2026-03-11 00:00')).toHaveLength(10);
  });
});
