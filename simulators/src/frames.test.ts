import { describe, expect, it } from 'vitest';
import { fleetOf, profileOf } from './fixtures/fleet.ts';

const MOMENTS = [
  ['the first minutes of a meter', '2026-01-01T00:00:00Z'],
  ['a winter evening', '2026-01-20T19:00:00Z'],
  ['the night of the clock change', '2026-03-29T00:59:00Z'],
  ['a summer noon', '2026-07-14T11:00:00Z'],
  ['midnight', '2026-09-30T23:59:30Z'],
  ['the small hours of November', '2026-11-23T03:00:00Z'],
] as const;

describe('what a frame says is what was so when it was measured, history included', () => {
  it.each(MOMENTS)('%s', (_, moment) => {
    const fleet = fleetOf();
    const from = new Date(moment);
    const byDevEui = new Map(fleet.devices.map((device) => [device.devEui, device]));
    let compared = 0;
    for (const uplink of fleet.uplinks(from, new Date(from.getTime() + 60_000))) {
      const device = byDevEui.get(uplink.devEui);
      if (device === undefined) throw new Error(`a stranger: ${uplink.devEui}`);
      const result = profileOf(device.profileId).decode({
        bytes: uplink.payload,
        fPort: uplink.fPort,
        receivedAt: uplink.at,
      });
      if (result.outcome === 'failed') throw new Error(`${device.name}: ${result.reason}`);
      expect(result.warnings).toEqual([]);
      const unsaid = new Set(
        device.truth(uplink.at).map(({ quantity, channel }) => `${quantity} ${channel}`),
      );
      for (const measurement of result.measurements) {
        const { quantity, channel, time, value } = measurement;
        const truth = device.truth(time).find((t) => t.quantity === quantity && t.channel === channel);
        if (truth === undefined) continue;
        expect(value, `${device.name} ${quantity} at ${time.toISOString()}`).toBeCloseTo(truth.value, 9);
        unsaid.delete(`${quantity} ${channel}`);
        compared += 1;
      }
      expect([...unsaid], device.name).toEqual([]);
    }
    // 17 water readings and a leak flag, a pulse counter, two registers and a power, nine of a lamp.
    expect(compared).toBe(20 * 18 + 10 * 1 + 10 * 3 + 20 * 9);
  });

  it('speaks the layouts that this fleet is documented to speak, within 51 bytes', () => {
    const fleet = fleetOf();
    const from = new Date('2026-05-01T12:00:00Z');
    const layouts = new Map<string, string>();
    for (const { medium, fPort, payload } of fleet.uplinks(from, new Date(from.getTime() + 60_000))) {
      layouts.set(medium, `${payload.length} bytes on fPort ${fPort}`);
    }
    expect(Object.fromEntries(layouts)).toEqual({
      water: '47 bytes on fPort 100',
      gas: '14 bytes on fPort 1',
      electricity: '50 bytes on fPort 1',
      lighting: '30 bytes on fPort 10',
    });
  });
});
