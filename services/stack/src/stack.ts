import { startApi } from '@veilleur/api';
import { BRIDGE_TOPIC_FILTERS, type Bridge, readBridgeConfig, startBridge } from '@veilleur/bridge';
import { loadProfiles } from '@veilleur/codec';
import { readConsumptionConfig, startConsumption } from '@veilleur/consumption';
import { describeEngine, startLocalPostgres } from '@veilleur/local-postgres';
import { createLogger, createMetrics, type Running, withoutPassword } from '@veilleur/runtime';
import { connect, databaseFacts, migrate, type Pool } from '@veilleur/store';
import type { StackConfig } from './config.ts';
import { type DemoFleet, startDemo } from './demo.ts';
import { startEmbeddedBroker } from './embedded-broker.ts';

/** What was started, and where to look. */
export interface Stack extends Running {
  readonly pool: Pool;
  readonly bridge: Bridge;
  readonly addresses: {
    readonly database: string;
    readonly databaseUrl: string;
    readonly broker: string;
    readonly brokerUrl: string;
    readonly api: string;
    /** Null where the data is not ours to place. */
    readonly dataFolder: string | null;
    readonly demo: DemoFleet | null;
  };
}

/**
 * Starts every part in one process, in the order in which data flows back: database, broker, bridge,
 * consumption, API, demo fleet. When one cannot start, those before it are stopped again.
 *
 * @param say Told what takes a while, a line each.
 */
export async function startStack(config: StackConfig, say: (line: string) => void): Promise<Stack> {
  const log = createLogger(config.logLevel);
  const registry = createMetrics();
  await using started = new AsyncDisposableStack();

  const database = config.databaseUrl === null ? await ownDatabase(config.dataFolder, say) : null;
  if (database !== null) started.defer(() => database.stop());
  const databaseUrl = database?.url ?? config.databaseUrl ?? '';
  const pool = connect(databaseUrl, { maximum: 16 });
  started.defer(() => pool.end());
  await migrate(pool);
  const facts = await databaseFacts(pool);

  // Where the broker is ours, its address is known when it listens.
  const bridgeConfig = readBridgeConfig({
    ...process.env,
    DATABASE_URL: databaseUrl,
    MQTT_URL: config.mqttUrl ?? 'mqtt://127.0.0.1',
  });
  const { clientId } = bridgeConfig.mqtt;
  const broker =
    config.mqttUrl === null
      ? await startEmbeddedBroker(config.embeddedBroker, { clientId, topicFilters: BRIDGE_TOPIC_FILTERS })
      : null;
  if (broker !== null) started.defer(() => broker.stop());
  const brokerUrl = broker?.url ?? config.mqttUrl ?? '';

  const profiles = await loadProfiles(config.profilesFolder);
  const bridge = await startBridge(
    { ...bridgeConfig, mqtt: { ...bridgeConfig.mqtt, url: new URL(brokerUrl) } },
    { pool, profiles, registry, log },
  );
  started.defer(() => bridge.stop());

  const consumptionConfig = readConsumptionConfig({ ...process.env, DATABASE_URL: databaseUrl });
  const consumption = await startConsumption(
    { ...consumptionConfig, timeZone: config.timeZone },
    { pool, registry, log },
  );
  started.defer(() => consumption.stop());

  const api = await startApi({ ...config.http, timeZone: config.timeZone }, { pool, registry, log });
  started.defer(() => api.stop());

  const demo = config.demo === null ? null : await startDemo(config.demo.seed, brokerUrl, config, log);
  if (demo !== null) started.defer(() => demo.stop());

  const running = started.move();
  return {
    pool,
    bridge,
    addresses: {
      database:
        database === null
          ? `PostgreSQL ${facts.postgresVersion}${facts.timescaledbVersion ? ` with TimescaleDB ${facts.timescaledbVersion}` : ''}`
          : describeEngine(database.engine),
      databaseUrl: withoutPassword(databaseUrl),
      broker: broker === null ? 'MQTT' : 'MQTT 3.1.1, in this process',
      brokerUrl,
      api: api.url,
      dataFolder: database?.dataFolder ?? null,
      demo: demo?.fleet ?? null,
    },
    stop: () => running.disposeAsync(),
  };
}

async function ownDatabase(dataFolder: string, say: (line: string) => void) {
  return startLocalPostgres({ dataFolder, log: say });
}
