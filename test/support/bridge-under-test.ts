import { type BridgeCounts, readBridgeConfig, startBridge } from '@veilleur/bridge';
import { loadProfiles } from '@veilleur/codec';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect } from '@veilleur/store';

export interface BridgeUnderTest {
  counts(): BridgeCounts;
  /** The metrics page. */
  metrics(): Promise<string>;
  /** Resolves when nothing is in flight and `received` has come to `atLeast`. */
  settled(atLeast: number, timeoutMs?: number): Promise<BridgeCounts>;
  stop(): Promise<void>;
}

/** A bridge in this process, between a broker and a database of the test. */
export async function startBridgeUnderTest(
  brokerUrl: string,
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<BridgeUnderTest> {
  const registry = createMetrics();
  const pool = connect(databaseUrl);
  const config = readBridgeConfig({
    DATABASE_URL: databaseUrl,
    MQTT_URL: brokerUrl,
    MQTT_CLIENT_ID: 'bridge-under-test',
    ...settings,
  });
  const bridge = await startBridge(config, {
    pool,
    profiles: await loadProfiles(config.profilesFolder),
    registry,
    log: createLogger('silent'),
  });
  await until(
    () => bridge.counts().connected,
    15_000,
    () => 'a connection with the broker',
  );
  return {
    counts: () => bridge.counts(),
    metrics: () => registry.metrics(),
    settled: async (atLeast, timeoutMs = 60_000) => {
      await until(
        () => bridge.counts().received >= atLeast && bridge.counts().inFlight === 0,
        timeoutMs,
        () => `${atLeast} messages and nothing in flight; there is ${JSON.stringify(bridge.counts())}`,
      );
      return bridge.counts();
    },
    stop: async () => {
      await bridge.stop();
      await pool.end();
    },
  };
}

/** Waits for a condition, and says what was missing when it does not come. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutMs: number,
  what: () => string,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`waited ${timeoutMs} ms for ${what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
