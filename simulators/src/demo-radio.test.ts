import { describe, expect, it } from 'vitest';
import { fleetOf, uplinksOf } from './fixtures/fleet.ts';
import { sensitivity_dBm } from './radio/eu868.ts';

const fleet = fleetOf({ households: { count: 100, water: 0.6, gas: 0.1, electricity: 0.1 } });
const uplinks = uplinksOf(fleet, '2026-06-01T00:00:00Z', '2026-06-01T00:30:00Z').map((uplink) => ({
  ...uplink,
  event: JSON.parse(uplink.payload) as ChirpStackUplink,
}));

/** The parts of the event that are looked at one by one. */
interface ChirpStackUplink {
  readonly deduplicationId: string;
  readonly time: string;
  readonly devAddr: string;
  readonly dr: number;
  readonly data: string;
  readonly deviceInfo: Readonly<Record<'applicationId' | 'deviceProfileId' | 'devEui', string>>;
  readonly rxInfo: readonly {
    readonly gatewayId: string;
    readonly uplinkId: number;
    readonly gwTime: string;
    readonly nsTime: string;
    readonly rssi: number;
    readonly snr?: number;
    readonly channel?: number;
  }[];
  readonly txInfo: { readonly modulation: { readonly lora: { readonly spreadingFactor: number } } };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const EUI = /^[0-9a-f]{16}$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;

describe('an up event of ChirpStack v4, JSON encoding', () => {
  it('has every field of the integration package, defaults included', () => {
    for (const { event } of uplinks) {
      expect(Object.keys(event).toSorted()).toEqual([
        'adr',
        'confirmed',
        'data',
        'deduplicationId',
        'devAddr',
        'deviceInfo',
        'dr',
        'fCnt',
        'fPort',
        'joinServerContext',
        'object',
        'regionConfigId',
        'relayRxInfo',
        'rxInfo',
        'time',
        'txInfo',
      ]);
      expect(event.deduplicationId).toMatch(UUID);
      expect(event.time).toMatch(RFC3339);
      expect(event.devAddr).toMatch(/^02[0-9a-f]{6}$/);
      expect(Object.keys(event.deviceInfo).toSorted()).toEqual([
        'applicationId',
        'applicationName',
        'devEui',
        'deviceClassEnabled',
        'deviceName',
        'deviceProfileId',
        'deviceProfileName',
        'tags',
        'tenantId',
        'tenantName',
      ]);
      expect(event.deviceInfo.applicationId).toMatch(UUID);
      expect(event.deviceInfo.deviceProfileId).toMatch(UUID);
    }
  });

  it('says the same as the uplink around it', () => {
    for (const { event, at, device, frame, topic } of uplinks) {
      const { devEui } = device;
      const { fPort, payload, report } = frame.emission;
      expect(new Date(event.time)).toEqual(at);
      expect(event).toMatchObject({ fCnt: report, fPort, deviceInfo: { devEui } });
      expect(new Uint8Array(Buffer.from(event.data, 'base64'))).toEqual(new Uint8Array(payload));
      expect(topic).toBe(`application/${event.deviceInfo.applicationId}/device/${devEui}/event/up`);
    }
  });

  it('was heard by one to three gateways, before the server had it, as strong as its spreading factor allows', () => {
    const heardBy = new Set<number>();
    for (const { event } of uplinks) {
      heardBy.add(event.rxInfo.length);
      const { spreadingFactor } = event.txInfo.modulation.lora;
      expect(event.dr).toBe(12 - spreadingFactor);
      expect(new Set(event.rxInfo.map(({ gatewayId }) => gatewayId)).size).toBe(event.rxInfo.length);
      for (const { gatewayId, rssi, snr = 0, uplinkId, gwTime, nsTime } of event.rxInfo) {
        expect(gatewayId).toMatch(EUI);
        expect(nsTime).toBe(event.time);
        expect(Date.parse(gwTime)).toBe(Date.parse(nsTime) - 40);
        // Under a gateway's antenna, 20 m away, 64 dB are lost of 17, but for fading.
        expect(rssi).toBeLessThanOrEqual(-30);
        expect(rssi).toBeGreaterThanOrEqual(Math.round(sensitivity_dBm(spreadingFactor)));
        // Semtech SX1276, table 13: SF7 needs -7.5 dB, each step 2.5 dB less.
        expect(snr).toBeGreaterThanOrEqual(-7.5 - 2.5 * (spreadingFactor - 7));
        expect(snr).toBeLessThanOrEqual(11);
        expect(uplinkId).toBeLessThan(2 ** 32);
      }
    }
    expect(heardBy).toEqual(new Set([1, 2, 3]));
  });

  it('leaves default values out of rxInfo, as protobuf does', () => {
    const receptions = uplinks.flatMap(({ event }) => event.rxInfo);
    expect(receptions.some((reception) => !('channel' in reception))).toBe(true);
    expect(receptions.filter(({ snr, channel }) => snr === 0 || channel === 0)).toEqual([]);
  });

  it('has a deduplication id of its own', () => {
    expect(new Set(uplinks.map(({ event }) => event.deduplicationId)).size).toBe(uplinks.length);
  });
});

describe('a frame of the demo', () => {
  it('is heard, wherever its device is: by one gateway at the edge of what can be', () => {
    const far = fleetOf({ position: { latitude: 47.75, longitude: 7.34, radius_km: 60 } });
    const heard = uplinksOf(far, '2026-06-01T00:00:00Z', '2026-06-01T00:01:00Z');
    expect(heard).toHaveLength(61);
    expect(heard.filter(({ frame }) => frame.receptions.length === 0)).toEqual([]);
    expect(heard.some(({ frame }) => frame.spreadingFactor === 12)).toBe(true);
    for (const { frame } of heard) expect(frame.receptions[0]?.gatewayId).toMatch(EUI);
  });

  it('does not hang on the frames before it', () => {
    const later = uplinksOf(fleet, '2026-06-01T00:20:00Z', '2026-06-01T00:30:00Z');
    expect(later.map(({ payload }) => payload)).toEqual(
      uplinks.slice(-later.length).map(({ payload }) => payload),
    );
    expect(new Set(later.map(({ frame }) => frame.channel)).size).toBe(8);
  });
});
