import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runningUrl } from '@veilleur/local-postgres';
import { connect } from '@veilleur/store';
import { connectAsync } from 'mqtt';
import { afterEach, expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { chirpStackV4Uplink } from '../support/events.ts';
import { type Endings, newStackPlace, startStackProcess } from '../support/stack-process.ts';

const KILLS = 3;
const PER_SECOND = 300;
const DEVICES = 50;
const MOST_IN_FLIGHT = 200;

const endings: Endings = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A network server outside the program: QoS 1, it connects again, and repeats what was not acknowledged. */
async function startNetworkServer(mqttPort: number) {
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, {
    protocolVersion: 4,
    reconnectPeriod: 200,
  });
  client.on('error', () => {});
  endings.push(() => client.endAsync(true));
  const acknowledged = new Set<number>();
  let sent = 0;
  const sending = setInterval(() => {
    // After a reconnection MQTT.js repeats one by one what was not acknowledged, each after a commit of its
    // own, and all that is new waits behind it.
    if (!client.connected || sent - acknowledged.size > MOST_IN_FLIGHT) return;
    for (let i = 0; i < PER_SECOND / 50; i += 1) {
      const counter = sent;
      sent += 1;
      const { topic, payload } = chirpStackV4Uplink({
        devEui: `70b3d5e75e00${(counter % DEVICES).toString(16).padStart(4, '0')}`,
        fCnt: Math.floor(counter / DEVICES),
        hex: `4680${counter.toString(16).padStart(8, '0')}00000002`,
      });
      client.publish(topic, payload, { qos: 1 }, (error) => {
        if (!error) acknowledged.add(counter);
      });
    }
  }, 20);
  endings.push(async () => clearInterval(sending));
  return {
    acknowledged,
    stop: async () => {
      clearInterval(sending);
      await until(
        () => acknowledged.size === sent,
        60_000,
        () => `${sent} acknowledgements; there are ${acknowledged.size}`,
      );
      return sent;
    },
  };
}

it(`npm start, killed ${KILLS} times with -9 under load: what it acknowledged is in the database, once`, async () => {
  const place = await newStackPlace(endings);
  // Without infra/timescaledb's engine: what a newcomer has.
  const cache = await mkdtemp(join(tmpdir(), 'veilleur-no-cache-'));
  endings.push(() => rm(cache, { recursive: true, force: true }));
  const start = async () => {
    const stack = startStackProcess(endings, place, { DEMO: 'false', VEILLEUR_CACHE: cache });
    await until(
      () => stack.output().includes('Ctrl-C'),
      60_000,
      () => `a start; it said ${stack.output()} ${stack.errors()}`,
    );
    return stack;
  };
  const counters = async () => {
    const pool = connect(runningUrl(place.dataFolder) ?? '', { maximum: 1 });
    try {
      const { rows } = await pool.query<{ counter: number }>(
        `select ('x' || substring(encode(payload, 'hex') from 5 for 8))::bit(32)::int as counter
         from frame order by 1`,
      );
      return rows.map(({ counter }) => counter);
    } finally {
      await pool.end();
    }
  };

  let stack = await start();
  const server = await startNetworkServer(place.mqttPort);
  for (let i = 0; i < KILLS; i += 1) {
    const before = server.acknowledged.size;
    await until(
      () => server.acknowledged.size > before + 200,
      30_000,
      () => 'acknowledgements',
    );
    stack.child.kill('SIGKILL');
    await stack.ended;
    await delay(200);
    const promised = [...server.acknowledged];
    stack = await start();
    const stored = new Set(await counters());
    expect(
      promised.filter((counter) => !stored.has(counter)),
      'acknowledged and lost',
    ).toEqual([]);
  }
  const sent = await server.stop();
  expect(sent).toBeGreaterThan(KILLS * 200);
  expect(await counters()).toEqual(Array.from({ length: sent }, (_, counter) => counter));
  expect(await stack.interrupt()).toEqual([0, null]);
});
