import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '@veilleur/api';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { connect } from '@veilleur/store';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FakeChirpStack } from '../../packages/provisioning/src/fake-chirpstack.ts';
import { ADMIN_KEY } from '../../packages/provisioning/src/fake-chirpstack-rules.ts';
import { startLedgerMetrics } from '../../services/api/src/ledger-metrics.ts';
import { type BridgeUnderTest, startBridgeUnderTest, until } from '../support/bridge-under-test.ts';
import { publishAll, startAedes, type TestBroker } from '../support/brokers.ts';
import { chirpStackV4Uplink, type TestMessage } from '../support/events.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

const HOUR_MS = 3_600_000;
const [STEADY, OUTAGE, RADIO, UNHEARD] = [1, 2, 3, 4].map((i) => `70b3d5e75e00000${i}`) as [
  string,
  string,
  string,
  string,
];
const EVERY_MS = HOUR_MS / 2;
/**
 * 40 frames, two an hour, the last three hours ago: within the day that ChirpStack counts by the hour whatever
 * the time of day is.
 */
const START_MS = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 23 * HOUR_MS + EVERY_MS / 2;
const sentAt = (fCnt: number) => new Date(START_MS + fCnt * EVERY_MS);
const span = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const uplink = (devEui: string, fCnt: number): TestMessage & { devEui: string; fCnt: number } => ({
  ...chirpStackV4Uplink({ devEui, fCnt, at: sentAt(fCnt) }),
  devEui,
  fCnt,
});
/** What the network server heard: of the third meter not 10 to 12 and 20. */
const HEARD = [
  ...span(0, 39).map((fCnt) => uplink(STEADY, fCnt)),
  ...span(0, 39).map((fCnt) => uplink(OUTAGE, fCnt)),
  ...span(0, 39)
    .filter((fCnt) => fCnt !== 20 && (fCnt < 10 || fCnt > 12))
    .map((fCnt) => uplink(RADIO, fCnt)),
];
/** What became of it at QoS 0: an outage took 15 to 18 of the second meter,. */
const DELIVERED = HEARD.filter(({ devEui, fCnt }) => !(devEui === OUTAGE && fCnt >= 15 && fCnt <= 18));

describeOnEachEngine('what became of every frame', (engine) => {
  let database: FreshDatabase;
  let broker: TestBroker;
  let bridge: BridgeUnderTest;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilleur-ledger-'));
    database = await freshDatabase(engine);
    broker = await startAedes();
    bridge = await startBridgeUnderTest(broker.url, database.url);
    await publishAll(broker.url, DELIVERED);
    await bridge.settled(DELIVERED.length);
    expect(await bridge.metrics()).toContain('veilleur_bridge_conservation_imbalance 0');
  });
  afterAll(async () => {
    await bridge.stop();
    await broker.stop();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const veilleur = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
    runVeilleur(['ledger', ...args], { DATABASE_URL: database.url, LC_ALL: 'C', ...environment });
  const json = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const { status, stdout, stderr } = await veilleur([...args, '--json'], environment);
    if (stdout === '') throw new Error(stderr);
    return { status, report: JSON.parse(stdout) };
  };
  async function record(messages: readonly TestMessage[]): Promise<string> {
    const file = join(folder, `${messages.length}.ndjson`);
    await writeFile(file, messages.map(({ payload }) => payload).join('\n'));
    return file;
  }

  it('nobody knows from the gaps alone: they are unexplained, and the worst device comes first', async () => {
    const { status, report } = await json([]);
    expect(status).toBe(0);
    expect(report.totals).toMatchObject({
      devices: 3,
      counters: 120,
      states: { decoded: 112, unexplained: 8, lost_after_lns: 0, lost_on_radio: 0 },
    });
    expect(report.devices.map(({ devEui }: { devEui: string }) => devEui)).toEqual([OUTAGE, RADIO, STEADY]);
    expect(report.deliveredAgain).toBeNull();
  });

  it('the record of the server tells: 4 lost after it, 4 on the radio, and the answer is no', async () => {
    const file = await record(HEARD);
    const { status, report } = await json(['--lns-record', file]);
    expect(status).toBe(1);
    expect(report.totals.states).toMatchObject({
      decoded: 112,
      lost_on_radio: 4,
      lost_after_lns: 4,
      unexplained: 0,
    });
    const device = (await json(['--lns-record', file, '--device', OUTAGE])).report;
    expect(device.lost).toMatchObject([
      { fCntFrom: 15, fCntTo: 18, count: 4, state: 'lost_after_lns', why: 'in_record' },
    ]);
    expect(Date.parse(device.lost[0].after)).toBe(sentAt(14).getTime());
    const radio = (await json(['--lns-record', file, '--device', RADIO])).report;
    expect(radio.lost).toMatchObject([
      { fCntFrom: 10, fCntTo: 12, state: 'lost_on_radio', why: 'not_in_record' },
      { fCntFrom: 20, fCntTo: 20, state: 'lost_on_radio' },
    ]);
  });

  it('a record with holes proves what it has, and nothing by what it has not', async () => {
    const holes = HEARD.filter(({ fCnt, devEui }) => fCnt % 7 !== 0 || devEui === STEADY);
    const { report } = await json(['--lns-record', await record(holes)]);
    // Counter 14 of the second meter is not in it although it is here: the record is not whole.
    expect(report.totals.states).toMatchObject({ lost_after_lns: 4, lost_on_radio: 0, unexplained: 4 });
  });

  it('a record says more than gaps can: what came after the last frame, a device never heard, deliveries again', async () => {
    const more = [...HEARD, uplink(OUTAGE, 40), uplink(UNHEARD, 0), uplink(UNHEARD, 1), uplink(STEADY, 39)];
    const { report } = await json(['--lns-record', await record(more)]);
    expect(report.totals).toMatchObject({ devices: 4, counters: 123, states: { lost_after_lns: 7 } });
    expect(report.deliveredAgain).toBe(1);
    expect(report.notes).toEqual([{ note: 'beyond', count: 3 }]);
    expect(report.devices.find(({ devEui }: { devEui: string }) => devEui === UNHEARD)).toMatchObject({
      frames: 0,
      counters: 2,
      states: { lost_after_lns: 2 },
    });
  });

  it('ChirpStack, asked for its counts, tells how many were lost where', async () => {
    const chirpStack = await FakeChirpStack.start();
    try {
      for (const devEui of [STEADY, OUTAGE, RADIO]) {
        chirpStack.addDevice(devEui);
        chirpStack.uplinks.set(
          devEui,
          HEARD.filter((message) => message.devEui === devEui).map(({ fCnt }) => sentAt(fCnt)),
        );
      }
      const { status, report } = await json(['--from-chirpstack'], {
        CHIRPSTACK_URL: chirpStack.url,
        CHIRPSTACK_API_KEY: ADMIN_KEY,
      });
      expect(status).toBe(1);
      expect(report.totals.states).toMatchObject({ lost_on_radio: 4, lost_after_lns: 4, unexplained: 0 });
      expect(chirpStack.calls('Device.GetLinkMetrics')).toBe(4);
    } finally {
      chirpStack.stop();
    }
  });

  it('reads as a table, in French too', async () => {
    const { stdout } = await veilleur([], { LC_ALL: 'fr_FR.UTF-8' });
    expect(stdout).toMatch(/appareil +compteurs +enregistrées +non décodées +inexpliquées/);
    expect(stdout).toMatch(new RegExp(`${OUTAGE} +40 +36 +0 +4`));
    expect((await veilleur(['--device', RADIO])).stdout).toContain('10..12');
    expect(await veilleur(['--device', 'ffffffffffffffff'])).toMatchObject({ status: 1 });
  });

  it('over REST, and as a gauge of the last day', async () => {
    const registry = createMetrics();
    const log = createLogger('silent');
    const pool = connect(database.url);
    const api = await startApi(
      { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris' },
      { pool, registry, log },
    );
    try {
      const get = async (path: string) => (await (await fetch(`${api.url}${path}`)).json()) as never;
      const since = `since=${new Date(START_MS - HOUR_MS).toISOString()}`;
      expect(await get(`/api/ledger?${since}`)).toMatchObject({
        totals: { counters: 120, states: { decoded: 112, unexplained: 8 } },
      });
      expect(await get(`/api/devices/${OUTAGE}/ledger?${since}`)).toMatchObject({
        ledger: { counters: 40, states: { unexplained: 4 } },
        lost: [{ fCntFrom: 15, fCntTo: 18, state: 'unexplained', why: 'nothing_known' }],
      });
      expect(await get('/api/ledger?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z')).toMatchObject({
        code: 'span_invalid',
      });
      expect(await get('/api/openapi.json')).toMatchObject({
        paths: { '/api/ledger': {}, '/api/devices/{devEui}/ledger': {} },
      });
      // The registry of the API has the gauge already; a second one looks by itself here.
      const apart = createMetrics();
      const metrics = startLedgerMetrics({ pool, registry: apart, log });
      await metrics.refresh(sentAt(24));
      await metrics.stop();
      const text = await apart.metrics();
      // The day before counter 24: counters 0 to 23 of three meters.
      expect(text).toMatch(/veilleur_ledger_frames\{state="decoded"\} 64/);
      expect(text).toMatch(/veilleur_ledger_frames\{state="unexplained"\} 8/);
      await until(
        async () => (await registry.metrics()).includes('veilleur_ledger_frames'),
        1000,
        () => 'the gauge on the metrics page',
      );
    } finally {
      await api.stop();
      await pool.end();
    }
  });

  it('by an event of the server: a status without the uplink that brought it, a counter sent again', async () => {
    const event = (kind: string, at: Date, rest: object): TestMessage => {
      const { deviceInfo } = JSON.parse(uplink(OUTAGE, 0).payload);
      return {
        topic: `application/${deviceInfo.applicationId}/device/${OUTAGE}/event/${kind}`,
        payload: JSON.stringify({ time: at.toISOString(), deviceInfo, ...rest }),
      };
    };
    const before = bridge.counts().received;
    const again = {
      level: 'WARNING',
      code: 'UPLINK_F_CNT_RETRANSMISSION',
      description: 'sent again',
      context: { f_cnt_up: '16' },
    };
    await publishAll(broker.url, [
      event('status', sentAt(18), { margin: 10, batteryLevel: 90 }),
      // With its uplink, so that it proves nothing.
      event('status', sentAt(30), { margin: 10, batteryLevel: 91 }),
      event('log', new Date(sentAt(16).getTime() + 60_000), again),
    ]);
    await bridge.settled(before + 3);
    const { report } = await json(['--device', OUTAGE]);
    expect(report.totals.states).toMatchObject({ lost_after_lns: 2, unexplained: 2 });
    expect(report.lost).toMatchObject([
      { fCntFrom: 16, fCntTo: 16, state: 'lost_after_lns', why: 'retransmission_logged' },
      { count: 1, state: 'lost_after_lns', why: 'event_without_frame' },
      { state: 'unexplained' },
    ]);
  });
});
