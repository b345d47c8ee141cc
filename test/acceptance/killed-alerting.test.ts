import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from '@veilleur/store';
import { expect, it } from 'vitest';
import { putRulesOf, untilEvaluated } from '../support/alerting.ts';
import { brokenSteps, foundAlerts, framesOf, NOW, RULES, tell } from '../support/alerting-load.ts';
import { ALERTING_PROGRAM } from '../support/alerting-process.ts';
import { until } from '../support/bridge-under-test.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

describeOnEachEngine('an alerting service that is killed again and again (kill -9)', (engine) => {
  const endings = endingsAfterEach();

  const start = (url: string) => {
    const child = spawn(process.execPath, [ALERTING_PROGRAM, url, NOW.toISOString()], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let leads: readonly number[] = [];
    child.stdout.on('data', (text: Buffer) => {
      const last = text.toString().trim().split('\n').at(-1) ?? '';
      if (last.endsWith('}')) leads = (JSON.parse(last) as { leads: number[] }).leads;
    });
    endings.push(() => kill(child));
    return { child, leads: () => leads };
  };
  const kill = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    await putRulesOf(database.pool, RULES);
    return database;
  }
  const stepsIn = async (pool: Pool) =>
    (await pool.query<{ n: number }>('select count(*) as n from alert_step')).rows[0]?.n ?? 0;

  it('finds in the end what one that was left in peace finds, each step once', async () => {
    const frames = framesOf(7);
    const [peaceful, killed] = [await place(), await place()];
    const inPeace = start(peaceful.url);
    await until(
      () => inPeace.leads().length === 2,
      20_000,
      () => 'it to lead',
    );
    for (let at = 0; at < frames.length; at += 100) await tell(peaceful.pool, frames.slice(at, at + 100));
    await untilEvaluated(peaceful.pool);

    let running = start(killed.url);
    await until(
      () => running.leads().length === 2,
      20_000,
      () => 'it to lead',
    );
    let kills = 0;
    for (let at = 0; at < frames.length; at += 100) {
      const before = await stepsIn(killed.pool);
      await tell(killed.pool, frames.slice(at, at + 100));
      if (at % 300 !== 0) continue;
      await until(
        async () => (await stepsIn(killed.pool)) > before,
        20_000,
        () => `work under way after ${at} frames`,
      );
      await delay(7 * kills);
      await kill(running.child);
      kills += 1;
      running = start(killed.url);
    }
    expect(kills).toBeGreaterThan(5);
    await untilEvaluated(killed.pool);
    await until(
      () => running.leads().length === 2,
      20_000,
      () => 'all devices to be read',
    );
    const found = await foundAlerts(killed.pool);
    expect(found.length).toBeGreaterThan(300);
    expect(found).toEqual(await foundAlerts(peaceful.pool));
    expect(await brokenSteps(killed.pool)).toEqual([]);
    const letters = await killed.pool.query('select * from tail_dead_letter');
    expect(letters.rows).toEqual([]);
  });

  it('is one of two: the other takes its partitions over within seconds', async () => {
    const { pool, url } = await place();
    const first = start(url);
    await until(
      () => first.leads().length === 2,
      20_000,
      () => 'the first to lead',
    );
    const second = start(url);
    await tell(pool, framesOf(8).slice(0, 200));
    await untilEvaluated(pool);
    await delay(2000);
    expect(second.leads(), 'each partition has one leader').toEqual([]);
    await kill(first.child);
    const startedMs = performance.now();
    await until(
      () => second.leads().length === 2,
      10_000,
      () => 'the second to take over',
    );
    expect(performance.now() - startedMs).toBeLessThan(5000);
    const before = await stepsIn(pool);
    await tell(pool, framesOf(8).slice(200, 400));
    await untilEvaluated(pool);
    expect(await stepsIn(pool)).toBeGreaterThan(before);
    expect(await brokenSteps(pool)).toEqual([]);
  });
});
