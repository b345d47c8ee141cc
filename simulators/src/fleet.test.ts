import { describe, expect, it } from 'vitest';
import { createCity } from './city/city.ts';
import { DAY_MS } from './city/clock.ts';
import { demoPlan } from './demo-plan.ts';
import { encode } from './fixtures/encode.ts';
import { bytesOf, every, fleetOf, truthOf, uplinksOf } from './fixtures/fleet.ts';
import type { Uplink } from './fleet.ts';

const hex = ({ frame }: Uplink) => Buffer.from(frame.emission.payload).toString('hex');

describe('the same fleet at every start', () => {
  it('sends the same bytes for the same seed, and others for another', () => {
    const [first, again, other] = [1, 1, 2].map((seed) =>
      uplinksOf(fleetOf({}, seed), '2026-04-01T18:00:00Z', '2026-04-01T18:05:00Z'),
    );
    expect(first).toHaveLength(5 * 61);
    expect(again?.map(bytesOf)).toEqual(first?.map(bytesOf));
    expect(other?.map(hex)).not.toEqual(first?.map(hex));
    const names = new Set(first?.map(({ device }) => device.devEui));
    expect(other?.filter(({ device }) => names.has(device.devEui))).toEqual([]);
  });

  it('started again ten minutes later, repeats the overlap to the byte and goes on', () => {
    const before = uplinksOf(fleetOf(), '2026-11-23T03:00:00Z', '2026-11-23T03:30:00Z');
    const after = uplinksOf(fleetOf(), '2026-11-23T03:10:00Z', '2026-11-23T03:40:00Z');
    expect(after.slice(0, 20 * 61).map(bytesOf)).toEqual(before.slice(10 * 61).map(bytesOf));
    expect(after).toHaveLength(30 * 61);
  });

  it('keeps its meters when more are added', () => {
    const small = fleetOf();
    const large = fleetOf({
      households: { count: 100, water: 0.5, gas: 0.3, electricity: 1 },
      lighting: { luminaires: 100, lampsPerCabinet: 20 },
    });
    const at = new Date('2026-08-01T00:00:00Z');
    let same = 0;
    for (const device of small.city.devices()) {
      const grown = [...large.city.devices()].find(({ devEui }) => devEui === device.devEui);
      expect(grown?.truth(at)).toEqual(device.truth(at));
      expect(grown).toMatchObject({ name: device.name, tags: device.tags });
      same += 1;
    }
    expect(same).toBe(61);
    expect(large.city.deviceCount).toBe(50 + 30 + 100 + 100 + 5);
  });

  it('is known by the names that its documentation gives', () => {
    const { city, size } = fleetOf();
    const devices = [...city.devices()];
    expect(size).toEqual({
      water: 20,
      gas: 10,
      electricity: 10,
      luminaires: 20,
      cabinets: 1,
      devices: 61,
    });
    expect(new Set(devices.map(({ devEui }) => devEui)).size).toBe(61);
    expect(new Set(devices.map(({ name }) => name)).size).toBe(61);
    for (const { devEui } of devices) expect(devEui).toMatch(/^02564c[0-9a-f]{4}[1-5]0{3}[0-9a-f]{2}$/);
    expect(devices[0]).toMatchObject({
      name: 'eau-rue-de-la-Paix-1',
      tags: { 'veilleur-profile': 'axioma/qalcosonic-w1', medium: 'water', street: 'rue de la Paix' },
    });
    for (const { name, medium } of devices) {
      const known = { water: /^eau-/, gas: /^gaz-/, electricity: /^(elec-|armoire-1$)/, lighting: /^lampe-/ };
      expect(name).toMatch(known[medium]);
    }
  });

  it('shares no DevEUI with a city of the same seed', () => {
    const demo = fleetOf();
    const city = createCity({ ...demoPlan(1), seed: 1 }, encode);
    const names = new Set(Array.from(demo.city.devices(), ({ devEui }) => devEui));
    expect(Array.from(city.devices()).filter(({ devEui }) => names.has(devEui))).toEqual([]);
  });
});

describe('the uplinks of a window', () => {
  it('hold every device once a period, in time order, from its start to before its end', () => {
    const uplinks = uplinksOf(fleetOf(), '2026-02-03T04:05:06Z', '2026-02-03T05:05:06Z');
    expect(uplinks).toHaveLength(61 * 60);
    const times = uplinks.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(Date.parse('2026-02-03T04:05:06Z'));
    expect(times.at(-1)).toBeLessThan(Date.parse('2026-02-03T05:05:06Z'));
  });

  it('count their frames without a gap, over restarts and from the installation on', () => {
    const fleet = fleetOf();
    const device = fleet.city.device(0);
    const counters = [
      ...uplinksOf(fleet, '2025-12-31T00:00:00Z', '2026-01-01T00:10:00Z'),
      ...uplinksOf(fleetOf(), '2026-01-01T00:10:00Z', '2026-01-01T00:20:00Z'),
    ]
      .filter(({ device: { devEui } }) => devEui === device.devEui)
      .map(({ frame }) => frame.fCnt);
    expect(counters).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('start a session of their own when the fleet reports at another pace', () => {
    const [minutely, hourly, later] = [every(60), every(3600), { installedAt: '2026-01-02' }].map((changes) =>
      uplinksOf(fleetOf(changes), '2026-02-03T04:00:00Z', '2026-02-03T05:00:00Z'),
    );
    const sessions = [minutely, hourly, later].map((uplinks) => {
      const first = uplinks?.find(({ device }) => device.index === 0);
      const { devAddr, deduplicationId } = JSON.parse(first?.payload ?? '') as Record<string, string>;
      return { devAddr, deduplicationId };
    });
    expect(new Set(sessions.map(({ devAddr }) => devAddr)).size).toBe(3);
    expect(new Set(sessions.map(({ deduplicationId }) => deduplicationId)).size).toBe(3);
  });

  it('of a fleet without devices are none, and it ends', () => {
    const empty = { households: { count: 0 }, lighting: { luminaires: 0 }, faults: [] };
    expect(uplinksOf(fleetOf(empty), '2026-02-03T04:00:00Z', '2026-02-03T05:00:00Z')).toEqual([]);
  });

  it.each([
    ['a negative number', { households: { count: 10, water: -1 } }, 'households.water'],
    ['half a lamp', { lighting: { luminaires: 0.5 } }, 'lighting.luminaires'],
    ['more than a DevEUI can number', { households: { count: 2 ** 20 + 1 } }, 'households.count'],
    ['no pause at all', every(0), 'reportEvery_s.gas'],
    ['a seed that is no number', { seed: Number.NaN }, 'seed'],
    ['an installation at no time', { installedAt: 'never' }, 'installedAt'],
  ])('refuse %s', (_, changes, named) => {
    expect(() => fleetOf(changes)).toThrow(named);
  });
});

describe('indexes', () => {
  const INDEXES: readonly [string, number][] = [
    ['water_volume', 0],
    ['pulse_count', 1],
    ['active_energy_import', 0],
    ['active_energy_import', 1],
    ['active_energy_import', 2],
    ['operating_hours', 0],
    ['switch_on_count', 0],
  ];

  function fallsBetween(from: string, to: string, stepMs: number): string[] {
    const falls: string[] = [];
    for (const device of fleetOf().city.devices()) {
      const own = INDEXES.filter(([quantity, channel]) =>
        device
          .truth(new Date(from))
          .some((truth) => truth.quantity === quantity && truth.channel === channel),
      );
      expect(own.length).toBeGreaterThan(0);
      for (const [quantity, channel] of own) {
        let before = 0;
        for (let timeMs = Date.parse(from); timeMs <= Date.parse(to); timeMs += stepMs) {
          const now = truthOf(device, new Date(timeMs), quantity, channel);
          if (now < before) falls.push(`${device.name} ${quantity} ${new Date(timeMs).toISOString()}`);
          before = now;
        }
      }
    }
    return falls;
  }

  it('never fall in a year and a half', () => {
    expect(fallsBetween('2026-01-01T00:00:00Z', '2027-06-30T00:00:00Z', DAY_MS / 3)).toEqual([]);
  });

  it.each([
    ['an ordinary midnight', '2026-05-05T21:30:00Z', '2026-05-06T00:30:00Z'],
    ['the spring clock change', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00Z'],
    ['the autumn clock change', '2026-10-24T22:00:00Z', '2026-10-25T05:00:00Z'],
  ])('never fall over %s, minute by minute', (_, from, to) => {
    expect(fallsBetween(from, to, 60_000)).toEqual([]);
  });
});
