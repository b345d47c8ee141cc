import {
  addPoint,
  correctInstallation,
  findPoint,
  install,
  installationsOf,
  markDueEstimates,
  pointStory,
  swapDevice,
} from '@veilleur/store';
import { expect, it } from 'vitest';
import { hourly, paris, terms, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const METER = '70b3d5e75e000001';
const OTHER = '70b3d5e75e000002';
const MIDNIGHT = paris('2026-03-01 00:00');
/** 10 L an hour, 240 L a day. */
const steady = () => 0.01;

describeOnEachEngine('consumption of a point', (engine) => {
  const endings = endingsAfterEach();

  async function place(now = '2026-04-03 12:00') {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return new Workbench(database.pool, paris(now));
  }

  const water = (code = 'W-1') => ({ code, kind: 'water_contract', quantity: 'water_volume' }) as const;

  it('comes of an index by hour, day and month, with days of 23 hours', async () => {
    const bench = await place();
    await bench.tell(METER, hourly(MIDNIGHT, 31 * 24 - 1, steady));
    const { id } = await addPoint(bench.pool, water());
    await install(bench.pool, id, terms(METER), { reason: 'first', now: bench.now });
    await bench.settle();
    const days = await bench.consumption('W-1', 'day', '2026-03-01 00:00', '2026-04-01 00:00');
    expect(days).toHaveLength(31);
    expect(days[0]).toBe('2026-03-01 00:00 0.24 measured');
    expect(days[28]).toBe('2026-03-29 00:00 0.23 measured');
    expect(await bench.consumption('W-1', 'month', '2026-03-01 00:00', '2026-04-01 00:00')).toEqual([
      '2026-03-01 00:00 7.43 measured',
    ]);
    expect(await bench.consumption('W-1', 'hour', '2026-03-29 00:00', '2026-03-30 00:00')).toHaveLength(23);
    expect(await bench.settle(), 'nothing is left to do').toBe(0);
  });

  it('has a device at once that was provisioned with its code, whichever came first', async () => {
    const bench = await place();
    const named = (code: string, devEui: string) =>
      bench.pool.query('update device set metering_point = $1 where dev_eui = $2', [code, devEui]);
    await bench.tell(METER, hourly(MIDNIGHT, 24, steady));
    await named('W-1', METER);
    expect(await addPoint(bench.pool, water())).toMatchObject({ devices: 1 });
    await bench.settle();
    expect(await bench.consumption('W-1', 'day', '2026-03-01 00:00', '2026-03-02 00:00')).toEqual([
      '2026-03-01 00:00 0.24 measured',
    ]);

    await addPoint(bench.pool, water('W-2'));
    await bench.tell(OTHER, hourly(MIDNIGHT, 23, steady));
    await bench.settle();
    await named('W-2', OTHER);
    await bench.tell(OTHER, [{ at: paris('2026-03-02 00:00'), value: 100.24 }]);
    await bench.settle();
    expect(await bench.consumption('W-2', 'day', '2026-03-01 00:00', '2026-03-02 00:00')).toEqual([
      '2026-03-01 00:00 0.24 measured',
    ]);
    expect((await findPoint(bench.pool, 'W-2')).devices).toEqual([OTHER]);
  });

  it('shows a counter of pulses that waits for somebody to say what a pulse is worth', async () => {
    const bench = await place();
    await bench.tell(
      METER,
      hourly(MIDNIGHT, 24, () => 1, 5, { quantity: 'pulse_count', channel: 1 }),
    );
    await bench.pool.query('update device set metering_point = $1', ['W-1']);
    const { id } = await addPoint(bench.pool, water());
    await bench.settle();
    expect(await pointStory(bench.pool, 'W-1')).toMatchObject({ waiting: [METER], installations: [] });
    await install(
      bench.pool,
      id,
      terms(METER, {
        deviceQuantity: 'pulse_count',
        deviceChannel: 1,
        factor: { numerator: 1, denominator: 100 },
      }),
      { reason: 'first', now: bench.now },
    );
    await bench.settle();
    expect(await bench.consumption('W-1', 'day', '2026-03-01 00:00', '2026-03-02 00:00')).toEqual([
      '2026-03-01 00:00 0.24 measured',
    ]);
  });

  it('is restated by a late reading, and what was known before can be asked', async () => {
    const bench = await place();
    const readings = hourly(MIDNIGHT, 31 * 24, (hour) => (hour % 24 === 7 ? 0.1 : 0.01));
    const late = readings.slice(20 * 24 - 2, 20 * 24 + 3);
    const { id } = await addPoint(bench.pool, water());
    await bench.tell(
      METER,
      readings.filter((reading) => !late.includes(reading)),
    );
    await install(bench.pool, id, terms(METER), { reason: 'first', now: bench.now });
    await bench.settle();
    const evening = ['2026-03-20 21:00', '2026-03-21 04:00'] as const;
    const before = await bench.consumption('W-1', 'hour', ...evening);
    expect(before.map((line) => line.split(' ')[3])).toEqual([...Array(6).fill('estimated'), 'measured']);
    const total = (lines: readonly string[]) =>
      lines.reduce((sum, line) => sum + Math.round(Number(line.split(' ')[2]) * 1e6), 0);
    expect(total(before)).toBe(70_000);

    const knewBefore = bench.now;
    bench.now = paris('2026-04-04 09:00');
    await bench.tell(METER, late, 'at once');
    await bench.settle();
    const after = await bench.consumption('W-1', 'hour', ...evening);
    expect(after.map((line) => line.split(' ').slice(2).join(' '))).toEqual(Array(7).fill('0.01 measured'));
    expect(await bench.consumption('W-1', 'hour', ...evening, { asOf: knewBefore })).toEqual(before);
    expect(
      await bench.consumption('W-1', 'hour', ...evening, { asOf: new Date(knewBefore.getTime() - 1) }),
      'nothing was known the moment before',
    ).toEqual([]);
    const march = ['2026-03-01 00:00', '2026-04-01 00:00'] as const;
    const { rows } = await bench.pool.query('select count(*) from consumption_revision');
    expect(rows[0].count, 'only what changed was revised').toBeLessThan(20);
    expect(await bench.consumption('W-1', 'month', ...march)).toEqual(
      await bench.consumption('W-1', 'month', ...march, { asOf: knewBefore }),
    );
  });

  it('names a gap of days for a person to look at, and not each frame that a radio loses', async () => {
    const bench = await place();
    const lost = (hour: number) => hour % 20 === 7 || (hour >= 400 && hour < 430);
    const { id } = await addPoint(bench.pool, water());
    await bench.tell(
      METER,
      hourly(MIDNIGHT, 31 * 24, steady).filter((_, hour) => !lost(hour)),
    );
    await install(bench.pool, id, terms(METER), { reason: 'first', now: bench.now });
    await bench.settle();
    const { findings } = await pointStory(bench.pool, 'W-1');
    const hourOf = (at: number) => (at - MIDNIGHT.getTime()) / 3_600_000;
    expect(
      findings.map(({ kind, at, detail: { until, amount } }) => [
        kind,
        hourOf(at.getTime()),
        hourOf(Number(until)),
        amount,
      ]),
    ).toEqual([['gap', 399, 430, 310_000]]);
  });

  it('goes on over a swap of the device, and over one of the meter', async () => {
    const bench = await place();
    const { id } = await addPoint(bench.pool, water());
    const noon = paris('2026-03-10 12:00');
    await bench.tell(METER, hourly(MIDNIGHT, 9 * 24 + 12, steady));
    const standing = await install(bench.pool, id, terms(METER, { meterSerial: 'M-1' }), {
      reason: 'first',
      now: bench.now,
    });
    await bench.settle();
    await bench.tell(OTHER, hourly(noon, 10 * 24, steady, 0));
    await swapDevice(
      bench.pool,
      standing,
      { at: noon, endIndex: 102_280_000, next: terms(OTHER, { meterSerial: 'M-2', startIndex: 0 }) },
      { reason: 'the meter was replaced', now: bench.now },
    );
    await bench.settle();
    expect(await bench.consumption('W-1', 'day', '2026-03-09 00:00', '2026-03-12 00:00')).toEqual([
      '2026-03-09 00:00 0.24 measured',
      '2026-03-10 00:00 0.24 measured',
      '2026-03-11 00:00 0.24 measured',
    ]);
    const records = await installationsOf(bench.pool, id);
    expect(records.map(({ devEui, supersededAt }) => [devEui, supersededAt !== null])).toEqual([
      [METER, true],
      [METER, false],
      [OTHER, false],
    ]);
  });

  it('is corrected backwards where a pulse was worth something else, and the trace stays', async () => {
    const bench = await place();
    const { id } = await addPoint(bench.pool, water());
    await bench.tell(
      METER,
      hourly(MIDNIGHT, 3 * 24, () => 1, 5, { quantity: 'pulse_count', channel: 1 }),
    );
    const pulses = {
      deviceQuantity: 'pulse_count',
      deviceChannel: 1,
      factor: { numerator: 1, denominator: 10 },
    } as const;
    const wrong = await install(bench.pool, id, terms(METER, pulses), { reason: 'first', now: bench.now });
    await bench.settle();
    const days = ['2026-03-01 00:00', '2026-03-04 00:00'] as const;
    const before = await bench.consumption('W-1', 'day', ...days);
    expect(before[1]).toBe('2026-03-02 00:00 2.4 measured');
    const knewBefore = bench.now;
    bench.now = paris('2026-04-05 10:00');
    await correctInstallation(
      bench.pool,
      wrong,
      { factor: { numerator: 1, denominator: 100 } },
      { reason: 'a pulse is 10 L', now: bench.now },
    );
    await bench.settle();
    expect((await bench.consumption('W-1', 'day', ...days))[1]).toBe('2026-03-02 00:00 0.24 measured');
    expect(await bench.consumption('W-1', 'day', ...days, { asOf: knewBefore })).toEqual(before);
    expect(await installationsOf(bench.pool, id)).toMatchObject([
      { id: wrong, factor: { denominator: 10 }, reason: 'first', supersededAt: bench.now },
      { factor: { denominator: 100 }, reason: 'a pulse is 10 L', supersededAt: null },
    ]);
  });

  it('refuses a device at two points at once, and says where it stands', async () => {
    const bench = await place();
    await bench.tell(METER, hourly(MIDNIGHT, 1, steady));
    const first = await addPoint(bench.pool, water());
    const second = await addPoint(bench.pool, water('W-2'));
    await install(bench.pool, first.id, terms(METER), { reason: 'first', now: bench.now });
    await expect(
      install(bench.pool, second.id, terms(METER), { reason: 'again', now: bench.now }),
    ).rejects.toMatchObject({ code: 'installation_overlaps', message: expect.stringContaining('W-1') });
    expect(await installationsOf(bench.pool, second.id)).toEqual([]);
  });

  it('estimates where a device has fallen silent, when that is due, and gives way to what comes', async () => {
    const bench = await place('2026-03-20 12:00');
    const readings = hourly(MIDNIGHT, 40 * 24, (hour) => (hour % 24 === 7 ? 0.1 : 0.01));
    const { id } = await addPoint(bench.pool, water());
    await bench.tell(METER, readings.slice(0, 18 * 24 + 1));
    await install(bench.pool, id, terms(METER), { reason: 'first', now: bench.now });
    await bench.settle();
    const days = ['2026-03-18 00:00', '2026-03-23 00:00'] as const;
    expect(await bench.consumption('W-1', 'day', ...days)).toEqual(['2026-03-18 00:00 0.33 measured']);
    bench.now = paris('2026-03-22 12:30');
    const due = () =>
      markDueEstimates(bench.pool, { now: bench.now, graceMs: 36 * 3_600_000, stopAfterMs: 45 * 86_400_000 });
    expect(await due()).toBe(1);
    await bench.settle();
    expect(await bench.consumption('W-1', 'day', ...days)).toEqual([
      '2026-03-18 00:00 0.33 measured',
      '2026-03-19 00:00 0.33 estimated',
      '2026-03-20 00:00 0.33 estimated',
    ]);
    expect(await due(), 'said once an hour').toBe(0);
    await bench.tell(METER, readings.slice(18 * 24 + 1, 21 * 24 + 1), 'at once');
    await bench.settle();
    expect(await bench.consumption('W-1', 'day', ...days)).toEqual([
      '2026-03-18 00:00 0.33 measured',
      '2026-03-19 00:00 0.33 measured',
      '2026-03-20 00:00 0.33 measured',
      '2026-03-21 00:00 0.33 measured',
    ]);
  });
});
