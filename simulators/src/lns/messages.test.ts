import integration from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import { describe, expect, it } from 'vitest';
import { CITY_GATEWAYS, devicesAround, emissionsOf } from '../fixtures/emissions.ts';
import { HIGHEST_SF } from '../radio/eu868.ts';
import type { RadioPlan } from '../radio/plan.ts';
import { transmit } from '../radio/transmit.ts';
import type { LnsFormat, LnsMessage } from './lns-message.ts';
import { toMessages } from './messages.ts';

const PLAN: RadioPlan = {
  gateways: CITY_GATEWAYS,
  activation: 'join_first',
  downlinkLossShare: 0.3,
  server: { replicaShare: 0.1, redeliveryShare: 0.1, reorderShare: 0.1, statusEveryMs: 5 * 3_600_000 },
};
const messages = (format: LnsFormat, plan = PLAN): LnsMessage[] => [
  ...toMessages(
    transmit(emissionsOf(devicesAround(120), { reports: 15, confirmedShare: 0.3 }), plan, 1),
    format,
    plan.gateways,
  ),
];

const json = messages('chirpstack-v4-json');
const nameOf = ({ topic }: LnsMessage) => topic.slice(topic.lastIndexOf('/') + 1);
// biome-ignore lint/suspicious/noExplicitAny: events of four kinds, whose fields the tests name.
const parsed = (message: LnsMessage): any => JSON.parse(message.payload as string);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/;

describe('ChirpStack v4 in JSON', () => {
  it('has every event that the radio gives reason for', () => {
    const counts = Object.groupBy(json, (message) => `${message.event.kind} as ${nameOf(message)}`);
    expect(Object.keys(counts).toSorted()).toEqual([
      'frame as up',
      'join as join',
      'repeat as log',
      'repeat as up',
      'status as status',
    ]);
  });

  it('says in each uplink what the transmission was, all fields of the integration package included', () => {
    for (const message of json) {
      if (message.event.kind !== 'frame') continue;
      const { emission, session, fCnt, receivedAt, spreadingFactor, frequency_Hz, receptions } =
        message.event;
      const event = parsed(message);
      expect(Object.keys(event)).toEqual([
        'deduplicationId',
        'time',
        'deviceInfo',
        'devAddr',
        'adr',
        'dr',
        'fCnt',
        'fPort',
        'confirmed',
        'data',
        'object',
        'rxInfo',
        'txInfo',
        'relayRxInfo',
        'joinServerContext',
        'regionConfigId',
      ]);
      expect(event).toMatchObject({
        deduplicationId: expect.stringMatching(UUID),
        time: expect.stringMatching(RFC3339),
        devAddr: session.devAddr,
        dr: HIGHEST_SF - spreadingFactor,
        fCnt,
        fPort: emission.fPort,
        confirmed: emission.confirmed,
        deviceInfo: {
          devEui: emission.device.devEui,
          deviceName: emission.device.name,
          applicationName: emission.device.application,
          deviceProfileName: emission.device.lnsProfileName,
          deviceClassEnabled: emission.device.deviceClass === 'C' ? 'CLASS_C' : 'CLASS_A',
          tags: emission.device.tags,
        },
        txInfo: { frequency: frequency_Hz, modulation: { lora: { bandwidth: 125_000, spreadingFactor } } },
      });
      expect(new Date(event.time)).toEqual(receivedAt);
      expect(new Uint8Array(Buffer.from(event.data, 'base64'))).toEqual(emission.payload);
      expect(event.rxInfo).toHaveLength(receptions.length);
      for (const [n, { gatewayId, rssi, snr }] of receptions.entries()) {
        const heard = event.rxInfo[n];
        expect(heard).toMatchObject({ gatewayId, rssi, crcStatus: 'CRC_OK', nsTime: event.time });
        expect(heard.snr ?? 0).toBe(snr);
        // Gateway messages leave default values out, as protobuf does.
        expect([heard.snr, heard.channel]).not.toContain(0);
        const gateway = CITY_GATEWAYS.find(({ id }) => id === gatewayId);
        expect(heard.location).toEqual({
          latitude: gateway?.latitude,
          longitude: gateway?.longitude,
          altitude: gateway?.altitude,
        });
      }
      expect(message.topic).toBe(
        `application/${event.deviceInfo.applicationId}/device/${emission.device.devEui}/event/up`,
      );
    }
  });

  it('gives a frame of one gateway in some 1,000 bytes, as real ones', () => {
    const sizes = json
      .filter(({ event }) => event.kind === 'frame' && event.receptions.length === 1)
      .map(({ payload }) => Buffer.byteLength(payload as string));
    expect(sizes.length).toBeGreaterThan(50);
    expect(Math.min(...sizes)).toBeGreaterThan(900);
    expect(Math.max(...sizes)).toBeLessThan(1300);
  });

  it('repeats a redelivered message to the byte, and gives a replica another deduplication id', () => {
    const byFrame = new Map(
      json.flatMap((message) => (message.event.kind === 'frame' ? [[message.event, message]] : [])),
    );
    const seen = { redelivery: 0, replica: 0 };
    for (const message of json) {
      if (message.event.kind !== 'repeat' || nameOf(message) !== 'up') continue;
      const { how, of } = message.event;
      if (how !== 'redelivery' && how !== 'replica') throw new Error(`${how} was published`);
      seen[how] += 1;
      const original = byFrame.get(of);
      if (how === 'redelivery') expect(message.payload).toBe(original?.payload);
      else {
        const [copy, first] = [parsed(message), parsed(original as LnsMessage)];
        expect(copy.deduplicationId).not.toBe(first.deduplicationId);
        expect({ ...copy, deduplicationId: 0, time: 0, rxInfo: 0 }).toEqual({
          ...first,
          deduplicationId: 0,
          time: 0,
          rxInfo: 0,
        });
      }
    }
    expect(seen.redelivery).toBeGreaterThan(100);
    expect(seen.replica).toBeGreaterThan(100);
    const ids = json
      .filter(
        (message) =>
          nameOf(message) === 'up' &&
          !(message.event.kind === 'repeat' && message.event.how === 'redelivery'),
      )
      .map((message) => parsed(message).deduplicationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('tells of a retransmission in its log, and of a counter that fell', () => {
    const logs = json.filter((message) => nameOf(message) === 'log');
    expect(logs.length).toBeGreaterThan(50);
    for (const message of logs)
      expect(parsed(message)).toMatchObject({
        level: 'ERROR',
        code: 'UPLINK_F_CNT_RETRANSMISSION',
        context: {},
      });
    const from = new Date(Date.UTC(2026, 2, 1, 10));
    const restarted = messages('chirpstack-v4-json', {
      gateways: CITY_GATEWAYS,
      restarts: [{ at: from, withinMs: 0, applies: ({ activation }) => activation === 'ABP' }],
    }).filter((message) => nameOf(message) === 'log' && message.event.kind === 'frame');
    expect(restarted.length).toBeGreaterThan(0);
    for (const message of restarted) expect(parsed(message).code).toBe('UPLINK_F_CNT_RESET');
  });

  it('forwards what it hears twice, if that is its habit', () => {
    const twice = messages('chirpstack-v4-json', { ...PLAN, server: { forwardsRepeats: true } }).filter(
      ({ event }) => event.kind === 'repeat' && event.how === 'retransmission',
    );
    expect(twice.length).toBeGreaterThan(50);
    for (const message of twice) expect(nameOf(message)).toBe('up');
  });
});

describe('ChirpStack v4 in protobuf', () => {
  const bytes = messages('chirpstack-v4-protobuf');
  const seconds = (time: string) => ({
    seconds: Math.floor(Date.parse(time) / 1000),
    nanos: (Date.parse(time) % 1000) * 1e6,
  });

  it("says the same as the JSON, read by ChirpStack's own definitions", () => {
    expect(bytes.map(({ topic, atMs }) => [topic, atMs])).toEqual(
      json.map(({ topic, atMs }) => [topic, atMs]),
    );
    for (const [n, message] of bytes.entries()) {
      const text = parsed(json[n] as LnsMessage);
      const payload = message.payload as Uint8Array;
      const info = (device: integration.DeviceInfo.AsObject | undefined) => ({
        ...device,
        tags: Object.fromEntries(device?.tagsMap ?? []),
        deviceClassEnabled: device?.deviceClassEnabled === 2 ? 'CLASS_C' : 'CLASS_A',
      });
      switch (nameOf(message)) {
        case 'up': {
          const up = integration.UplinkEvent.deserializeBinary(payload).toObject();
          const { deduplicationId, devAddr, adr, dr, fCnt, fPort, confirmed, data, regionConfigId } = text;
          expect(up).toMatchObject({
            deduplicationId,
            devAddr,
            adr,
            dr,
            fCnt,
            fPort,
            confirmed,
            data,
            regionConfigId,
          });
          expect(up.time).toEqual(seconds(text.time));
          expect(info(up.deviceInfo)).toMatchObject(text.deviceInfo);
          expect(up.txInfo).toMatchObject({
            frequency: text.txInfo.frequency,
            modulation: {
              lora: {
                bandwidth: 125_000,
                spreadingFactor: text.txInfo.modulation.lora.spreadingFactor,
                codeRate: 1,
              },
            },
          });
          expect(up.rxInfoList.length).toBe(text.rxInfo.length);
          for (const [i, heard] of up.rxInfoList.entries()) {
            const {
              gatewayId,
              uplinkId,
              gwTime,
              nsTime,
              rssi,
              snr = 0,
              channel = 0,
              location,
              context,
              metadata,
            } = text.rxInfo[i];
            expect(heard).toMatchObject({
              gatewayId,
              uplinkId,
              rssi,
              snr,
              channel,
              location,
              context,
              crcStatus: 2,
            });
            expect(heard.gwTime).toEqual(seconds(gwTime));
            expect(heard.nsTime).toEqual(seconds(nsTime));
            expect(Object.fromEntries(heard.metadataMap)).toEqual(metadata);
          }
          break;
        }
        case 'join': {
          const join = integration.JoinEvent.deserializeBinary(payload).toObject();
          expect(join).toMatchObject({
            deduplicationId: text.deduplicationId,
            devAddr: text.devAddr,
            regionConfigId: 'eu868',
          });
          expect(join.time).toEqual(seconds(text.time));
          expect(info(join.deviceInfo)).toMatchObject(text.deviceInfo);
          break;
        }
        case 'status': {
          const status = integration.StatusEvent.deserializeBinary(payload).toObject();
          const { margin, externalPowerSource, batteryLevelUnavailable, batteryLevel } = text;
          expect(status).toMatchObject({ margin, externalPowerSource, batteryLevelUnavailable });
          expect(status.batteryLevel).toBeCloseTo(batteryLevel, 4);
          break;
        }
        case 'log': {
          const log = integration.LogEvent.deserializeBinary(payload).toObject();
          expect(log).toMatchObject({ description: text.description, level: integration.LogLevel.ERROR });
          expect(log.code).toBe(integration.LogCode.UPLINK_F_CNT_RETRANSMISSION);
          expect(Object.fromEntries(log.contextMap)).toEqual(text.context);
          break;
        }
        default:
          throw new Error(message.topic);
      }
    }
  });
});

describe('The Things Stack v3', () => {
  it('leaves zero values out, writes EUIs in capitals, and has no status and no log', () => {
    const tts = messages('the-things-stack-v3');
    expect(new Set(tts.map(nameOf))).toEqual(new Set(['up', 'join']));
    for (const message of tts) {
      if (message.event.kind !== 'frame') continue;
      const { emission, session, fCnt, dr } = message.event;
      const event = parsed(message);
      const { device } = emission;
      expect(message.topic).toBe(`v3/${device.application}@ville/devices/eui-${device.devEui}/up`);
      expect(event.end_device_ids).toMatchObject({
        dev_eui: device.devEui.toUpperCase(),
        dev_addr: session.devAddr.toUpperCase(),
        application_ids: { application_id: device.application },
      });
      const up = event.uplink_message;
      expect([
        up.f_cnt ?? 0,
        12 - up.settings.data_rate.lora.spreading_factor,
        up.confirmed ?? false,
      ]).toEqual([fCnt, dr, emission.confirmed]);
      expect(up.settings, 'The Things Stack tells none since 3.16').not.toHaveProperty('data_rate_index');
      expect([up.f_cnt, up.confirmed]).not.toContain(0);
      expect(Buffer.from(up.frm_payload, 'base64')).toEqual(Buffer.from(emission.payload));
      expect(`${up.version_ids.brand_id}/${up.version_ids.model_id}`).toBe(device.profileId);
      expect(up.rx_metadata).toHaveLength(message.event.receptions.length);
    }
    const keys = tts
      .filter(({ event }) => event.kind === 'join')
      .map((message) => parsed(message).join_accept.session_key_id);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
