import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { loadFirstPartyProfiles } from '@veilleur/codec';
import { readConsumptionConfig, startConsumption } from '@veilleur/consumption';
import { DevEui } from '@veilleur/domain';
import { createLogger, createMetrics } from '@veilleur/runtime';
import {
  addPoint,
  type BucketName,
  connect,
  consumptionOfPoint,
  consumptionOfSite,
  dirtyFigures,
  install,
  putSite,
  tailLags,
} from '@veilleur/store';
import { expect, it } from 'vitest';
import { startBridgeUnderTest, until } from '../support/bridge-under-test.ts';
import { publishAll, startAedes } from '../support/brokers.ts';
import { terms } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { chirpStackV4Uplink, type TestMessage } from '../support/events.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { realData } from '../support/repository.ts';

const EXCERPT = fileURLToPath(new URL('excerpts/ampds2-hourly.csv', import.meta.url));
const ZONE = 'America/Vancouver';
const WATER = DevEui('70b3d5e75e000001');
const GAS = DevEui('70b3d5e75e000002');
/** Each hour is told by two frames. */
const FRAME_HOURS = 8;
const FRAME_READINGS = 16;

interface Hour {
  readonly at_s: number;
  readonly water_L: number;
  readonly gas_dm3: number;
}

/**
 * Ten years later, for a PULSE's clock counts from 2013 on: the days of the year, and with them the local
 * months and the clocks, are the same.
 */
const LATER_S = 3652 * 86_400;

async function hoursOf(): Promise<Hour[]> {
  const lines = (await readFile(EXCERPT, 'utf8')).trim().split('\n').slice(1);
  return lines.map((line) => {
    const [at_s = 0, water_L = 0, gas_dm3 = 0] = line.split(',').map(Number);
    return { at_s: at_s + LATER_S, water_L, gas_dm3 };
  });
}

/** A linear congruential generator (Numerical Recipes): the same losses every time. */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Frames as the meters of the house would have sent them, by the encoders of our profiles. */
async function framesOf(hours: readonly Hour[]): Promise<TestMessage[]> {
  const profiles = await loadFirstPartyProfiles();
  const encode = (id: string, data: unknown) => {
    const encoded = profiles.get(id)?.encode?.(data);
    if (encoded === undefined) throw new Error(`${id} has no encoder`);
    return encoded;
  };
  const messages: TestMessage[] = [];
  for (let last = FRAME_READINGS - 1; last < hours.length; last += FRAME_HOURS) {
    const window = hours.slice(last - FRAME_READINGS + 1, last + 1);
    const [first, now] = [window[0], window.at(-1)];
    if (first === undefined || now === undefined) continue;
    const fCnt = last;
    const water = encode('axioma/qalcosonic-w1', {
      layout: 'extended',
      time: now.at_s,
      status: 0,
      present_volume_m3: now.water_L / 1000,
      log_time: first.at_s,
      log_volume_L: first.water_L,
      deltas_L: window.slice(1).map((hour, i) => hour.water_L - (window[i]?.water_L ?? 0)),
    });
    const gas = encode('adeunis/pulse', {
      frame: 'history',
      status: { frame_counter: fCnt % 8, low_battery: false, configuration_done: false },
      time: now.at_s,
      channel_a: { counters: window.map(({ gas_dm3 }) => gas_dm3).toReversed() },
    });
    for (const [devEui, profile, { bytes, fPort }, tags] of [
      [WATER, 'axioma/qalcosonic-w1', water, {}],
      [GAS, 'adeunis/pulse', gas, { historyPeriod_s: '3600' }],
    ] as const) {
      const at = new Date((now.at_s + 7) * 1000);
      const hex = Buffer.from(bytes).toString('hex');
      const { topic, payload } = chirpStackV4Uplink({ devEui, fCnt, fPort, profile, at, hex });
      const event = JSON.parse(payload) as { deviceInfo: { tags: object } };
      event.deviceInfo.tags = tags;
      messages.push({ topic, payload: JSON.stringify(event) });
    }
  }
  return messages;
}

/** 5 % lost, 5 % delivered twice, the order mixed over a day. */
function asDelivered(messages: readonly TestMessage[]): TestMessage[] {
  const random = seeded(5);
  return messages
    .flatMap((message, i) => {
      if (random() < 0.05) return [];
      const copies = random() < 0.05 ? [message, message] : [message];
      return copies.map((copy) => ({ copy, order: i + random() * 6 }));
    })
    .sort((a, b) => a.order - b.order)
    .map(({ copy }) => copy);
}

describeOnEachEngine('two months of a real house’s water and gas (AMPds2, CC BY 4.0)', (engine) => {
  const endings = endingsAfterEach();

  it('told by LoRaWAN frames, lost, late and twice, come out to the litre wherever the index tells', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const broker = await startAedes();
    endings.push(() => broker.stop());
    const bridge = await startBridgeUnderTest(broker.url, database.url);
    endings.push(() => bridge.stop());
    const pool = connect(database.url, { maximum: 16 });
    endings.push(() => pool.end());
    const service = await startConsumption(
      readConsumptionConfig({ DATABASE_URL: database.url, CONSUMPTION_REST_MS: '0' }),
      { pool, registry: createMetrics(), log: createLogger('silent') },
    );
    endings.push(() => service.stop());

    const hours = await hoursOf();
    const all = await framesOf(hours);
    const delivered = asDelivered(all);
    const half = Math.floor(delivered.length / 2);
    await publishAll(broker.url, delivered.slice(0, half));
    await bridge.settled(half);
    await putSite(pool, { code: 'house', name: 'A house', kind: 'household', timeZone: ZONE });
    const water = await addPoint(pool, {
      code: 'W',
      kind: 'water_contract',
      quantity: 'water_volume',
      site: 'house',
    });
    const gas = await addPoint(pool, { code: 'G', kind: 'own', quantity: 'gas_volume', site: 'house' });
    const because = { reason: 'first', now: new Date() };
    await install(pool, water.id, terms(WATER), because);
    await install(
      pool,
      gas.id,
      terms(GAS, {
        deviceQuantity: 'pulse_count',
        deviceChannel: 1,
        quantity: 'gas_volume',
        factor: { numerator: 1, denominator: 1000 },
      }),
      because,
    );
    await publishAll(broker.url, delivered.slice(half));
    await bridge.settled(delivered.length);
    await until(
      async () => {
        const [lags, dirty] = [await tailLags(pool), await dirtyFigures(pool)];
        return (
          lags.length > 0 &&
          lags.every(({ transactions, readingHistory }) => transactions === 0 && !readingHistory) &&
          dirty.points === 0
        );
      },
      60_000,
      () => 'everything to be settled',
    );

    const sourceAt = new Map(hours.map((hour) => [hour.at_s, hour]));
    const span = { from: new Date((hours[0]?.at_s ?? 0) * 1000), to: new Date('2022-06-01T07:00:00Z') };
    const nextOf = (start: Date, bucket: BucketName) =>
      bucket === 'hour'
        ? start.getTime() / 1000 + 3600
        : Temporal.Instant.fromEpochMilliseconds(start.getTime())
            .toZonedDateTimeISO(ZONE)
            .add(bucket === 'day' ? { days: 1 } : { months: 1 }).epochMilliseconds / 1000;
    for (const [point, quantity] of [
      ['W', 'water_L'],
      ['G', 'gas_dm3'],
    ] as const) {
      const share: Record<string, number> = {};
      for (const bucket of ['hour', 'day', 'month'] as const) {
        const rows = await consumptionOfPoint(pool, point, { bucket, ...span });
        const measured = rows.filter(({ quality }) => quality === 'measured');
        for (const { start, value } of measured) {
          const [from, to] = [sourceAt.get(start.getTime() / 1000), sourceAt.get(nextOf(start, bucket))];
          expect(value, `${point} ${bucket} ${start.toISOString()}`).toBe(
            ((to?.[quantity] ?? Number.NaN) - (from?.[quantity] ?? Number.NaN)) * 1000,
          );
        }
        share[bucket] = measured.length;
        expect(
          rows.filter(({ quality, value }) => quality !== 'measured' && value === null),
          'nothing is missing between two readings',
        ).toEqual([]);
      }
      expect(share.month, `whole months of ${point}`).toBe(2);
      expect(share.day).toBeGreaterThan(55);
      expect(share.hour).toBeGreaterThan(1400);
      const hourly = await consumptionOfPoint(pool, point, { bucket: 'hour', ...span });
      const monthly = await consumptionOfPoint(pool, point, { bucket: 'month', ...span });
      const sum = (rows: readonly { value: number | null }[]) =>
        rows.reduce((s, { value }) => s + (value ?? 0), 0);
      expect(sum(hourly), 'hours sum to months, estimated ones too').toBe(sum(monthly));
    }
    const site = await consumptionOfSite(pool, 'house', { bucket: 'month', ...span });
    expect(site.map(({ quantity, quality }) => `${quantity} ${quality}`)).toEqual([
      'gas_volume measured',
      'water_volume measured',
      'gas_volume measured',
      'water_volume measured',
    ]);
  });

  const whole = realData('ampds2/Water_WHW-1.csv.gz');
  it.skipIf(whole === null)('the excerpt is the source, hour by hour', async () => {
    const lines = gunzipSync(await readFile(whole ?? ''))
      .toString()
      .trim()
      .split('\n')
      .slice(1);
    const source = new Map(lines.map((line) => line.split(',').slice(0, 2).map(Number) as [number, number]));
    const hours = await hoursOf();
    expect(hours.length).toBe(1667);
    for (const { at_s, water_L } of hours)
      expect(Math.floor(source.get(at_s - LATER_S) ?? Number.NaN)).toBe(water_L);
  });
});
