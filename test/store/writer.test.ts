import { DevEui, type Frame } from '@veilleur/domain';
import {
  type FrameEntry,
  frameLedger,
  measurements,
  measurementsByPeriod,
  type QuarantineEntry,
  Writer,
} from '@veilleur/store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';

const AT = new Date('2026-03-01T12:00:00Z');

function frameEntry(
  devEui: string,
  fCnt: number,
  options: Partial<FrameEntry> & { payload?: string } = {},
): FrameEntry {
  const frame: Frame = {
    kind: 'uplink',
    lns: 'chirpstack-v4-json',
    device: { devEui: DevEui(devEui), name: 'a meter', tags: {} },
    sessionKey: '01020304',
    fCnt,
    fPort: 1,
    payload: Buffer.from(options.payload ?? 'abcd', 'hex'),
    encrypted: false,
    confirmed: false,
    receivedAt: AT,
    receptions: [{ gatewayId: '0016c001ff10a235', rssi: -100, snr: 5 }],
  };
  return {
    kind: 'frame',
    frame,
    received: { at: AT, source: 'lns' },
    profile: null,
    decoding: { state: 'no_profile' },
    measurements: [],
    ...options,
  };
}

const after = (ms: number) => ({ received: { at: new Date(AT.getTime() + ms), source: 'lns' as const } });

describeOnEachEngine('the writer', (engine) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(engine);
  });
  afterAll(() => database.drop());

  /** As a bridge that has just started would write it. */
  const outcomesOf = async (batch: readonly FrameEntry[]) =>
    (await new Writer(database.pool).write(batch)).outcomes;

  it('stores a batch once, whoever writes it again', async () => {
    const batch = [
      frameEntry('0000000000000001', 1),
      frameEntry('0000000000000001', 2),
      frameEntry('0000000000000002', 1),
    ];
    expect(await outcomesOf(batch)).toEqual(['stored', 'stored', 'stored']);
    expect(await outcomesOf(batch)).toEqual(['duplicate', 'duplicate', 'duplicate']);
  });

  it.each([
    ['10 ms later, through a second LNS replica', after(10), 'duplicate'],
    ['48 s later, as it was seen in the field', after(48_000), 'duplicate'],
    ['10 ms earlier', after(-10), 'duplicate'],
    ['a day later: the counter has restarted', after(86_400_000), 'stored'],
    ['at the same moment with another payload', { payload: 'ffff' }, 'stored'],
  ] as const)('takes the same fCnt %s as %s', async (title, options, outcome) => {
    const devEui = Buffer.from(title).subarray(-8).toString('hex');
    expect(await outcomesOf([frameEntry(devEui, 7)])).toEqual(['stored']);
    expect(await outcomesOf([frameEntry(devEui, 7, options)])).toEqual([outcome]);
  });

  it('does not write a device again after a start, when the LNS tells what it told before', async () => {
    const devEui = '00000000000000ab';
    const rowVersion = async () =>
      (await database.pool.query('select xmin::text from device where dev_eui = $1', [devEui])).rows[0].xmin;
    const told = (fCnt: number, name: string) => {
      const entry = frameEntry(devEui, fCnt);
      return {
        ...entry,
        frame: { ...entry.frame, device: { ...entry.frame.device, name, tags: { b: '2', a: '1' } } },
      };
    };
    await outcomesOf([told(1, 'cellar')]);
    const before = await rowVersion();
    await outcomesOf([told(2, 'cellar')]);
    expect(await rowVersion()).toBe(before);
    await outcomesOf([told(3, 'attic')]);
    expect(await rowVersion()).not.toBe(before);
  });

  it('adds the gateways that only a duplicate names, and nothing when they are known', async () => {
    const devEui = '00000000000000aa';
    const heardBy = (...gateways: string[]) => {
      const entry = frameEntry(devEui, 1, after(gateways.length));
      const receptions = gateways.map((gatewayId) => ({ gatewayId, rssi: -100 }));
      return { ...entry, frame: { ...entry.frame, receptions } };
    };
    const gateways = async () => {
      const { rows } = await database.pool.query<{ receptions: { gatewayId: string }[] }>(
        'select receptions from frame where device_id = (select id from device where dev_eui = $1)',
        [devEui],
      );
      return rows.map(({ receptions }) => receptions.map(({ gatewayId }) => gatewayId));
    };
    expect(await outcomesOf([heardBy('town hall')])).toEqual(['stored']);
    expect(await outcomesOf([heardBy('town hall', 'church'), heardBy('church', 'station', 'mill')])).toEqual([
      'duplicate',
      'duplicate',
    ]);
    const merged = [['town hall', 'church', 'mill', 'station']];
    expect(await gateways()).toEqual(merged);
    expect(await outcomesOf([heardBy('mill'), heardBy('town hall', 'church')])).toEqual([
      'duplicate',
      'duplicate',
    ]);
    expect(await gateways()).toEqual(merged);
  });

  it('adds no gateways to a frame that a hundred have heard', async () => {
    const heardBy = (place: string) => {
      const entry = frameEntry('00000000000000ac', 1);
      const receptions = Array.from({ length: 100 }, (_, i) => ({ gatewayId: `${place} ${i}`, rssi: -100 }));
      return { ...entry, frame: { ...entry.frame, receptions } };
    };
    expect(await outcomesOf([heardBy('north')])).toEqual(['stored']);
    expect(await outcomesOf([heardBy('south')])).toEqual(['duplicate']);
    const { rows } = await database.pool.query<{ receptions: { gatewayId: string }[] }>(
      "select receptions from frame where device_id = (select id from device where dev_eui = '00000000000000ac')",
    );
    expect(rows[0]?.receptions).toEqual(heardBy('north').frame.receptions);
  });

  describe('profiles of bridges that start together', () => {
    const profiles = ['acme/drip', 'acme/lamp', 'acme/spark'].map((id) => ({
      id,
      digest: `digest of ${id}`,
      vendor: 'Acme',
      name: id,
      medium: 'water',
    }));

    const bothWait = async () => {
      const { rows } = await database.pool.query<{ waiting: number }>(
        `select count(*) as waiting from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows[0]?.waiting === 2;
    };

    it('are all known to each, whoever records them first', async () => {
      const [first] = profiles;
      const other = await database.pool.connect();
      await other.query('begin');
      await other.query(
        'insert into profile_version (profile, digest, vendor, name, medium) values ($1, $2, $3, $4, $5)',
        [first?.id, first?.digest, first?.vendor, first?.name, first?.medium],
      );
      const registering = [1, 2].map(() => new Writer(database.pool).registerProfiles(profiles));
      try {
        await until(bothWait, 10_000, () => 'both to wait for the first');
      } finally {
        await other.query('commit');
        other.release();
      }
      const [one, two] = await Promise.all(registering);
      expect([...(one?.keys() ?? [])].toSorted()).toEqual(profiles.map(({ id }) => id));
      expect(two).toEqual(one);
    });

    it('keep their ids', async () => {
      const before = await new Writer(database.pool).registerProfiles(profiles);
      expect(await new Writer(database.pool).registerProfiles(profiles)).toEqual(before);
    });
  });

  it('finds the same frame twice in one batch', async () => {
    const batch = [frameEntry('0000000000000004', 1), frameEntry('0000000000000004', 1, after(10))];
    expect(await outcomesOf(batch)).toEqual(['stored', 'duplicate']);
  });

  it('lets two writers race with the same frames: each is stored once', async () => {
    const batch = Array.from({ length: 50 }, (_, i) =>
      frameEntry(`00000000000001${String(i % 10).padStart(2, '0')}`, i),
    );
    const shifted = batch.map((entry) => ({ ...entry, ...after(5) }));
    const results = await Promise.all([
      outcomesOf(batch),
      outcomesOf(shifted.toReversed()),
      outcomesOf(batch.toReversed()),
    ]);
    expect(results.flat().filter((outcome) => outcome === 'stored')).toHaveLength(50);
  });

  it('keeps the first value where histories overlap, on the small path and on the COPY path', async () => {
    const devEui = DevEui('0000000000000005');
    const hourly = (hours: number, value: number) =>
      Array.from({ length: hours }, (_, hour) => ({
        quantity: 'water_volume' as const,
        channel: 0,
        time: new Date(AT.getTime() - hour * 3_600_000),
        value: value - hour,
        quality: 'measured' as const,
      }));
    const writer = new Writer(database.pool);
    const write = async (fCnt: number, history: ReturnType<typeof hourly>) =>
      (await writer.write([frameEntry(devEui, fCnt, { measurements: history })])).newMeasurements;
    expect(await write(1, hourly(20, 1000))).toBe(20);
    expect(await write(2, hourly(24, 9000))).toBe(4);
    expect(await write(3, hourly(300, 500))).toBe(276);
    expect(await write(4, hourly(600, 700))).toBe(300);
    const span = { devEui, from: new Date(0), to: new Date('2100-01-01') };
    const values = (await measurements(database.pool, span)).map((point) => point.value).toReversed();
    expect(values).toHaveLength(600);
    expect(values.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, i) => 1000 - i));
    expect(values.slice(20, 24)).toEqual([8980, 8979, 8978, 8977]);
    expect(values.slice(24, 300)).toEqual(Array.from({ length: 276 }, (_, i) => 500 - 24 - i));
    expect(values.slice(300)).toEqual(Array.from({ length: 300 }, (_, i) => 700 - 300 - i));
  });

  it('writes nothing of a batch of which the database refuses one entry', async () => {
    const good = frameEntry('0000000000000006', 1);
    const bad = frameEntry('0000000000000006', 2);
    const batch = [good, { ...bad, frame: { ...bad.frame, sessionKey: 'NUL\u0000' } }];
    await expect(new Writer(database.pool).write(batch)).rejects.toThrow();
    expect((await frameLedger(database.pool, DevEui('0000000000000006'))).frames).toBe(0);
  });

  it('quarantines a message once, whatever stands in its topic and in the reason', async () => {
    const broken = (topic: string, reason = 'not JSON'): QuarantineEntry => ({
      kind: 'quarantine',
      topic,
      payload: Buffer.from('{'),
      code: 'json_invalid',
      reason,
      devEui: null,
      receivedAt: AT,
    });
    const batch = [
      broken('application/a\u0000b/device/1/event/up'),
      broken('application/a\ufffdb/device/1/event/up', 'a half: \ud800'),
      broken('é'.repeat(40_000), 'long'.repeat(1000)),
    ];
    const outcomes = async () => (await new Writer(database.pool).write(batch)).outcomes;
    expect(await outcomes()).toEqual(['quarantined', 'quarantined', 'quarantined']);
    expect(await outcomes()).toEqual(['duplicate', 'duplicate', 'duplicate']);
    const { rows } = await database.pool.query('select topic, reason from quarantine order by id');
    expect(rows.slice(0, 2)).toEqual([
      { topic: 'application/a\ufffdb/device/1/event/up', reason: 'not JSON' },
      { topic: 'application/a\ufffdb/device/1/event/up', reason: 'a half: \ufffd' },
    ]);
  });

  it('counts sessions and missing frames', async () => {
    const devEui = '0000000000000007';
    const counters = [10, 11, 14, 15, 0, 1, 5];
    await new Writer(database.pool).write(
      counters.map((fCnt, i) => frameEntry(devEui, fCnt, after(i * 3_600_000))),
    );
    expect(await frameLedger(database.pool, DevEui(devEui))).toEqual({
      frames: 7,
      firstFCnt: 10,
      lastFCnt: 5,
      sessions: 2,
      missing: 2 + 3,
    });
  });

  it('gives local days of 23 and 25 hours, and keeps the hour that comes twice apart', async () => {
    const devEui = DevEui('0000000000000008');
    const halfHours = Array.from({ length: 2 * 24 * 300 }, (_, i) => ({
      quantity: 'active_power' as const,
      channel: 0,
      time: new Date(Date.UTC(2021, 0, 15) + i * 1_800_000),
      value: 1,
      quality: 'measured' as const,
    }));
    await new Writer(database.pool).write([frameEntry(devEui, 1, { measurements: halfHours })]);
    const selection = {
      devEui,
      from: new Date('2021-02-01T00:00:00+01:00'),
      to: new Date('2021-11-01T00:00:00+01:00'),
    };
    const days = await measurementsByPeriod(database.pool, {
      ...selection,
      period: 'day',
      timeZone: 'Europe/Paris',
    });
    expect(days).toHaveLength(273);
    const odd = days.filter((day) => day.count !== 48).map((day) => [day.start.toISOString(), day.count]);
    expect(odd).toEqual([
      ['2021-03-27T23:00:00.000Z', 46],
      ['2021-10-30T22:00:00.000Z', 50],
    ]);
    const hours = await measurementsByPeriod(database.pool, {
      ...selection,
      from: new Date('2021-10-30T22:00:00Z'),
      to: new Date('2021-10-31T23:00:00Z'),
      period: 'hour',
      timeZone: 'Europe/Paris',
    });
    expect(hours.map((hour) => hour.count)).toEqual(Array(25).fill(2));
  });
});
