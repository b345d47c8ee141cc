import { describe, expect, it } from 'vitest';
import { DAY_MS } from './city-time.ts';
import type { Uplink } from './device.ts';
import { fleetOf, NO_DEVICES, truthOf, uplinksOf } from './fixtures/fleet.ts';

const hex = (uplink: Uplink) => Buffer.from(uplink.payload).toString('hex');

describe('the same fleet at every start', () => {
  it('sends the same bytes for the same seed, and others for another', () => {
    const [first, again, other] = [1, 1, 2].map((seed) =>
      uplinksOf(fleetOf({ seed }), '2026-04-01T18:00:00Z', '2026-04-01T18:05:00Z'),
    );
    expect(again).toEqual(first);
    expect(other?.map(hex)).not.toEqual(first?.map(hex));
    const names = new Set(first?.map(({ devEui }) => devEui));
    expect(other?.filter(({ devEui }) => names.has(devEui))).toEqual([]);
  });

  it('started again ten minutes later, repeats the overlap to the byte and goes on', () => {
    const before = uplinksOf(fleetOf(), '2026-11-23T03:00:00Z', '2026-11-23T03:30:00Z');
    const after = uplinksOf(fleetOf(), '2026-11-23T03:10:00Z', '2026-11-23T03:40:00Z');
    expect(after.slice(0, 20 * 60)).toEqual(before.slice(10 * 60));
    expect(after).toHaveLength(30 * 60);
  });

  it('keeps its meters when more are added', () => {
    const small = fleetOf();
    const large = fleetOf({ water: 50, luminaires: 100 });
    const at = new Date('2026-08-01T00:00:00Z');
    for (const device of small.devices) {
      const same = large.devices.find(({ devEui }) => devEui === device.devEui);
      expect(same?.truth(at)).toEqual(device.truth(at));
    }
  });

  it('is known by the names that its documentation gives', () => {
    const { devices } = fleetOf();
    expect(new Set(devices.map(({ devEui }) => devEui)).size).toBe(60);
    expect(new Set(devices.map(({ name }) => name)).size).toBe(60);
    for (const { devEui } of devices) expect(devEui).toMatch(/^02564c[0-9a-f]{4}[1-4]0{3}[0-9a-f]{2}$/);
    expect(devices[0]).toMatchObject({
      name: 'eau-rue-de-la-Paix-1',
      tags: { 'veilleur-profile': 'axioma/qalcosonic-w1', medium: 'water', street: 'rue de la Paix' },
    });
  });
});

describe('the uplinks of a window', () => {
  it('hold every device once a period, in time order, from its start to before its end', () => {
    const uplinks = uplinksOf(fleetOf(), '2026-02-03T04:05:06Z', '2026-02-03T05:05:06Z');
    expect(uplinks).toHaveLength(3600);
    const times = uplinks.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThanOrEqual(Date.parse('2026-02-03T04:05:06Z'));
    expect(times.at(-1)).toBeLessThan(Date.parse('2026-02-03T05:05:06Z'));
  });

  it('count their frames without a gap, over restarts and from the installation on', () => {
    const fleet = fleetOf();
    const device = fleet.devices[0];
    const counters = [
      ...uplinksOf(fleet, '2025-12-31T00:00:00Z', '2026-01-01T00:10:00Z'),
      ...uplinksOf(fleetOf(), '2026-01-01T00:10:00Z', '2026-01-01T00:20:00Z'),
    ]
      .filter(({ devEui }) => devEui === device?.devEui)
      .map(({ fCnt }) => fCnt);
    expect(counters).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  it('start a session of their own when the fleet reports at another pace', () => {
    const devAddrs = [60, 3600].map((periodS) => fleetOf({ periodS }).devices[0]?.uplink(5).event.devAddr);
    expect(devAddrs[0]).not.toBe(devAddrs[1]);
  });

  it('of a fleet without devices are none, and it ends', () => {
    expect(uplinksOf(fleetOf(NO_DEVICES), '2026-02-03T04:00:00Z', '2026-02-03T05:00:00Z')).toEqual([]);
  });

  it.each([
    ['a negative number', { water: -1 }, 'water'],
    ['half a lamp', { luminaires: 0.5 }, 'lighting'],
    ['more than a DevEUI can number', { gas: 2 ** 20 + 1 }, 'gas'],
    ['no pause at all', { periodS: 0 }, 'periodS'],
    ['a seed that is no number', { seed: Number.NaN }, 'seed'],
    ['an installation at no time', { installedAt: new Date(Number.NaN) }, 'installedAt'],
  ])('refuse %s', (_, options, named) => {
    expect(() => fleetOf(options)).toThrow(named);
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
    for (const device of fleetOf().devices) {
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
