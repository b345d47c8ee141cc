import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFirstPartyProfiles } from '@veilleur/codec';
import { describeEngine, removeLocalPostgres, startLocalPostgres } from '@veilleur/local-postgres';
import { createFleet } from '@veilleur/simulators';
import { connect, migrate } from '@veilleur/store';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { hasMosquitto, publishAll, startAedes, startMosquitto } from '../support/brokers.ts';
import { enginesToTest } from '../support/database-engines.ts';

const DEVICES_A_MEDIUM = 500;
const HOURS = 10;

export interface BridgeFigures {
  readonly engine: string;
  readonly broker: string;
  readonly messages: number;
  readonly messagesPerSecond: number;
  readonly measurementsPerSecond: number;
  readonly lost: number;
}

/**
 * A city's frames wait at the broker, and one bridge takes them from there into the database: the time
 * from the first to the last commit. Frames of all four kinds; the water ones carry hourly history.
 */
export async function measureBridge(seed: number): Promise<BridgeFigures[]> {
  const figures: BridgeFigures[] = [];
  for (const engine of await enginesToTest()) {
    const dataFolder = await mkdtemp(join(tmpdir(), 'veilleur-bench-'));
    const database = await startLocalPostgres({ dataFolder, engine });
    const broker = hasMosquitto ? await startMosquitto() : await startAedes();
    const pool = connect(database.url);
    await migrate(pool);
    const messages = await messagesOf(seed);

    // The session is made first, so that the broker keeps for it what comes while it is away.
    await (await startBridgeUnderTest(broker.url, database.url)).stop();
    await publishAll(broker.url, messages);
    const startedMs = performance.now();
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    const counts = await bridge.settled(messages.length, 300_000);
    const seconds = (performance.now() - startedMs) / 1000;
    const { rows } = await pool.query<{ count: number }>('select count(*) as count from frame');
    figures.push({
      engine: describeEngine(engine),
      broker: broker.name,
      messages: messages.length,
      messagesPerSecond: Math.round(messages.length / seconds),
      measurementsPerSecond: Math.round(counts.measurements / seconds),
      lost: messages.length - (rows[0]?.count ?? 0),
    });
    await bridge.stop();
    await pool.end();
    await broker.stop();
    await database.stop();
    await removeLocalPostgres(dataFolder);
  }
  return figures;
}

async function messagesOf(seed: number) {
  const profiles = await loadFirstPartyProfiles();
  const plan = {
    seed,
    households: { count: DEVICES_A_MEDIUM, water: 1, gas: 1, electricity: 1 },
    waterDistricts: 0,
    lighting: { luminaires: DEVICES_A_MEDIUM, lampsPerCabinet: DEVICES_A_MEDIUM },
    reportEvery_s: { cabinet: 3600 },
  };
  const fleet = createFleet(plan, (id, data) => {
    const encode = profiles.get(id)?.encode;
    if (encode === undefined) throw new Error(`profile ${id} has no encoder`);
    return encode(data);
  });
  const from = new Date('2026-03-01T00:00:00Z');
  const to = new Date(from.getTime() + HOURS * 3_600_000);
  return Array.from(fleet.uplinks(from, to), ({ topic, payload }) => ({ topic, payload }));
}
