import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { FakeEnedis } from '../fake/fake-enedis.ts';
import { type FakeGasDay, FakeGrdf } from '../fake/fake-grdf.ts';
import { energyWithin, indexes, intervals, midnight } from '../fixtures/fixture.ts';
import type { OperatorReading } from '../reading.ts';
import { enedisApi } from './enedis-api.ts';
import { grdfApi } from './grdf-api.ts';
import { type PullCheckpoint, type PullItem, type PullOptions, pullOperator } from './pull-operator.ts';

const PRM = '09111642617347';
const OTHER = '09111642617348';
const NOW = new Date('2026-03-20T09:00:00Z');
const day = (text: string) => Temporal.PlainDate.from(text);

/** Time that only sleeping moves. */
class Night {
  now = 1_000_000;
  readonly naps: number[] = [];
  readonly world = {
    clock: () => this.now,
    sleep: async (ms: number) => {
      this.naps.push(ms);
      this.now += ms;
    },
    random: () => 0.5,
  };
}

const readingsOf = (items: readonly PullItem[]) =>
  items.filter((item): item is OperatorReading => 'key' in item);
const checkpointOf = (items: readonly PullItem[]): PullCheckpoint => {
  const end = items.at(-1);
  if (end?.kind !== 'pull_end') throw new Error('The pull did not end');
  return end.checkpoint;
};

describe('pulling half hours from Enedis', () => {
  let enedis: FakeEnedis;
  let night: Night;
  beforeEach(async () => {
    night = new Night();
    enedis = await new FakeEnedis().listen();
    enedis.clock = night.world.clock;
    enedis.today = '2026-03-20';
    enedis.points.add(PRM).add(OTHER);
    enedis.power = (_point, at) => 400 + 2 * ((at.getTime() / 1_800_000) % 37);
  });
  afterEach(() => enedis.stop());

  const api = (version: 'v5' | '2026' = 'v5') =>
    enedisApi({ ...enedis.credentials, measure: 'consumption_load_curve', version });
  const pull = (options: Partial<PullOptions> = {}) =>
    Array.fromAsync(
      pullOperator({
        api: api(),
        points: [PRM],
        from: day('2026-03-01'),
        now: NOW,
        world: night.world,
        ...options,
      }),
    );

  test.each(['v5', '2026'] as const)(
    '%s gives each half hour once, in windows of seven days',
    async (version) => {
      const items = await pull({ api: api(version) });
      const readings = readingsOf(items);
      expect(intervals(readings)).toHaveLength(19 * 48);
      expect(new Set(readings.map(({ key }) => key)).size).toBe(19 * 48);
      expect(items.flatMap((item) => (item.kind === 'pulled' ? [item.upTo] : []))).toEqual([
        '2026-03-08',
        '2026-03-15',
        '2026-03-20',
      ]);
      expect(enedis.tokensGiven).toBe(1);
      expect(enedis.requests).toHaveLength(3);
    },
  );

  test('pages give the same, October\u2019s double hour cut in two by them', async () => {
    enedis.today = '2026-10-27';
    const ask = () => pull({ from: day('2026-10-24'), now: new Date('2026-10-27T09:00:00Z') });
    const whole = readingsOf(await ask());
    expect(whole).toHaveLength(48 + 50 + 48);
    for (const size of [1, 53, 54]) {
      enedis.pageSize = size;
      expect(readingsOf(await ask()).map(({ key }) => key)).toEqual(whole.map(({ key }) => key));
    }
  });

  test('the half hours of a day sum to its daily energy', async () => {
    const daily = await pull({
      api: enedisApi({ ...enedis.credentials, measure: 'daily_consumption', version: 'v5' }),
    });
    const curve = readingsOf(await pull());
    for (const { from, to, value } of intervals(readingsOf(daily)))
      expect(energyWithin(curve, from, to)).toBe(value);
    expect(intervals(readingsOf(daily))).toHaveLength(19);
  });

  test('goes on from its checkpoint, and asks again for the days that may be revised', async () => {
    const first = await pull();
    expect(checkpointOf(first)).toEqual({ [PRM]: '2026-03-17' });
    enedis.today = '2026-03-21';
    enedis.power = () => 1_000;
    const stored = JSON.parse(JSON.stringify(checkpointOf(first))) as PullCheckpoint;
    const next = await pull({ checkpoint: stored, now: new Date('2026-03-21T09:00:00Z') });
    const readings = intervals(readingsOf(next));
    expect([readings[0]?.from, readings.at(-1)?.to]).toEqual([
      midnight('2026-03-17'),
      midnight('2026-03-21'),
    ]);
    expect(readings.every(({ value }) => value === 500)).toBe(true);
    const known = new Set(readingsOf(first).map(({ key }) => key));
    expect(readings.filter(({ key }) => known.has(key))).toHaveLength(3 * 48);
  });

  test('a pull that is broken off between two windows loses nothing: its checkpoint knows where', async () => {
    const before: PullItem[] = [];
    for await (const item of pullOperator({
      api: api(),
      points: [PRM],
      from: day('2026-03-01'),
      now: NOW,
      world: night.world,
    })) {
      before.push(item);
      if (item.kind === 'pulled') break;
    }
    const [pulled] = before.filter((item) => item.kind === 'pulled');
    const rest = await pull(pulled === undefined ? {} : { checkpoint: pulled.checkpoint });
    expect(readingsOf([...before, ...rest])).toHaveLength(19 * 48);
  });

  test('waits as long as a 429 asks, and with jitter after 5xx, cut connections and answers without end', async () => {
    enedis.fail({ status: 429, retryAfter_s: 7 });
    enedis.fail({ status: 503, times: 2 });
    enedis.fail({ cut: true });
    const items = await pull({ points: [PRM] });
    expect(intervals(readingsOf(items))).toHaveLength(19 * 48);
    expect(night.naps).toEqual([7_000, 1_000, 2_000, 4_000]);
    expect(items.at(-1)).toMatchObject({ requests_retried: 4 });
  });

  test('gives up a request that is not answered in time, and tries it again', async () => {
    enedis.fail({ hang: true });
    expect(intervals(readingsOf(await pull({ retry: { timeout_ms: 200 } })))).toHaveLength(19 * 48);
  });

  test('asks again for an answer that ends too early, and gives nothing of it twice', async () => {
    enedis.fail({ truncate: true, times: 2 });
    const readings = readingsOf(await pull());
    expect(readings).toHaveLength(19 * 48);
    expect(new Set(readings.map(({ key }) => key)).size).toBe(readings.length);
  });

  test('keeps below the operator\u2019s rate: a quota of 5 requests a second is never met', async () => {
    enedis.quota = { requests: 5, within_ms: 1_000 };
    const points = Array.from({ length: 12 }, (_, at) => String(10_000_000_000_000 + at));
    for (const point of points) enedis.points.add(point);
    await pull({ points });
    expect(enedis.requests).toHaveLength(36);
    expect(enedis.throttled).toBe(0);
    expect(night.naps.length).toBeGreaterThan(5);
  });

  test('comes through a narrower quota than it was promised', async () => {
    enedis.quota = { requests: 1, within_ms: 1_000 };
    expect(intervals(readingsOf(await pull({ points: [PRM, OTHER] })))).toHaveLength(2 * 19 * 48);
    expect(enedis.throttled).toBeGreaterThan(0);
  });

  test('a missing consent is told of that point, with what to do, and costs the other nothing', async () => {
    enedis.withoutConsent.add(PRM);
    const items = await pull({ points: [PRM, OTHER] });
    expect(items.filter((item) => item.kind === 'point_failed')).toMatchObject([
      { pointId: PRM, code: 'consent_missing', retryable: false, remedy: expect.stringContaining('consent') },
    ]);
    expect(checkpointOf(items)).toEqual({ [OTHER]: '2026-03-17' });
    expect(readingsOf(items).every(({ pointId }) => pointId === OTHER)).toBe(true);
  });

  test('a point that the operator does not know, or answers that stay broken, are told too', async () => {
    expect(await pull({ points: ['1'] })).toMatchObject([
      { kind: 'point_failed', code: 'operator_request_refused' },
      { kind: 'pull_end' },
    ]);
    enedis.fail({ truncate: true, times: 3 });
    expect(await pull()).toMatchObject([
      { kind: 'point_failed', code: 'operator_answer_unreadable', retryable: true },
      { kind: 'pull_end', checkpoint: {} },
    ]);
  });

  test('an operator that stays away ends the pull, to be tried later', async () => {
    enedis.fail({ status: 500, times: 100 });
    await expect(pull({ retry: { attempts: 3 } })).rejects.toMatchObject({
      code: 'operator_unreachable',
      retryable: true,
    });
    expect(enedis.requests).toHaveLength(3);
  });

  test('renews its token when it ends, and when the operator has forgotten it', async () => {
    enedis.tokenSeconds = 61;
    night.world.random = () => {
      night.now += 2_000;
      return 0;
    };
    enedis.fail({ status: 502 });
    await pull();
    expect(enedis.tokensGiven).toBe(2);

    enedis.tokenSeconds = 3_600;
    let windows = 0;
    for await (const item of pullOperator({
      api: api(),
      points: [PRM],
      from: day('2026-03-01'),
      now: NOW,
      world: night.world,
    })) {
      if (item.kind !== 'pulled') continue;
      windows += 1;
      enedis.forgetTokens();
    }
    expect(windows).toBe(3);
  });

  test('wrong credentials end the pull at once, and the secret is in no message', async () => {
    const wrong = enedisApi({
      ...enedis.credentials,
      clientSecret: 'hunter2',
      measure: 'daily_consumption',
      version: 'v5',
    });
    const failure: unknown = await pull({ api: wrong }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'operator_credentials_refused', retryable: false });
    expect(JSON.stringify(failure) + String(failure)).not.toContain('hunter2');
    expect(enedis.requests).toEqual([]);
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    enedis.fail({ hang: true });
    setTimeout(() => stop.abort(), 50);
    await expect(pull({ signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('pulling gas days from GRDF', () => {
  let grdf: FakeGrdf;
  let night: Night;
  const PCE = 'GI000001';
  beforeEach(async () => {
    night = new Night();
    grdf = await new FakeGrdf().listen();
    grdf.clock = night.world.clock;
    grdf.points.add(PCE);
  });
  afterEach(() => grdf.stop());

  const first = day('2026-03-01');
  /** Ten m3 a day by the first word, twelve when it is final. */
  const gas = (_pce: string, date: Temporal.PlainDate, age: number): FakeGasDay | null => {
    if (date.equals('2026-03-04')) return null;
    const at = first.until(date).days;
    const [start, end] = [at, at + 1].map((days) => 1_000 + days * 12);
    return { startIndex: start ?? 0, endIndex: (end ?? 0) - (age <= 3 ? 2 : 0), energy: 130 };
  };

  test('revises them night by night until they are final; the later word wins under the same key', async () => {
    grdf.day = gas;
    const stored = new Map<string, OperatorReading>();
    let checkpoint: PullCheckpoint = {};
    for (let night_ = 0; night_ < 12; night_ += 1) {
      const today = first.add({ days: night_ + 1 });
      grdf.today = today.toString();
      const now = new Date(
        today.toZonedDateTime({ timeZone: 'Europe/Paris', plainTime: '09:00' }).epochMilliseconds,
      );
      const api = grdfApi({ ...grdf.credentials, data: 'informatives' });
      const items = await Array.fromAsync(
        pullOperator({ api, points: [PCE], from: first, now, checkpoint, world: night.world }),
      );
      for (const reading of readingsOf(items)) stored.set(reading.key, reading);
      checkpoint = checkpointOf(items);
    }
    expect(checkpoint).toEqual({ [PCE]: '2026-03-10' });
    const ends = indexes([...stored.values()])
      .filter(({ role }) => role === 'reading')
      .toSorted((a, b) => a.at.getTime() - b.at.getTime());
    const at = (date: string) =>
      ends.find((index) => index.at.getTime() === midnight(date).getTime() + 6 * 3_600_000);
    expect(at('2026-03-03')).toMatchObject({ value: 1_024_000, quality: 'final' });
    expect(at('2026-03-13')).toMatchObject({ value: 1_142_000, quality: 'provisional' });
    const days = intervals([...stored.values()]).filter(({ quantity }) => quantity === 'gas_volume');
    expect(days.map(({ from }) => from.toISOString().slice(0, 10))).not.toContain('2026-03-04');
    expect(days).toHaveLength(11);
  });

  test('comes in pages, and without consent not at all', async () => {
    grdf.day = gas;
    grdf.today = '2026-03-20';
    grdf.pageSize = 4;
    const options = {
      api: grdfApi({ ...grdf.credentials, data: 'informatives' as const }),
      from: first,
      now: NOW,
      world: night.world,
    };
    const items = await Array.fromAsync(pullOperator({ ...options, points: [PCE] }));
    expect(intervals(readingsOf(items)).filter(({ quantity }) => quantity === 'gas_energy_pcs')).toHaveLength(
      18,
    );
    expect(grdf.requests).toHaveLength(5);
    grdf.withoutConsent.add(PCE);
    expect(await Array.fromAsync(pullOperator({ ...options, points: [PCE] }))).toMatchObject([
      { kind: 'point_failed', code: 'consent_missing' },
      { kind: 'pull_end' },
    ]);
  });
});
