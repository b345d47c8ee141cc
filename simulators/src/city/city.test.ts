import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Emission } from '../emission.ts';
import { encode, profileOf } from '../fixtures/encode.ts';
import { createCity } from './city.ts';
import { DAY_MS, HOUR_MS } from './clock.ts';
import { digestOfFirst } from './fixtures/digest.ts';
import { MULHOUSE, SMALL_CITY } from './fixtures/plans.ts';

const small = createCity(SMALL_CITY, encode);
const said = ({ device, at, report, fPort, payload }: Emission) =>
  `${at.toISOString()} ${device.devEui} ${report} ${fPort} ${Buffer.from(payload).toString('hex')}`;
const emissionsOf = (city: ReturnType<typeof createCity>, from: string | number, lasts_ms: number) =>
  Array.from(city.emissions(new Date(from), new Date(new Date(from).getTime() + lasts_ms)), said);

describe('the same seed is the same city', () => {
  it('sends the same 10,000 first frames in this process and in another', async () => {
    const program = fileURLToPath(new URL('fixtures/digest.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [program]);
    expect(stdout).toBe(digestOfFirst(10_000));
  });

  it('is another city with another seed', () => {
    const other = createCity({ ...SMALL_CITY, seed: 8 }, encode);
    const names = new Set(Array.from(small.devices(), ({ devEui }) => devEui));
    expect(Array.from(other.devices()).filter(({ devEui }) => names.has(devEui))).toEqual([]);
  });

  it('says of a day in June what it says after other days, and what it says backwards', () => {
    const fresh = emissionsOf(createCity(SMALL_CITY, encode), '2026-06-10T00:00:00Z', DAY_MS);
    const worn = createCity(SMALL_CITY, encode);
    for (const device of worn.devices()) device.truth(new Date('2026-11-11T11:11:11Z'));
    for (const _ of worn.emissions(new Date('2026-06-07T00:00:00Z'), new Date('2026-06-12T00:00:00Z'))) {
      // Walked through, so that what is remembered is of other days.
    }
    const after = emissionsOf(worn, '2026-06-10T00:00:00Z', DAY_MS);
    expect(after).toEqual(fresh);
    const backwards = [5, 4, 3, 2, 1, 0].map((part) =>
      emissionsOf(worn, Date.parse('2026-06-10T00:00:00Z') + (part * DAY_MS) / 6, DAY_MS / 6),
    );
    expect(backwards.toReversed().flat()).toEqual(fresh);
  });

  it('has every device report once a period, in order of time, counted without a gap', () => {
    const emissions = [
      ...small.emissions(new Date('2026-03-03T04:05:06.789Z'), new Date('2026-03-03T07:05:06.789Z')),
    ];
    const times = emissions.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const reports = new Map<string, number[]>();
    for (const { device, report } of emissions) {
      reports.set(device.devEui, [...(reports.get(device.devEui) ?? []), report]);
    }
    expect(reports.size).toBe(small.deviceCount);
    for (const device of small.devices()) {
      const own = reports.get(device.devEui) ?? [];
      const perHour = device.familyId === 'cabinet' || device.familyId === 'district' ? 4 : 1;
      expect(own, device.name).toHaveLength(3 * perHour);
      for (const [place, report] of own.entries()) expect(report).toBe((own[0] ?? 0) + place);
    }
  });

  it('gives each device a name, a DevEUI, an index and a place of its own', () => {
    const devices = [...small.devices()];
    expect(new Set(devices.map(({ devEui }) => devEui)).size).toBe(devices.length);
    expect(new Set(devices.map(({ name }) => name)).size).toBe(devices.length);
    expect(devices.map(({ index }) => index)).toEqual(devices.map((_, place) => place));
    for (const { position, tags, profileId } of devices) {
      expect(Math.abs(position.latitude - 47.75)).toBeLessThan(0.06);
      expect(tags['veilleur-profile']).toBe(profileId);
    }
    expect(devices.some(({ inPit }) => inPit)).toBe(true);
  });

  it('refuses a plan by the place of what is wrong in it', () => {
    expect(() => createCity({ seed: 1, households: { count: -3 } }, encode)).toThrow(/households\.count/);
  });
});

describe('what a frame says is what was so when it was measured, history included', () => {
  it.each([
    ['the first hour of the meters', '2026-01-01T00:00:00Z'],
    ['a winter evening', '2026-01-20T19:00:00Z'],
    ['the night of the clock change', '2026-03-29T00:30:00Z'],
    ['a summer noon', '2026-07-14T11:00:00Z'],
    ['midnight', '2026-09-30T23:30:00Z'],
  ])('%s', (_, moment) => {
    const heard = new Set<string>();
    for (const { device, at, payload, fPort } of small.emissions(
      new Date(moment),
      new Date(Date.parse(moment) + HOUR_MS),
    )) {
      const result = profileOf(device.profileId).decode({ bytes: payload, fPort, receivedAt: at });
      if (result.outcome === 'failed') throw new Error(`${device.name}: ${result.reason}`);
      expect(payload.length).toBeLessThanOrEqual(51);
      let compared = 0;
      for (const { quantity, channel, time, value } of result.measurements) {
        const truth = device
          .truth(time)
          .find((each) => each.quantity === quantity && each.channel === channel);
        if (truth === undefined) continue;
        expect(value, `${device.name} ${quantity} at ${time.toISOString()}`).toBeCloseTo(truth.value, 9);
        compared += 1;
      }
      expect(compared, device.name).toBeGreaterThan(0);
      heard.add(device.familyId);
    }
    expect(heard.size).toBe(9);
  });
});

describe('a city of 35,000 devices', () => {
  it('is generated, frames made, at 50,000 a second of one core and more', () => {
    const city = createCity(MULHOUSE, encode);
    const from = new Date('2026-01-01T00:00:00Z');
    const before = process.cpuUsage();
    let count = 0;
    for (const _ of city.emissions(from, new Date(from.getTime() + 6 * HOUR_MS))) count += 1;
    const { user, system } = process.cpuUsage(before);
    expect(count).toBeGreaterThan(200_000);
    expect(count / ((user + system) / 1e6)).toBeGreaterThan(50_000);
  });
});
