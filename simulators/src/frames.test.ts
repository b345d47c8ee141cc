import { describe, expect, it } from 'vitest';
import { fleetOf, profileOf } from './fixtures/fleet.ts';

const REPORTS_A_DAY = 1440;

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
    let compared = 0;
    for (const { at, device, frame } of fleet.uplinks(from, new Date(from.getTime() + 60_000))) {
      const { payload, fPort } = frame.emission;
      const result = profileOf(device.profileId).decode({ bytes: payload, fPort, receivedAt: at });
      if (result.outcome === 'failed') throw new Error(`${device.name}: ${result.reason}`);
      expect(result.warnings).toEqual([]);
      const unsaid = new Set(device.truth(at).map(({ quantity, channel }) => `${quantity} ${channel}`));
      for (const measurement of result.measurements) {
        const { quantity, channel, time, value } = measurement;
        const truth = device.truth(time).find((t) => t.quantity === quantity && t.channel === channel);
        if (truth === undefined) continue;
        expect(value, `${device.name} ${quantity} at ${time.toISOString()}`).toBeCloseTo(truth.value, 9);
        unsaid.delete(`${quantity} ${channel}`);
        compared += 1;
      }
      // The last minute of its day a PULSE tells of alarms; else it counts, which has no room for them.
      const isDaily = frame.fCnt % REPORTS_A_DAY === REPORTS_A_DAY - 1;
      const withheld = device.medium === 'gas' ? [isDaily ? 'pulse_count 1' : 'tamper 1'] : [];
      expect([...unsaid], device.name).toEqual(withheld);
    }
    // 17 water readings and four flags; a pulse counter or tamper, and the battery; two registers and a
    // power; eleven of a lamp; index and power of a cabinet.
    expect(compared).toBe(20 * 21 + 10 * 2 + 10 * 3 + 20 * 11 + 2);
  });

  it('speaks the layouts that this fleet is documented to speak, within 51 bytes', () => {
    const fleet = fleetOf();
    const from = new Date('2026-05-01T12:00:00Z');
    const layouts = new Map<string, string>();
    for (const { device, frame } of fleet.uplinks(from, new Date(from.getTime() + 60_000))) {
      const { payload, fPort } = frame.emission;
      layouts.set(device.familyId, `${payload.length} bytes on fPort ${fPort}`);
    }
    expect(Object.fromEntries(layouts)).toEqual({
      water: '47 bytes on fPort 100',
      gas: '14 bytes on fPort 1',
      electricity: '50 bytes on fPort 1',
      lighting: '30 bytes on fPort 10',
      cabinet: '24 bytes on fPort 1',
    });
  });
});
