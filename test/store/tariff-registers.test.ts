import {
  addPoint,
  consumptionOfSite,
  install,
  pointStory,
  putSite,
  withdrawInstallation,
} from '@veilleur/store';
import { expect, it } from 'vitest';
import { hourly, paris, type ToldValue, terms, toldByOperator, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const LINKY = '70b3d5e75e000001';
const BEFORE = '70b3d5e75e000002';
const MIDNIGHT = paris('2026-03-01 00:00');
const FIRST_DAYS = ['2026-03-01 00:00', '2026-03-04 00:00'] as const;
const energy = (channel: number) => ({ quantity: 'active_energy_import', channel }) as const;
const isPeak = (hour: number) => hour % 24 >= 6 && hour % 24 < 22;
/** 0.5 kWh in a peak hour, 2 kWh off-peak: 24 kWh a day. */
const peak = (hours: number, from = MIDNIGHT, first = 1000) =>
  hourly(from, hours, (hour) => (isPeak(hour) ? 0.5 : 0), first, energy(1));
const offPeak = (hours: number, from = MIDNIGHT, first = 3000) =>
  hourly(from, hours, (hour) => (isPeak(hour) ? 0 : 2), first, energy(2));

describeOnEachEngine('a meter with a register for each tariff', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const bench = new Workbench(database.pool, paris('2026-04-03 12:00'));
    await putSite(bench.pool, { code: 'town-hall', name: 'Town hall', kind: 'building' });
    const { id } = await addPoint(bench.pool, {
      code: 'PRM-1',
      kind: 'prm',
      quantity: 'active_energy_import',
      site: 'town-hall',
    });
    const wire = (channel: number, devEui = LINKY, more: Parameters<typeof terms>[1] = {}) =>
      install(
        bench.pool,
        id,
        terms(devEui, {
          deviceQuantity: 'active_energy_import',
          deviceChannel: channel,
          ...energy(channel),
          ...more,
        }),
        { reason: 'first', now: bench.now },
      );
    const total = (bucket: 'hour' | 'day' | 'month', from: string, to: string, asOf?: Date) =>
      bench.consumption('PRM-1', bucket, from, to, { channel: 0, asOf });
    const ofSite = async (from: string, to: string) => {
      const query = { bucket: 'day', from: paris(from), to: paris(to) } as const;
      return (await consumptionOfSite(bench.pool, 'town-hall', query)).map(
        ({ value, quality, points }) => `${value === null ? '-' : value / 1e6} ${quality} of ${points}`,
      );
    };
    return { bench, wire, total, ofSite };
  }

  it('uses in all what its registers used together, and so does its site', async () => {
    const { bench, wire, total, ofSite } = await place();
    await bench.tell(LINKY, [...peak(31 * 24), ...offPeak(31 * 24)], 'at once');
    await wire(1);
    await wire(2);
    await bench.settle();
    expect(await bench.consumption('PRM-1', 'day', ...FIRST_DAYS, { channel: 1 })).toContain(
      '2026-03-02 00:00 8 measured',
    );
    expect(await total('day', ...FIRST_DAYS)).toEqual([
      '2026-03-01 00:00 24 measured',
      '2026-03-02 00:00 24 measured',
      '2026-03-03 00:00 24 measured',
    ]);
    expect(await total('hour', '2026-03-02 05:00', '2026-03-02 07:00')).toEqual([
      '2026-03-02 05:00 2 measured',
      '2026-03-02 06:00 0.5 measured',
    ]);
    // The clocks lost an hour of the night.
    expect(await total('month', '2026-03-01 00:00', '2026-04-01 00:00')).toEqual([
      '2026-03-01 00:00 742 measured',
    ]);
    expect(await ofSite(...FIRST_DAYS)).toEqual(Array(3).fill('24 measured of 1'));
    expect(await bench.settle(), 'nothing is left to do').toBe(0);
  });

  it('is restated with its registers, and what was known before can be asked', async () => {
    const { bench, wire, total } = await place();
    const all = [...peak(72), ...offPeak(72)];
    const isLate = ({ at }: ToldValue) => at >= paris('2026-03-02 03:00') && at <= paris('2026-03-02 20:00');
    await bench.tell(
      LINKY,
      all.filter((one) => !isLate(one)),
      'at once',
    );
    await wire(1);
    await wire(2);
    await bench.settle();
    const morning = ['2026-03-02 05:00', '2026-03-02 08:00'] as const;
    const before = await total('hour', ...morning);
    expect(before.map((line) => line.split(' ')[3])).toEqual(['estimated', 'estimated', 'estimated']);
    const knewBefore = bench.now;
    bench.now = paris('2026-04-04 09:00');
    await bench.tell(LINKY, all.filter(isLate), 'at once');
    await bench.settle();
    expect(await total('hour', ...morning)).toEqual([
      '2026-03-02 05:00 2 measured',
      '2026-03-02 06:00 0.5 measured',
      '2026-03-02 07:00 0.5 measured',
    ]);
    expect(await total('hour', ...morning, knewBefore)).toEqual(before);
    expect(await total('day', ...FIRST_DAYS, knewBefore), 'its days never changed').toEqual(
      await total('day', ...FIRST_DAYS),
    );
  });

  it('has its registers at once where it was provisioned with its point, also those it tells later', async () => {
    const { bench, total } = await place();
    const named = (devEui: string) =>
      bench.pool.query("update device set metering_point = 'PRM-1' where dev_eui = $1", [devEui]);
    const nothingYet = [{ at: MIDNIGHT, value: 20, quantity: 'active_power' }] as const;
    await bench.tell(LINKY, nothingYet);
    await named(LINKY);
    await bench.tell(LINKY, offPeak(72), 'at once');
    await bench.settle();
    expect(await total('day', ...FIRST_DAYS), 'all that it has told so far').toEqual([
      '2026-03-01 00:00 16 measured',
      '2026-03-02 00:00 16 measured',
      '2026-03-03 00:00 16 measured',
    ]);
    await bench.tell(LINKY, peak(72), 'at once');
    await bench.settle();
    expect(await total('day', ...FIRST_DAYS)).toEqual([
      '2026-03-01 00:00 24 measured',
      '2026-03-02 00:00 24 measured',
      '2026-03-03 00:00 24 measured',
    ]);
    expect(await bench.settle(), 'nothing is left to do').toBe(0);
    const standing = await pointStory(bench.pool, 'PRM-1');
    expect(standing.installations.map(({ channel }) => channel).sort((a, b) => a - b)).toEqual([1, 2]);

    // What a person withdrew does not come back.
    const peakRegister = standing.installations.find(({ channel }) => channel === 1);
    await withdrawInstallation(bench.pool, peakRegister?.id ?? 0, { reason: 'a test', now: bench.now });
    await bench.tell(LINKY, [{ at: paris('2026-03-05 00:00'), value: 2000, ...energy(1) }]);
    await bench.settle();
    expect(await total('day', ...FIRST_DAYS)).toContain('2026-03-02 00:00 16 measured');
  });

  it('of which an operator tells the supplier’s tariffs and the distributor’s is not counted twice', async () => {
    const { bench, total } = await place();
    // 10 and 5 kWh a day on the supplier's registers, the same 15 on the distributor's.
    const registers = [
      ['EAS F1', 1, 10],
      ['EAS F2', 2, 5],
      ['EAS D1', 101, 9],
      ['EAS D2', 102, 6],
    ] as const;
    const readings = registers.flatMap(([register, channel, perDay]) =>
      ['2026-03-01', '2026-03-02', '2026-03-03', '2026-03-04'].map((date, i) =>
        toldByOperator(
          'PRM-1',
          { to: paris(`${date} 00:00`), unit: 1000 + i * perDay },
          { register, channel },
        ),
      ),
    );
    const told = async (some: typeof readings) => {
      await bench.import(some);
      await bench.settle();
      return total('day', ...FIRST_DAYS);
    };
    const fifteen = ['2026-03-01', '2026-03-02', '2026-03-03'].map((date) => `${date} 00:00 15 measured`);
    expect(await told(readings.filter(({ channel }) => channel > 100))).toEqual(fifteen);
    expect(await told(readings)).toEqual(fifteen);
  });

  it('is not told where one of its registers is late: what is not known yet is not zero', async () => {
    const { bench, wire, total } = await place();
    await bench.tell(LINKY, [...peak(72), ...offPeak(30)], 'at once');
    bench.now = paris('2026-03-04 00:30');
    await wire(1);
    await wire(2);
    await bench.settle();
    expect(await total('day', ...FIRST_DAYS)).toEqual(['2026-03-01 00:00 24 measured']);
    await bench.tell(LINKY, offPeak(72).slice(31), 'at once');
    await bench.settle();
    expect(await total('day', ...FIRST_DAYS)).toHaveLength(3);
  });

  it('goes on from a meter with one register that it replaced', async () => {
    const { bench, wire, total, ofSite } = await place();
    const at = paris('2026-03-02 00:00');
    await bench.tell(
      BEFORE,
      hourly(MIDNIGHT, 24, () => 1, 500, energy(0)),
      'at once',
    );
    const standing = await wire(0, BEFORE, { meterSerial: 'old' });
    await bench.settle();
    await bench.tell(LINKY, [...peak(48, at, 0), ...offPeak(48, at, 0)], 'at once');
    await withdrawInstallation(bench.pool, standing, { reason: 'replaced', now: bench.now });
    await wire(0, BEFORE, { meterSerial: 'old', to: at, endIndex: 524_000_000 });
    await wire(1, LINKY, { from: at, startIndex: 0 });
    await wire(2, LINKY, { from: at, startIndex: 0 });
    await bench.settle();
    expect(await total('day', ...FIRST_DAYS)).toEqual([
      '2026-03-01 00:00 24 measured',
      '2026-03-02 00:00 24 measured',
      '2026-03-03 00:00 24 measured',
    ]);
    expect(await ofSite(...FIRST_DAYS)).toEqual(Array(3).fill('24 measured of 1'));
  });

  it('says the same whatever came first', async () => {
    const stories = [
      [peak(72), offPeak(72)],
      [offPeak(72), peak(72)],
      [[...peak(72), ...offPeak(72)].reverse()],
      [offPeak(72).slice(40), peak(72).slice(20), offPeak(72).slice(0, 40), peak(72).slice(0, 20)],
    ];
    const ends: string[][] = [];
    for (const story of stories) {
      const { bench, wire, total } = await place();
      await bench.tell(LINKY, [{ at: MIDNIGHT, value: 0, ...energy(9) }]);
      await wire(1);
      await wire(2);
      for (const portion of story) {
        await bench.tell(LINKY, portion, 'at once');
        await bench.settle();
      }
      ends.push([...(await total('hour', ...FIRST_DAYS)), ...(await total('day', ...FIRST_DAYS))]);
    }
    for (const end of ends) expect(end).toEqual(ends[0]);
    expect(ends[0]).toHaveLength(72 + 3);
  });
});
