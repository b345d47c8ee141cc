import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { freePort, hasMosquitto, startMosquitto } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { expectEachFrameOnce, startLoad } from '../support/load.ts';
import { REPOSITORY } from '../support/repository.ts';

const KILLS = 4;
const PER_SECOND = 300;

describeOnEachEngine('a bridge that is killed', (engine) => {
  const endings = endingsAfterEach();

  it.skipIf(!hasMosquitto)(`${KILLS} times with -9 under load: nothing lost, nothing twice`, async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startMosquitto();
    endings.push(() => broker.stop());

    const metricsPort = await freePort();
    const startBridge = (): ChildProcess =>
      spawn(process.execPath, [`${REPOSITORY}/services/cli/src/main.ts`, 'start', 'bridge'], {
        stdio: 'ignore',
        env: {
          ...process.env,
          DATABASE_URL: database.url,
          MQTT_URL: broker.url,
          MQTT_CLIENT_ID: 'bridge-to-be-killed',
          BRIDGE_METRICS_PORT: String(metricsPort),
        },
      });
    const kill = async (child: ChildProcess) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
    const stored = async () =>
      (await database.pool.query<{ count: number }>('select count(*) as count from frame')).rows[0]?.count ??
      0;

    // The session must exist at the broker before the first message: from then on nothing is missed.
    let bridge = startBridge();
    endings.push(() => kill(bridge));
    const metrics = () => fetch(`http://127.0.0.1:${metricsPort}/metrics`).then((answer) => answer.text());
    await until(
      async () => /^veilleur_bridge_connected 1$/m.test(await metrics().catch(() => '')),
      30_000,
      () => 'a bridge that is connected',
    );
    const load = startLoad(broker.url, PER_SECOND);
    for (let i = 0; i < KILLS; i += 1) {
      const before = await stored();
      await until(
        async () => (await stored()) > before + 100,
        20_000,
        () => 'a bridge that stores again',
      );
      await kill(bridge);
      await delay(500);
      bridge = startBridge();
    }
    const sent = await load.stop();
    await until(
      async () => (await stored()) >= sent,
      30_000,
      () => `${sent} frames`,
    );
    await delay(500);
    await expectEachFrameOnce(database.pool, sent);
    bridge.kill('SIGTERM');
    expect(await once(bridge, 'exit'), 'a clean stop').toEqual([0, null]);
  });
});
