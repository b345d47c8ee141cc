import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, loadFirstPartyProfiles } from '@veilleur/codec';
import {
  describeEngine,
  findEngines,
  removeLocalPostgres,
  startLocalPostgres,
} from '@veilleur/local-postgres';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect, migrate, Writer } from '@veilleur/store';
import { connectAsync } from 'mqtt';
import { Intake } from '../../services/bridge/src/intake.ts';
import { createBridgeMetrics } from '../../services/bridge/src/metrics.ts';
import { MqttSession } from '../../services/bridge/src/mqtt-session.ts';
import { UntimedFrames } from '../../services/bridge/src/untimed-frames.ts';
import { until } from '../support/bridge-under-test.ts';
import { publishAll, startMosquitto } from '../support/brokers.ts';
import { chirpStackV4Uplink } from '../support/events.ts';

const TOPIC_FILTER = 'application/+/device/+/event/+';
const DEVICES = 200;

export interface AcknowledgeFigures {
  readonly engine: string;
  readonly way: string;
  readonly messages: number;
  readonly messagesPerSecond: number;
}

/** One way to hand messages to the intake, and to acknowledge each when it is committed. */
interface Way {
  readonly name: string;
  /** A way of one commit a message is measured on fewer. */
  readonly messages: number;
  start(brokerUrl: string, intake: Intake): Promise<() => Promise<void>>;
}

/** MQTT.js acknowledges a message, and reads the next, when `handleMessage` calls back. */
const mqttJsConnections = (connections: number, messages: number): Way => ({
  name: `MQTT.js, ${connections} shared-subscription connection${connections === 1 ? '' : 's'}`,
  messages,
  start: async (brokerUrl, intake) => {
    const clients = await Promise.all(
      Array.from({ length: connections }, async (_, i) => {
        const options = {
          protocolVersion: 5,
          clean: false,
          clientId: `bench-${i}`,
          properties: { sessionExpiryInterval: 600 },
        } as const;
        const client = await connectAsync(brokerUrl, options);
        client.handleMessage = ({ topic, payload, dup, qos }, done) =>
          intake.take({
            topic,
            payload: Buffer.from(payload),
            redelivered: dup,
            qos,
            acknowledge: () => done(),
          });
        await client.subscribeAsync(`$share/bench/${TOPIC_FILTER}`, { qos: 1 });
        return client;
      }),
    );
    return async () => {
      await Promise.all(clients.map((client) => client.endAsync()));
    };
  },
});

const thinSession = (window: number, messages: number): Way => ({
  name: `thin session over mqtt-packet, a window of ${window}`,
  messages,
  start: async (brokerUrl, intake) => {
    const { promise: connected, resolve } = Promise.withResolvers<unknown>();
    const session = new MqttSession({
      url: new URL(brokerUrl),
      clientId: 'bench',
      version: 5,
      username: undefined,
      password: undefined,
      topicFilters: [TOPIC_FILTER],
      shareGroup: 'bench',
      keepAliveS: 30,
      sessionExpiryS: 600,
      window,
      log: createLogger('silent'),
      readyToConnect: () => intake.room(),
      onDelivery: (delivery) => intake.take(delivery),
      onConnected: resolve,
    });
    session.start();
    await connected;
    return () => session.stop();
  },
});

const WAYS: readonly Way[] = [
  mqttJsConnections(1, 1000),
  mqttJsConnections(16, 5000),
  mqttJsConnections(64, 5000),
  thinSession(64, 5000),
  thinSession(2000, 10_000),
];

/**
 * The ways to acknowledge after commit, each before the same intake, writer and database: messages a
 * second from the first publish to the last commit, the publisher running beside.
 */
export async function measureAcknowledge(): Promise<AcknowledgeFigures[]> {
  const [engine] = await findEngines();
  if (engine === undefined) throw new Error('there is no database engine');
  const profiles = await loadFirstPartyProfiles();
  const figures: AcknowledgeFigures[] = [];
  for (const way of WAYS) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'veilleur-bench-'));
    const database = await startLocalPostgres({ dataFolder, engine });
    const broker = await startMosquitto();
    const pool = connect(database.url);
    await migrate(pool);
    const writer = new Writer(pool);
    const sandbox = createSandbox();
    const metrics = createBridgeMetrics(createMetrics(), () => []);
    const intake = new Intake({
      writer,
      interpreter: {
        profiles,
        profileVersionIds: await writer.registerProfiles(profiles.all()),
        assigned: new Map(),
        untimed: new UntimedFrames(),
      },
      sandbox,
      metrics,
      batchSize: 1000,
      writers: 2,
      window: 2000,
      log: createLogger('silent'),
    });
    const stop = await way.start(broker.url, intake);
    const messages = Array.from({ length: way.messages }, (_, i) =>
      chirpStackV4Uplink({
        devEui: `70b3d5e75e00${(i % DEVICES).toString(16).padStart(4, '0')}`,
        fCnt: Math.floor(i / DEVICES),
      }),
    );
    const startedMs = performance.now();
    const published = publishAll(broker.url, messages);
    await until(
      () => metrics.counts().stored >= way.messages,
      120_000,
      () => `${way.messages} messages by ${way.name}; there is ${JSON.stringify(metrics.counts())}`,
    );
    const seconds = (performance.now() - startedMs) / 1000;
    figures.push({
      engine: describeEngine(engine),
      way: way.name,
      messages: way.messages,
      messagesPerSecond: Math.round(way.messages / seconds),
    });
    await published;
    await intake.drain(1000);
    await stop();
    await sandbox.stop();
    await pool.end();
    await broker.stop();
    await database.stop();
    await removeLocalPostgres(dataFolder);
  }
  return figures;
}
