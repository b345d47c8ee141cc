import {
  addPoint,
  type BalanceBucket,
  type BalanceQuery,
  balanceOfPoint,
  install,
  migrate,
} from '@veilleur/store';
import { expect, it } from 'vitest';
import { createCity } from '../../simulators/src/city/city.ts';
import type { CityDevice } from '../../simulators/src/city/city-device.ts';
import { hourly, paris, type ToldValue, terms, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const HOUR_MS = 3_600_000;
const START = paris('2026-03-01 00:00');
const eui = (n: number) => `70b3d5e75e${n.toString(16).padStart(6, '0')}`;

/** 24 homes in two districts, and 20 lamps on a cabinet; 300 L/h leak from the pipes of the first district. */
const city = createCity(
  {
    seed: 20,
    installedAt: '2026-01-01',
    households: { count: 24 },
    waterDistricts: 2,
    lighting: { luminaires: 20, lampsPerCabinet: 20 },
    faults: [{ kind: 'leak_network', numbers: [0], from: '2026-03-10T23:00:00Z', size: 300 }],
  },
  () => {
    throw new Error('no frame is made here');
  },
);
const devices = [...city.devices()];
const of = (family: string) => devices.filter(({ familyId }) => familyId === family);
/** What the register shows: whole litres, whole watt-hours. */
const shown = (device: CityDevice, at: Date) => {
  const quantity = device.medium === 'water' ? 'water_volume' : 'active_energy_import';
  return device.truth(at).find((each) => each.quantity === quantity)?.value ?? Number.NaN;
};

describeOnEachEngine('the balance of a meter and its parts', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const bench = new Workbench(database.pool, paris('2026-04-03 12:00'));
    let installed = 0;
    const point = async (
      code: string,
      readings: readonly ToldValue[],
      { parent, energy = false }: { readonly parent?: string; readonly energy?: boolean } = {},
    ) => {
      installed += 1;
      const device = eui(installed);
      const quantity = energy ? 'active_energy_import' : 'water_volume';
      const { id } = await addPoint(bench.pool, { code, kind: 'own', quantity, parent });
      if (readings.length === 0) return device;
      const told = readings.map((one) => ({ ...one, quantity }) as const);
      await bench.tell(device, told, 'at once');
      const same = { deviceQuantity: quantity, quantity } as const;
      await install(bench.pool, id, terms(device, same), { reason: 'first', now: bench.now });
      return device;
    };
    const balance = (code: string, bucket: BalanceQuery['bucket'], from: string, to: string) =>
      balanceOfPoint(bench.pool, code, {
        bucket,
        from: paris(from),
        to: paris(to),
        timeZone: 'Europe/Paris',
      });
    const day = async (code: string, date: string) => {
      const { buckets } = await balance(code, 'day', `${date} 00:00`, `${date} 23:00`);
      expect(buckets).toHaveLength(1);
      return buckets[0] as BalanceBucket;
    };
    return { bench, point, balance, day };
  }

  /** As it is read once an hour, at a minute of its own, from the day before March to the day after it. */
  const readAt = (device: CityDevice, minute: number): ToldValue[] =>
    Array.from({ length: 33 * 24 }, (_, hour) => {
      const at = new Date(START.getTime() + (hour - 24) * HOUR_MS + minute * 60_000);
      return { at, value: shown(device, at) };
    });

  it('of a simulated district names the leak and its size, though meters are read at unequal minutes', async () => {
    const { bench, point, balance, day } = await place();
    const homes = of('water');
    for (const [number, meter] of of('district').entries()) {
      await point(`D-${number}`, readAt(meter, 7));
      for (const { family, from, until } of city.models.customersOf(number)) {
        if (family !== 'water') continue;
        for (let home = from; home < until; home += 1) {
          const options = { parent: `D-${number}` };
          await point(`H-${home}`, readAt(homes[home] as CityDevice, (home * 7) % 60), options);
        }
      }
    }
    await bench.settle();

    // The days before it leaked, and the district where nothing does, differ by the minutes alone.
    const before = await day('D-0', '2026-03-05');
    expect(before).toMatchObject({ verdict: 'within_uncertainty', missing: { count: 0 } });
    expect(before.difference).not.toBe(0);
    const sound = await balance('D-1', 'day', '2026-03-01 00:00', '2026-03-31 00:00');
    expect(sound.buckets.map(({ verdict }) => verdict)).toEqual(Array(30).fill('within_uncertainty'));
    expect((await balance('D-1', 'month', '2026-03-01 00:00', '2026-04-01 00:00')).buckets).toMatchObject([
      { verdict: 'within_uncertainty' },
    ]);

    const leaking = await day('D-0', '2026-03-12');
    expect(leaking.verdict).toBe('loss');
    expect(Math.abs((leaking.difference ?? 0) - 24 * 300_000)).toBeLessThanOrEqual(leaking.uncertainty ?? 0);
    const { buckets } = await balance('D-0', 'month', '2026-03-01 00:00', '2026-04-01 00:00');
    const [month] = buckets;
    expect(month?.verdict).toBe('loss');
    // From the 11th, 0:00, to the end of March: 21 days, one of them of 23 hours.
    const leaked = (21 * 24 - 1) * 300_000;
    expect(Math.abs((month?.difference ?? 0) - leaked)).toBeLessThanOrEqual(month?.uncertainty ?? 0);
    // Over a month it is told to some hundredths, for only its two edges are in doubt.
    expect(month?.uncertainty).toBeLessThan(leaked / 20);
  });

  it('of a simulated cabinet finds its lamps, and the losses that nobody meters', async () => {
    const { bench, point, balance } = await place();
    const [cabinet] = of('cabinet');
    await point('C-1', readAt(cabinet as CityDevice, 0), { energy: true });
    for (const [number, lamp] of of('lighting').entries()) {
      await point(`L-${number}`, readAt(lamp, (number * 11) % 60), { parent: 'C-1', energy: true });
    }
    await bench.settle();
    const { buckets, parts, quantity } = await balance(
      'C-1',
      'month',
      '2026-03-01 00:00',
      '2026-04-01 00:00',
    );
    expect({ parts, quantity }).toEqual({ parts: 20, quantity: 'active_energy_import' });
    const [march] = buckets;
    const energy = (local: string) => city.models.cabinets.energy(0, paris(local).getTime() / 1000);
    const [first, last] = [energy('2026-03-01 00:00'), energy('2026-04-01 00:00')];
    const lost_dJ = last.losses_dJ + last.own_dJ - first.losses_dJ - first.own_dJ;
    const lost = (lost_dJ / 36_000_000) * 1e6;
    expect(march?.verdict).toBe('loss');
    expect(Math.abs((march?.difference ?? 0) - lost)).toBeLessThanOrEqual(march?.uncertainty ?? 0);
    expect(march?.relative).toBeCloseTo((march?.difference ?? 0) / (march?.parent ?? 0), 12);
  });

  it('of meters that show whole litres takes no litre for a loss', async () => {
    const { bench, point, day } = await place();
    const whole = (readings: readonly ToldValue[]) =>
      readings.map(({ at, value }) => ({ at, value: Math.floor(value * 1000) / 1000 }));
    await point('D', whole(hourly(START, 48, () => 0.0306, 5)));
    await point('A', whole(hourly(START, 48, () => 0.0153, 7.0009)), { parent: 'D' });
    await point('B', whole(hourly(START, 48, () => 0.0153, 9.0009)), { parent: 'D' });
    await bench.settle();
    const two = await day('D', '2026-03-01');
    expect(two.difference).not.toBe(0);
    expect(two).toMatchObject({ uncertainty: 3000, verdict: 'within_uncertainty' });
  });

  it('of a counter of pulses knows what a pulse is worth', async () => {
    const { bench, point, day } = await place();
    // 306 L an hour; the counter behind it has shown 30 pulses of 10 L, or 31.
    await point(
      'D',
      hourly(START, 24, () => 0.306),
    );
    const { id } = await addPoint(bench.pool, {
      code: 'P',
      kind: 'own',
      quantity: 'water_volume',
      parent: 'D',
    });
    const pulses = Array.from({ length: 25 }, (_, hour) => ({
      at: new Date(START.getTime() + hour * HOUR_MS),
      value: Math.floor(hour * 30.6),
      quantity: 'pulse_count' as const,
      channel: 1,
    }));
    await bench.tell(eui(99), pulses, 'at once');
    const worth = { numerator: 1, denominator: 100 };
    const counter = terms(eui(99), { deviceQuantity: 'pulse_count', deviceChannel: 1, factor: worth });
    await install(bench.pool, id, counter, { reason: 'first', now: bench.now });
    await bench.settle();
    expect(await day('D', '2026-03-01')).toMatchObject({
      parent: 7_344_000,
      parts: 7_340_000,
      uncertainty: 11_000,
      verdict: 'within_uncertainty',
    });
  });

  it('counts what is directly behind a meter, and not again what is behind that', async () => {
    const { bench, point, day } = await place();
    await point(
      'D',
      hourly(START, 48, () => 0.3),
    );
    await point(
      'building',
      hourly(START, 48, () => 0.2),
      { parent: 'D' },
    );
    await point(
      'flat-1',
      hourly(START, 48, () => 0.1),
      { parent: 'building' },
    );
    await point(
      'flat-2',
      hourly(START, 48, () => 0.1),
      { parent: 'building' },
    );
    await point(
      'shop',
      hourly(START, 48, () => 0.1),
      { parent: 'D' },
    );
    await bench.settle();
    expect(await day('D', '2026-03-01')).toMatchObject({
      parent: 7_200_000,
      parts: 7_200_000,
      difference: 0,
      verdict: 'within_uncertainty',
    });
    expect(await day('building', '2026-03-01')).toMatchObject({ parts: 4_800_000, difference: 0 });
  });

  it('is restated by late data, and says until then why it knows nothing', async () => {
    const { bench, point, day } = await place();
    // Two weeks before, so that an estimate has days to lean on.
    const [begin, lead] = [paris('2026-02-15 00:00'), 14 * 24];
    const part = hourly(begin, lead + 72, () => 0.1);
    await point(
      'D',
      hourly(begin, lead + 72, () => 0.25),
    );
    await point('A', part, { parent: 'D' });
    const late = await point('B', part.slice(0, lead + 30), { parent: 'D' });
    await point('C', [], { parent: 'D' });
    await bench.settle();
    expect(await day('D', '2026-03-01')).toMatchObject({
      parts: 4_800_000,
      difference: null,
      verdict: 'unknown',
      why: 'parts_missing',
      missing: { count: 1, codes: ['C'] },
    });
    await bench.pool.query(`update metering_point set parent_id = null where code = 'C'`);
    expect(await day('D', '2026-03-01')).toMatchObject({ difference: 1_200_000, verdict: 'loss' });
    // B is silent since the second of March: what is estimated of that day, nothing bounds.
    expect(await day('D', '2026-03-02')).toMatchObject({
      verdict: 'unknown',
      why: 'no_bound',
      unbounded: { count: 1, codes: ['B'] },
      parentUnbounded: false,
    });
    // It speaks again: two hours later than the day ends, so the total of its silence bounds the day.
    await bench.tell(late, part.slice(lead + 50, lead + 51));
    await bench.settle();
    const bounded = await day('D', '2026-03-02');
    expect(bounded).toMatchObject({ why: null, unbounded: { count: 0 } });
    expect(bounded.uncertainty).toBeGreaterThan(3000);
    await bench.tell(late, part.slice(lead + 30), 'at once');
    await bench.settle();
    expect(await day('D', '2026-03-02')).toMatchObject({
      difference: 1_200_000,
      uncertainty: 3000,
      verdict: 'loss',
    });
  });

  it('has no revision where only a bound changes', async () => {
    const { bench, point } = await place();
    const readings = hourly(START, 26, () => 0.1).map(({ at, value }) => ({
      at: new Date(at.getTime() - 30_000),
      value,
    }));
    const meter = await point('D', readings.slice(0, 25));
    await bench.settle();
    const stored = async () => {
      const { rows } = await bench.pool.query<{ uncertainty: number | null; known_from: Date }>(
        'select uncertainty, known_from from consumption_day where from_time = $1',
        [START],
      );
      return rows;
    };
    const [before] = await stored();
    expect(before?.uncertainty).toBeNull();
    bench.now = paris('2026-04-03 13:00');
    await bench.tell(meter, readings.slice(25));
    await bench.settle();
    expect(await stored()).toEqual([{ uncertainty: 201_000, known_from: before?.known_from }]);
    // A database from before bounds were known: its migration has everything settled once more.
    for (const bucket of ['day', 'month']) {
      await bench.pool.query(`alter table consumption_${bucket} drop column uncertainty`);
    }
    await bench.pool.query(`delete from schema_migration where name = '0010_balance.sql'`);
    expect((await migrate(bench.pool)).applied).toEqual(['0010_balance.sql']);
    expect((await stored())[0]?.uncertainty).toBeNull();
    bench.now = paris('2026-04-03 14:00');
    await bench.settle();
    expect(await stored()).toEqual([{ uncertainty: 201_000, known_from: before?.known_from }]);
    const { rows } = await bench.pool.query(
      `select from consumption_revision where bucket = 'day' and from_time = $1`,
      [START],
    );
    expect(rows).toEqual([]);
  });

  it('adds up no kilowatt-hours to cubic metres, no days that begin at six, and nothing at all', async () => {
    const { point, balance } = await place();
    const march = ['2026-03-01 00:00', '2026-04-01 00:00'] as const;
    await point('D', []);
    await expect(balance('D', 'month', ...march)).rejects.toMatchObject({ code: 'balance_without_parts' });
    await point('A', [], { parent: 'D' });
    await point('pump', [], { parent: 'D', energy: true });
    await expect(balance('D', 'month', ...march)).rejects.toMatchObject({
      code: 'quantity_differs',
      message: expect.stringContaining('pump (active_energy_import)'),
    });
    const { bench, point: other, balance: asked } = await place();
    await other('D', []);
    await other('early', [], { parent: 'D' });
    await bench.pool.query(`update metering_point set day_start_minutes = 360 where code = 'early'`);
    await expect(asked('D', 'day', ...march)).rejects.toMatchObject({
      code: 'buckets_differ',
      message: expect.stringContaining('early (06:00 Europe/Paris)'),
    });
    await expect(asked('nowhere', 'day', ...march)).rejects.toMatchObject({ code: 'point_not_found' });
  });
});
