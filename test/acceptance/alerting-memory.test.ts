import type { AlertingConfig } from '@veilleur/alerting';
import type { Pool } from '@veilleur/store';
import { expect, it } from 'vitest';
import { type AlertingUnderTest, putRulesOf, startAlertingUnderTest } from '../support/alerting.ts';
import { brokenSteps, foundAlerts, framesOf, NOW, RULES, tell } from '../support/alerting-load.ts';
import { until } from '../support/bridge-under-test.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

/** Connections of this database that lead something. */
const LOCKS = `select distinct pid from pg_stat_activity join pg_locks using (pid)
  where datname = current_database() and application_name = 'veilleur' and locktype = 'advisory' and granted`;

describeOnEachEngine('what alerting remembers is a copy', (engine) => {
  const endings = endingsAfterEach();
  const frames = framesOf(11);

  /** What is found in the end of the same frames, whatever is done meanwhile. */
  async function found(
    settings: Partial<AlertingConfig>,
    prepare: (pool: Pool) => Promise<unknown> = async () => {},
    disturb: (pool: Pool, alerting: AlertingUnderTest, batch: number) => Promise<unknown> = async () => {},
  ) {
    const database = await freshDatabase(engine);
    const { pool, url } = database;
    endings.push(() => database.drop());
    await putRulesOf(pool, RULES);
    const alerting = await startAlertingUnderTest(url, () => NOW, { batchSize: 20, ...settings });
    endings.push(() => alerting.stop());
    await prepare(pool);
    for (let at = 0; at < frames.length; at += 100) {
      await tell(pool, frames.slice(at, at + 100));
      await disturb(pool, alerting, at / 100);
    }
    await alerting.settled();
    expect(await brokenSteps(pool)).toEqual([]);
    expect((await pool.query('select * from tail_dead_letter')).rows).toEqual([]);
    return foundAlerts(pool);
  }

  it('without any of it the same is found: every device is read again for each batch', async () => {
    const remembered = await found({});
    const forgetful = await found({ cacheMB: 0 });
    expect(remembered.length).toBeGreaterThan(300);
    expect(forgetful).toEqual(remembered);
  });

  it('a transaction that is rolled back when all was done has not happened', async () => {
    const undisturbed = await found({});
    const rolledBack = await found({}, async (pool) => {
      // The checkpoint moves last: what refuses it refuses what was evaluated before.
      await pool.query(
        `create function refuse() returns trigger language plpgsql as $$ begin
           if random() < 0.3 then raise exception 'rolled back' using errcode = '40001'; end if;
           return new;
         end $$;
         create trigger refuse before update on tail_checkpoint for each row execute function refuse()`,
      );
    });
    expect(rolledBack).toEqual(undisturbed);
  });

  it('a leader whose connections are cut leads again, and goes on', async () => {
    const undisturbed = await found({});
    let cuts = 0;
    const cut = await found({}, undefined, async (pool, { service }, batch) => {
      if (batch % 4 !== 0) return;
      // A leader sees within a second that its lock is gone: until then it stands as ready without one.
      const locks = async () => (await pool.query(LOCKS)).rows.length;
      await until(
        async () => service.ready().length === 2 && (await locks()) >= 2,
        10_000,
        () => 'it to lead again',
      );
      const { rowCount } = await pool.query(`select pg_terminate_backend(pid) from (${LOCKS}) leaders`);
      cuts += rowCount ?? 0;
    });
    expect(cuts).toBeGreaterThan(3);
    expect(cut).toEqual(undisturbed);
  });
});
