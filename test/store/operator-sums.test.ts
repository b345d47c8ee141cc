import { addPoint, publishedGasEnergy } from '@veilleur/store';
import { expect, it } from 'vitest';
import { paris, toldByOperator, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const PRM = '12345678901234';
const MIDNIGHT = paris('2026-01-05 00:00').getTime();
const HOUR_MS = 3_600_000;
const interval = (fromHour: number, hours: number, unit: number) =>
  toldByOperator(PRM, {
    from: new Date(MIDNIGHT + fromHour * HOUR_MS),
    to: new Date(MIDNIGHT + (fromHour + hours) * HOUR_MS),
    unit,
  });
/** 2 kWh in each of the first six hours of a day, 0.5 in the others: 21 a day. */
const use = (hour: number) => (hour % 24 < 6 ? 2 : 0.5);
const curveOf = (days: number) =>
  Array.from({ length: days * 48 }, (_, half) => interval(half / 2, 0.5, use(Math.floor(half / 2)) / 2));
const daysOf = (days: number) => Array.from({ length: days }, (_, day) => interval(day * 24, 24, 21));

describeOnEachEngine('a load curve, daily sums and a bill of one point', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const bench = new Workbench(database.pool, paris('2026-04-03 12:00'));
    await addPoint(bench.pool, { code: PRM, kind: 'prm', quantity: 'active_energy_import' });
    const over = (bucket: 'hour' | 'day' | 'month', from: string, to: string) =>
      bench.consumption(PRM, bucket, from, to);
    return { bench, over };
  }

  it('keep the shape of the curve, whichever is imported last', async () => {
    const [curve, days] = [curveOf(3), daysOf(3)];
    for (const [first, second] of [
      [curve, days],
      [days, curve],
    ] as const) {
      const { bench, over } = await place();
      await bench.import(first);
      await bench.settle();
      bench.now = new Date(bench.now.getTime() + HOUR_MS);
      await bench.import(second);
      await bench.settle();
      expect(await over('hour', '2026-01-06 04:00', '2026-01-06 08:00')).toEqual([
        '2026-01-06 04:00 2 measured',
        '2026-01-06 05:00 2 measured',
        '2026-01-06 06:00 0.5 measured',
        '2026-01-06 07:00 0.5 measured',
      ]);
      expect(await over('day', '2026-01-05 00:00', '2026-01-08 00:00')).toEqual([
        '2026-01-05 00:00 21 measured',
        '2026-01-06 00:00 21 measured',
        '2026-01-07 00:00 21 measured',
      ]);
    }
  });

  it('say what is missing between them, also where it comes late and months are in between', async () => {
    const days = 70;
    // The curve of two days is missing, that of one of them comes late: the bill says what the other one holds.
    const bill = interval(0, days * 24, days * 21);
    const curve = curveOf(days).filter((_, half) => half < 1920 || half >= 2016);
    const late = curveOf(days).slice(1920, 1968);
    const story = async (portions: readonly (typeof curve)[]) => {
      const { bench, over } = await place();
      for (const portion of portions) {
        await bench.import(portion);
        await bench.settle();
        bench.now = new Date(bench.now.getTime() + HOUR_MS);
      }
      return [
        ...(await over('day', '2026-01-05 00:00', '2026-03-16 00:00')),
        ...(await over('hour', '2026-02-13 00:00', '2026-02-17 00:00')),
      ];
    };
    const atOnce = await story([[bill, ...curve, ...late]]);
    expect(atOnce[40]).toBe('2026-02-14 00:00 21 measured');
    expect(atOnce[41]).toBe('2026-02-15 00:00 21 estimated');
    expect(await story([curve, [bill], late])).toEqual(atOnce);
    expect(await story([[bill], late, curve])).toEqual(atOnce);
    expect(await story([[bill, ...curve], late])).toEqual(atOnce);
  });

  it('count once for the energy that an operator himself published: the bill before its days', async () => {
    const { bench } = await place();
    const { id } = await addPoint(bench.pool, { code: 'GI000001', kind: 'pce', quantity: 'gas_volume' });
    const energy = (day: number, days: number, unit: number, quality: 'measured' | 'final') =>
      toldByOperator(
        'GI000001',
        {
          from: new Date(MIDNIGHT + day * 24 * HOUR_MS),
          to: new Date(MIDNIGHT + (day + days) * 24 * HOUR_MS),
          unit,
        },
        { quantity: 'gas_energy_pcs', published: true, quality },
      );
    const [from, to] = [new Date(MIDNIGHT), new Date(MIDNIGHT + 40 * 24 * HOUR_MS)];
    const published = () => publishedGasEnergy(bench.pool, [id], from, to);
    await bench.import(Array.from({ length: 40 }, (_, day) => energy(day, 1, 80, 'measured')));
    expect(await published()).toEqual([{ pointId: id, energy: 3200e6, covered: 40 * 24 * HOUR_MS }]);
    await bench.import([energy(0, 31, 2474, 'final')]);
    expect(await published()).toEqual([
      { pointId: id, energy: (2474 + 9 * 80) * 1e6, covered: 40 * 24 * HOUR_MS },
    ]);
  });
});
