import { describe, expect, it } from 'vitest';
import { fleetOf, uplinksOf } from './fixtures/fleet.ts';

const uplinks = uplinksOf(fleetOf({ water: 60 }), '2026-06-01T00:00:00Z', '2026-06-01T00:30:00Z');

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
    for (const { event, at, devEui, fCnt, fPort, payload, topic } of uplinks) {
      expect(new Date(event.time)).toEqual(at);
      expect(event).toMatchObject({ fCnt, fPort, deviceInfo: { devEui } });
      expect(new Uint8Array(Buffer.from(event.data, 'base64'))).toEqual(payload);
      expect(topic).toBe(`application/${event.deviceInfo.applicationId}/device/${devEui}/event/up`);
    }
  });

  it('was heard by one to three gateways, as strong as its spreading factor allows', () => {
    const heardBy = new Set<number>();
    for (const { event } of uplinks) {
      heardBy.add(event.rxInfo.length);
      const { spreadingFactor } = event.txInfo.modulation.lora;
      expect(event.dr).toBe(12 - spreadingFactor);
      expect(new Set(event.rxInfo.map(({ gatewayId }) => gatewayId)).size).toBe(event.rxInfo.length);
      for (const { gatewayId, rssi, snr = 0, uplinkId } of event.rxInfo) {
        expect(gatewayId).toMatch(EUI);
        expect(rssi).toBeLessThanOrEqual(-80);
        expect(rssi).toBeGreaterThanOrEqual(-140);
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
