import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { DevEui } from '@veilleur/domain';
import { frameLedger, measurements } from '@veilleur/store';
import { describe, expect, it } from 'vitest';
import { startBridgeUnderTest } from '../support/bridge-under-test.ts';
import { hasMosquitto, startAedes, startMosquitto } from '../support/brokers.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import { realData } from '../support/repository.ts';
import { veilleurSays } from '../support/run-veilleur.ts';

const DEVICE = DevEui('d1d1e80000000032');
const EXCERPT = fileURLToPath(new URL('excerpts/saint-eynard.ndjson', import.meta.url));
const WHOLE = realData('campusiot/saint-eynard-chirpstack-v3.ndjson.gz');

/** Counts of a trace by the plainest means: no code of ours reads the events. */
async function plainCounts(file: string) {
  const bytes = await readFile(file);
  const lines = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as { fCnt?: number; data?: string; margin?: number });
  const uplinks = events.filter((event) => event.fCnt !== undefined);
  const counters = new Set(uplinks.map((event) => event.fCnt ?? 0));
  const first = Math.min(...counters);
  const last = Math.max(...counters);
  return {
    events: events.length,
    uplinks: uplinks.length,
    frames: counters.size,
    statuses: events.filter((event) => event.margin !== undefined).length,
    first,
    last,
    missing: last - first + 1 - counters.size,
  };
}

async function replay(file: string, brokerUrl: string): Promise<{ events: number; eventsPerSecond: number }> {
  return JSON.parse(await veilleurSays(['replay-events', file, '--fast', '--mqtt', brokerUrl, '--json']));
}

const brokers = [
  { title: 'aedes, MQTT 3.1.1', start: startAedes, here: true },
  { title: 'Mosquitto, MQTT 5', start: startMosquitto, here: hasMosquitto },
];

describeOnEachEngine('a real year of a door sensor above Grenoble (CampusIoT, ODbL)', (engine) => {
  const endings = endingsAfterEach();

  async function pipeline(startBroker: () => ReturnType<typeof startAedes>) {
    const database: FreshDatabase = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startBroker();
    endings.push(() => broker.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    endings.push(() => bridge.stop());
    return { database, broker, bridge };
  }

  it('knows its own figures', async ({ skip }) => {
    if (WHOLE === null) return skip('the whole trace is not beside this clone');
    expect(await plainCounts(WHOLE)).toEqual({
      events: 9786,
      uplinks: 9418,
      frames: 9417,
      statuses: 368,
      first: 1143,
      last: 14_928,
      missing: 4369,
    });
  });

  describe.each(brokers)('through $title', ({ start, here }) => {
    // Without the whole trace beside the clone its story is left out, as `realData` has said.
    it.skipIf(!here).each(
      [
        ['an excerpt of 15 lines', EXCERPT],
        ['all of it', WHOLE],
      ].filter(([, file]) => file !== null),
    )('stores %s once, and nothing when it is replayed', async (_title, file) => {
      if (file === null) throw new Error('a trace that is not there was asked for');
      const plain = await plainCounts(file);
      const { database, broker, bridge } = await pipeline(start);

      await replay(file, broker.url);
      const once = await bridge.settled(plain.events);
      expect(once).toMatchObject({
        received: plain.events,
        stored: plain.frames + plain.statuses,
        duplicate: plain.uplinks - plain.frames,
        quarantined: 0,
        inFlight: 0,
      });
      const ledger = await frameLedger(database.pool, DEVICE);
      expect(ledger).toMatchObject({
        frames: plain.frames,
        firstFCnt: plain.first,
        lastFCnt: plain.last,
        missing: plain.missing,
        sessions: 1,
      });
      const span = { devEui: DEVICE, from: new Date(0), to: new Date('2100-01-01') };
      expect(await measurements(database.pool, { ...span, quantity: 'link_margin' })).toHaveLength(
        plain.statuses,
      );

      await replay(file, broker.url);
      const twice = await bridge.settled(2 * plain.events);
      expect(twice).toMatchObject({
        stored: once.stored,
        duplicate: once.duplicate + plain.events,
        quarantined: 0,
      });
      const { rows } = await database.pool.query(
        'select (select count(*) from frame) frames, (select count(*) from device_event) events, (select count(*) from device) devices',
      );
      expect(rows).toEqual([{ frames: plain.frames, events: plain.statuses, devices: 1 }]);
    });
  });
});
