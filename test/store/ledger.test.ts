import { DevEui } from '@veilleur/domain';
import { type Gap, gapsOf, ledgerOfDevices, type Pool } from '@veilleur/store';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';

const START_MS = Date.UTC(2026, 2, 1);
const ALWAYS = { since: new Date(0), until: new Date(Date.UTC(2030, 0)) };

/** A row of the table, as a bridge would have written it; time in minutes. */
interface Row {
  readonly minute: number;
  readonly fCnt: number;
  readonly key?: string;
  readonly decoding?: string;
  readonly fingerprint?: number;
}

const eui = (number: number) => DevEui(`70b3d5e75e${number.toString(16).padStart(6, '0')}`);
const at = (minute: number) => new Date(START_MS + minute * 60_000);

async function store(pool: Pool, number: number, frames: readonly Row[], joins: readonly number[] = []) {
  await storeAll(pool, [{ number, frames, joins }]);
}

async function storeAll(
  pool: Pool,
  lives: readonly {
    readonly number: number;
    readonly frames: readonly Row[];
    readonly joins: readonly number[];
  }[],
): Promise<void> {
  const rows = lives.flatMap(({ number, frames }) =>
    frames.map((frame) => ({
      devEui: eui(number),
      key: '01',
      decoding: 'decoded',
      fingerprint: 0,
      ...frame,
    })),
  );
  const joins = lives.flatMap(({ number, joins: minutes }) =>
    minutes.map((minute) => ({ devEui: eui(number), minute })),
  );
  const moments = [...rows, ...joins].map(({ minute }) => at(minute).toISOString());
  for (const table of ['frame', 'device_event'])
    await pool.query('call ensure_partitions($1, $2::timestamptz[])', [table, moments]);
  await pool.query('insert into device (dev_eui) select unnest($1::text[]) on conflict do nothing', [
    [...new Set([...rows, ...joins].map(({ devEui }) => devEui))],
  ]);
  await pool.query(
    `insert into frame (device_id, received_at, f_cnt, fingerprint, session_key, payload, encrypted, confirmed,
       receptions, lns, decoding)
     select d.id, r.at, r.f_cnt, r.fingerprint, r.key, '', false, false, '[]', 'chirpstack-v4-json', r.decoding
     from unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
       as r(dev_eui, at, f_cnt, fingerprint, key, decoding) join device d using (dev_eui)
     on conflict do nothing`,
    [
      rows.map(({ devEui }) => devEui),
      rows.map(({ minute }) => at(minute).toISOString()),
      rows.map(({ fCnt }) => fCnt),
      rows.map(({ fingerprint }) => fingerprint),
      rows.map(({ key }) => key),
      rows.map(({ decoding }) => decoding),
    ],
  );
  await pool.query(
    `insert into device_event (device_id, occurred_at, kind, fingerprint, detail, lns)
     select d.id, j.at, 'join', 0, '{}', 'chirpstack-v4-json'
     from unnest($1::text[], $2::timestamptz[]) as j(dev_eui, at) join device d using (dev_eui)
     on conflict do nothing`,
    [joins.map(({ devEui }) => devEui), joins.map(({ minute }) => at(minute).toISOString())],
  );
}

const hourly = (counters: readonly number[], rest: Partial<Row> = {}): Row[] =>
  counters.map((fCnt, i) => ({ minute: 60 * i, fCnt, ...rest }));
const shown = ({ fCntFrom, fCntTo, missing }: Gap) => [fCntFrom, fCntTo, missing];

describeOnEachEngine('the ledger', (engine) => {
  let database: FreshDatabase;
  let next = 1;
  beforeAll(async () => {
    database = await freshDatabase(engine);
  });
  afterAll(() => database.drop());

  async function ledgerOf(frames: readonly Row[], joins: readonly number[] = [], span = ALWAYS) {
    const number = next++;
    await store(database.pool, number, frames, joins);
    const asked = { ...span, devEuis: [eui(number)] };
    const { devices, totals } = await ledgerOfDevices(database.pool, asked);
    expect(totals.counters).toBe(devices[0]?.counters ?? 0);
    return { ...devices[0], gapList: (await gapsOf(database.pool, asked)).map(shown) };
  }

  it('of a session without a loss has every counter decoded', async () => {
    expect(await ledgerOf(hourly([10, 11, 12, 13]))).toMatchObject({
      sessions: 1,
      frames: 4,
      counters: 4,
      repeated: 0,
      states: { decoded: 4, unexplained: 0 },
      gapList: [],
    });
  });

  it('tells apart why a stored counter has no values', async () => {
    const decodings = ['decoded', 'no_payload', 'failed', 'no_profile', 'encrypted', 'waiting', 'failed'];
    const frames = decodings.map((decoding, i) => ({ minute: 60 * i, fCnt: i, decoding }));
    expect((await ledgerOf(frames)).states).toEqual({
      decoded: 1,
      no_payload: 1,
      failed: 2,
      no_profile: 1,
      encrypted: 1,
      waiting: 1,
      lost_on_radio: 0,
      lost_after_lns: 0,
      unexplained: 0,
    });
  });

  it('has each gap with its bounds and the frames around it', async () => {
    const number = next++;
    await store(database.pool, number, hourly([0, 1, 5, 6, 8]));
    const gaps = await gapsOf(database.pool, { ...ALWAYS, devEuis: [eui(number)] });
    expect(gaps).toMatchObject([
      { fCntFrom: 2, fCntTo: 4, missing: 3, after: at(60), before: at(120), isHead: false },
      { fCntFrom: 7, fCntTo: 7, missing: 1, after: at(180), before: at(240) },
    ]);
  });

  it('lets a frame that comes late fill its place', async () => {
    const frames = [10, 12, 11, 13].map((fCnt, i) => ({ minute: i / 6, fCnt }));
    expect(await ledgerOf(frames)).toMatchObject({ sessions: 1, counters: 4, gapList: [] });
  });

  it('counts a counter that the device repeats once, decoded if one of its frames is', async () => {
    const frames = [
      ...hourly([0, 1]),
      { minute: 70, fCnt: 1, fingerprint: 1, decoding: 'failed' },
      { minute: 95, fCnt: 1, fingerprint: 2, decoding: 'failed' },
      { minute: 120, fCnt: 2 },
    ];
    expect(await ledgerOf(frames)).toMatchObject({
      sessions: 1,
      frames: 5,
      repeated: 2,
      counters: 3,
      states: { decoded: 3, failed: 0 },
    });
  });

  it('begins another session where a personalised device (ABP) starts over', async () => {
    expect(await ledgerOf(hourly([70, 71, 0, 1, 2]))).toMatchObject({
      sessions: 2,
      counters: 5,
      gapList: [],
    });
    expect(await ledgerOf(hourly([5, 6, 1, 2]))).toMatchObject({ sessions: 2, counters: 4, gapList: [] });
  });

  it('begins another session with another key, even where the counter grows', async () => {
    const frames = [...hourly([0, 1, 2]), { minute: 500, fCnt: 9, key: '02' }];
    expect(await ledgerOf(frames)).toMatchObject({ sessions: 2, counters: 4, gapList: [] });
  });

  it('keeps two sessions apart whose frames arrive in turns', async () => {
    const frames = [100, 101, 102, 103].flatMap((fCnt, i) => [
      { minute: 60 * i, fCnt, key: 'old' },
      { minute: 60 * i + 1, fCnt: i, key: 'new' },
    ]);
    expect(await ledgerOf(frames)).toMatchObject({ sessions: 2, counters: 8, gapList: [] });
  });

  it('misses the first counters after a join', async () => {
    const frames = [...hourly([70, 71]), { minute: 500, fCnt: 3, key: '02' }];
    const { gapList, sessions } = await ledgerOf(frames, [490]);
    expect({ sessions, gapList }).toEqual({ sessions: 2, gapList: [[0, 2, 3]] });
  });

  it('but not counter 0 alone, for some devices begin at 1', async () => {
    const frames = [...hourly([70, 71]), { minute: 500, fCnt: 1, key: '02' }];
    expect((await ledgerOf(frames, [490])).gapList).toEqual([]);
  });

  it('sees a rejoin that the server gives no key for (ChirpStack v3)', async () => {
    const frames = [...hourly([0, 1, 2], { key: '' }), { minute: 500, fCnt: 8, key: '' }];
    expect((await ledgerOf(frames, [490])).gapList).toEqual([[0, 7, 8]]);
    expect((await ledgerOf(frames)).gapList).toEqual([[3, 7, 5]]);
  });

  it('sees a rejoin seconds after the last frame, which looks like a late one', async () => {
    const frames = [4, 5, 6, 0, 1, 2].map((fCnt, i) => ({ minute: i / 6, fCnt, key: '' }));
    expect(await ledgerOf(frames, [2.5 / 6])).toMatchObject({ sessions: 2, counters: 6, gapList: [] });
  });

  it('goes on over the turn of a 16-bit counter, and over 65,536 of a 32-bit one', async () => {
    const turn = await ledgerOf(hourly([65_533, 65_534, 1, 2]));
    expect(turn).toMatchObject({ sessions: 1, counters: 6, gapList: [[65_535, 0, 2]] });
    const wide = await ledgerOf(hourly([65_534, 65_535, 65_536, 65_538]));
    expect(wide).toMatchObject({ sessions: 1, counters: 5, gapList: [[65_537, 65_537, 1]] });
  });

  it('lets a frame come late over that turn', async () => {
    const frames = [65_534, 0, 65_535, 1, 2].map((fCnt, i) => ({ minute: i / 6, fCnt }));
    expect(await ledgerOf(frames)).toMatchObject({ sessions: 1, counters: 5, gapList: [] });
  });

  it('takes a leap that no loss explains as another session', async () => {
    expect(await ledgerOf(hourly([3, 4, 70_000, 70_001]))).toMatchObject({ sessions: 2, counters: 4 });
  });

  it('gives a gap to the day in which the frame after it came, and to no other', async () => {
    const number = next++;
    await store(
      database.pool,
      number,
      hourly(Array.from({ length: 72 }, (_, i) => i).filter((i) => i < 20 || i > 50)),
    );
    const missing = await Promise.all(
      [0, 1, 2, 3].map(async (day) => {
        const span = { since: at(1440 * day), until: at(1440 * (day + 1)), devEuis: [eui(number)] };
        return (await ledgerOfDevices(database.pool, span)).totals.states.unexplained;
      }),
    );
    // Frame 51 is the 21st that came: 20 o'clock of the first day.
    expect(missing).toEqual([31, 0, 0, 0]);
    const split = { since: at(20 * 60), until: at(1440), devEuis: [eui(number)] };
    expect((await ledgerOfDevices(database.pool, split)).totals).toMatchObject({ sessions: 1, counters: 35 });
  });

  it('of a city without a frame is empty', async () => {
    const span = { since: new Date(0), until: new Date(1) };
    expect(await ledgerOfDevices(database.pool, span)).toMatchObject({
      totals: { devices: 0, counters: 0, frames: 0 },
      devices: [],
    });
  });

  it('adds up for any life of a device, whatever was lost, came twice, came late, and in whatever order it was written', async () => {
    const anySession = fc.record({
      first: fc.constantFrom(0, 0, 7, 65_500, 65_530, 131_000),
      fates: fc.array(fc.constantFrom('here', 'here', 'here', 'lost', 'twice', 'late'), {
        minLength: 1,
        maxLength: 60,
      }),
      isKeyed: fc.boolean(),
    });
    const anyLife = fc.record({
      sessions: fc.array(anySession, { minLength: 1, maxLength: 4 }),
      seed: fc.nat(),
    });
    const lives = fc.sample(anyLife, { numRuns: 300, seed: 20_260_301 }).map((life, i) => {
      const number = 100_000 + i;
      let minute = 0;
      const frames: Row[] = [];
      const joins: number[] = [];
      let missing = 0;
      let counters = 0;
      let repeated = 0;
      let sessions = 0;
      for (const { first, fates, isKeyed } of life.sessions) {
        minute += 30;
        // A device joins and then counts from 0; without a join only another key tells its session.
        const key = isKeyed ? `key ${joins.length} ${minute}` : '';
        joins.push(minute);
        const from = isKeyed ? first : 0;
        const heard: number[] = [];
        fates.forEach((fate, step) => {
          minute += 10;
          const fCnt = from + step;
          if (fate === 'lost') return;
          heard.push(fCnt);
          // Half a minute behind its successor.
          const late = fate === 'late' ? 10.5 : 0;
          frames.push({ minute: minute + late, fCnt, key });
          if (fate === 'twice') {
            frames.push({ minute: minute + 1, fCnt, key, fingerprint: 1 });
            repeated += 1;
          }
        });
        minute += 30;
        const [lowest, highest] = [Math.min(...heard), Math.max(...heard)];
        if (heard.length === 0) continue;
        sessions += 1;
        const head = lowest > 1 && lowest <= 16_384 ? lowest : 0;
        counters += highest - lowest + 1 + head;
        missing += highest - lowest + 1 - heard.length + head;
      }
      // Written in an order of its own.
      const shuffled = frames.toSorted(
        (a, b) => ((a.fCnt * 7919 + life.seed) % 101) - ((b.fCnt * 7919 + life.seed) % 101),
      );
      return { number, frames: shuffled, joins, truth: { sessions, counters, missing, repeated } };
    });
    await storeAll(database.pool, lives);
    const devEuis = lives.map(({ number }) => eui(number));
    const { devices, totals } = await ledgerOfDevices(database.pool, { ...ALWAYS, devEuis });
    const found = new Map(devices.map((device) => [device.devEui, device]));
    for (const { number, truth, frames } of lives) {
      const device = found.get(eui(number));
      if (frames.length === 0) continue;
      expect(
        {
          sessions: device?.sessions,
          counters: device?.counters,
          missing: device?.states.unexplained,
          repeated: device?.repeated,
        },
        `${number}: ${JSON.stringify(frames.toSorted((a, b) => a.minute - b.minute))}`,
      ).toEqual(truth);
      expect(Object.values(device?.states ?? {}).reduce((a, b) => a + b, 0)).toBe(device?.counters);
      expect(device?.frames).toBe(frames.length);
    }
    const gaps = await gapsOf(database.pool, { ...ALWAYS, devEuis });
    expect(gaps.reduce((sum, { missing }) => sum + missing, 0)).toBe(totals.states.unexplained);
    expect(totals.counters).toBe(lives.reduce((sum, { truth }) => sum + truth.counters, 0));
  });
});
