import { fileURLToPath } from 'node:url';
import {
  type AlertingService,
  readAlertingConfig,
  readNotificationsFile,
  startAlerting,
} from '@veilleur/alerting';
import { readApiConfig, startApi } from '@veilleur/api';
import { BRIDGE_TOPIC_FILTERS, type Bridge, readBridgeConfig, startBridge } from '@veilleur/bridge';
import { loadProfiles } from '@veilleur/codec';
import { pullJobs, readConsumptionConfig, readOperatorsFile, startConsumption } from '@veilleur/consumption';
import { describeEngine, startLocalPostgres } from '@veilleur/local-postgres';
import { createLogger, createMetrics, type Running, withoutPassword } from '@veilleur/runtime';
import { connect, databaseFacts, migrate, type Pool } from '@veilleur/store';
import type { StackConfig } from './config.ts';
import { type DemoFleet, startDemo } from './demo.ts';
import { startEmbeddedBroker } from './embedded-broker.ts';

const RULES_OF_A_CITY = fileURLToPath(new URL('../../../infra/rules/city.yaml', import.meta.url));

/** What was started, and where to look. */
export interface Stack extends Running {
  readonly pool: Pool;
  readonly bridge: Bridge;
  readonly alerting: AlertingService;
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

export interface StackClocks {
  /** What time it is for rules, where that is not the present: silence is evidence by this clock. */
  readonly alertingClock?: () => Date;
}

/**
 * Starts every part in one process, in the order in which data flows back: database, broker, bridge,
 * consumption, alerting, API, demo fleet. When one cannot start, those before it are stopped again.
 *
 * @param say Told what takes a while, a line each.
 */
export async function startStack(
  config: StackConfig,
  say: (line: string) => void,
  { alertingClock }: StackClocks = {},
): Promise<Stack> {
  const log = createLogger(config.logLevel);
  const registry = createMetrics();
  const sources = await readOperatorsFile(config.operatorsFile, process.env);
  const notifications = await readNotificationsFile(config.notificationsFile, process.env);
  await using started = new AsyncDisposableStack();

  const database = config.databaseUrl === null ? await ownDatabase(config.dataFolder, say) : null;
  if (database !== null) started.defer(() => database.stop());
  const databaseUrl = database?.url ?? config.databaseUrl ?? '';
  const pool = connect(databaseUrl, { maximum: 24 + sources.length + notifications.channels.length });
  started.defer(() => pool.end());
  // The bridge cuts connections that hang; others hold theirs for as long as a lock lasts.
  const bridgePool = connect(databaseUrl, { maximum: 8 });
  started.defer(() => bridgePool.end());
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
    { pool: bridgePool, profiles, registry, log },
  );
  started.defer(() => bridge.stop());

  const consumptionConfig = readConsumptionConfig({ ...process.env, DATABASE_URL: databaseUrl });
  const consumption = await startConsumption(
    { ...consumptionConfig, ...config.consumption, timeZone: config.timeZone },
    { pool, registry, log, jobs: pullJobs(sources, { pool, registry }) },
  );
  started.defer(() => consumption.stop());

  const alertingConfig = readAlertingConfig({ ...process.env, DATABASE_URL: databaseUrl });
  const alerting = await startAlerting(
    {
      ...alertingConfig,
      timeZone: config.timeZone,
      // Until somebody says otherwise, by a file or by `veilleur rules load`.
      ...(alertingConfig.rulesFile === null ? { rulesFile: RULES_OF_A_CITY, rulesFileOnce: true } : {}),
    },
    { pool, registry, log, notifications, ...(alertingClock && { clock: alertingClock }) },
  );
  started.defer(() => alerting.stop());

  const apiConfig = readApiConfig({
    ...process.env,
    DATABASE_URL: databaseUrl,
    HTTP_HOST: config.http.host,
    HTTP_PORT: String(config.http.port),
  });
  const api = await startApi(
    { ...apiConfig, timeZone: config.timeZone },
    { pool, registry, log, broker: () => bridge.counts().connected },
  );
  started.defer(() => api.stop());

  const demo =
    config.demo === null ? null : await startDemo(config.demo.seed, brokerUrl, config, { pool, log });
  if (demo !== null) started.defer(() => demo.stop());

  const running = started.move();
  return {
    pool,
    bridge,
    alerting,
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
