import gatewayPb from '@chirpstack/chirpstack-api/gw/gw_pb.js';
import integrationPb from '@chirpstack/chirpstack-api/integration/integration_pb.js';
import timestampPb from 'google-protobuf/google/protobuf/timestamp_pb.js';

/** Events as the servers publish them, made for tests. */

export interface TestMessage {
  readonly topic: string;
  readonly payload: string;
}

interface UplinkOptions {
  readonly devEui: string;
  readonly fCnt: number;
  readonly at?: Date;
  readonly fPort?: number;
  readonly hex?: string;
  readonly profile?: string;
  /** The one gateway that heard it. */
  readonly gatewayId?: string;
  /** ChirpStack's; each replica of the server gives another to the same frame. */
  readonly deduplicationId?: string;
  /** ChirpStack's name of the session: each join gives another. */
  readonly devAddr?: string;
}

const START = Date.UTC(2026, 1, 1);
const atOf = ({ at, fCnt }: UplinkOptions) => at ?? new Date(START + fCnt * 3_600_000);
const PULSES_159_AND_2 = '46800000009f00000002';
const dataOf = ({ hex = PULSES_159_AND_2 }: UplinkOptions) => Buffer.from(hex, 'hex').toString('base64');

const deduplicationIdOf = ({ devEui, fCnt }: UplinkOptions) =>
  `3ac7e3c4-4401-4b8d-9386-${devEui.slice(0, 4)}${String(fCnt).padStart(8, '0')}`;

/** A ChirpStack v4 uplink in JSON; by default of an Adeunis PULSE that counts 159 and 2. */
export function chirpStackV4Uplink(options: UplinkOptions): TestMessage {
  const { devEui, fCnt, fPort = 1, profile = 'adeunis/pulse' } = options;
  const { gatewayId = '0016c001ff10a235', deduplicationId = deduplicationIdOf(options) } = options;
  const { devAddr = '00189440' } = options;
  const time = atOf(options).toISOString();
  return {
    topic: `application/ae2012c2-75a1-407d-98ab-1520fb511edf/device/${devEui}/event/up`,
    payload: JSON.stringify({
      deduplicationId,
      time,
      deviceInfo: {
        tenantId: '52f14cd4-c6f1-4fbd-8f87-4025e1d49242',
        tenantName: 'Mulhouse',
        applicationId: 'ae2012c2-75a1-407d-98ab-1520fb511edf',
        applicationName: 'compteurs',
        deviceProfileId: '14855bf7-d10d-4aee-b618-ebfcb64dc7ad',
        deviceProfileName: profile,
        deviceName: `meter ${devEui}`,
        devEui,
        deviceClassEnabled: 'CLASS_A',
        tags: {},
      },
      devAddr,
      adr: true,
      dr: 5,
      fCnt,
      fPort,
      confirmed: false,
      data: dataOf(options),
      rxInfo: [
        {
          gatewayId,
          uplinkId: 40_598,
          nsTime: time,
          rssi: -97,
          snr: 8.5,
          channel: 2,
          location: { latitude: 47.75, longitude: 7.34 },
          context: '4vpaxQ==',
          crcStatus: 'CRC_OK',
        },
      ],
      txInfo: {
        frequency: 868_100_000,
        modulation: { lora: { bandwidth: 125_000, spreadingFactor: 7, codeRate: 'CR_4_5' } },
      },
      regionConfigId: 'eu868',
    }),
  };
}

/** The same uplink of a ChirpStack v4 with `json = false`, made by ChirpStack's own message definitions. */
export function chirpStackV4ProtobufUplink(options: UplinkOptions): { topic: string; payload: Buffer } {
  const { devEui, fCnt, fPort = 1, profile = 'adeunis/pulse', gatewayId } = options;
  const event = new integrationPb.UplinkEvent();
  const device = new integrationPb.DeviceInfo();
  device.setDevEui(devEui);
  device.setDeviceName(`meter ${devEui}`);
  device.setApplicationId('ae2012c2-75a1-407d-98ab-1520fb511edf');
  device.setDeviceProfileName(profile);
  event.setDeduplicationId(options.deduplicationId ?? deduplicationIdOf(options));
  const time = new timestampPb.Timestamp();
  time.fromDate(atOf(options));
  event.setTime(time);
  event.setDeviceInfo(device);
  event.setDevAddr(options.devAddr ?? '00189440');
  event.setDr(5);
  event.setFCnt(fCnt);
  event.setFPort(fPort);
  event.setData(Buffer.from(dataOf(options), 'base64'));
  if (gatewayId !== undefined) {
    const reception = new gatewayPb.UplinkRxInfo();
    reception.setGatewayId(gatewayId);
    event.addRxInfo(reception);
  }
  return {
    topic: `application/ae2012c2-75a1-407d-98ab-1520fb511edf/device/${devEui}/event/up`,
    payload: Buffer.from(event.serializeBinary()),
  };
}

/**
 * A ChirpStack v3 uplink. `at: null` is a server before 3.11 behind gateways without a clock: the event
 * tells no time at all.
 */
export function chirpStackV3Uplink(
  options: Omit<UplinkOptions, 'at'> & { readonly at?: Date | null },
): TestMessage {
  const { devEui, fCnt, fPort = 1, profile = 'adeunis/pulse', gatewayId = '0016c001f153a14c', at } = options;
  return {
    topic: `application/7/device/${devEui}/event/up`,
    payload: JSON.stringify({
      applicationID: '7',
      applicationName: 'compteurs',
      deviceName: `meter ${devEui}`,
      deviceProfileName: profile,
      devEUI: devEui,
      rxInfo: [{ gatewayID: gatewayId, time: null, rssi: -57, loRaSNR: 10 }],
      txInfo: { frequency: 868_100_000, dr: 5 },
      adr: false,
      fCnt,
      fPort,
      data: Buffer.from(options.hex ?? PULSES_159_AND_2, 'hex').toString('base64'),
      ...(at === null ? {} : { publishedAt: (at ?? new Date(START + fCnt * 3_600_000)).toISOString() }),
    }),
  };
}

/** A The Things Stack v3 uplink: zero values left out, as it does. */
export function theThingsStackUplink(options: UplinkOptions): TestMessage {
  const { devEui, fCnt, fPort = 1, profile, gatewayId = 'mairie' } = options;
  const [brand, model] = profile?.split('/') ?? [];
  const time = atOf(options).toISOString();
  return {
    topic: `v3/compteurs@mulhouse/devices/meter-${devEui}/up`,
    payload: JSON.stringify({
      end_device_ids: {
        device_id: `meter-${devEui}`,
        application_ids: { application_id: 'compteurs' },
        dev_eui: devEui.toUpperCase(),
        dev_addr: '260B1234',
      },
      received_at: time,
      uplink_message: {
        session_key_id: 'AYfg8rhha5n+FWx0ZaAprA==',
        f_port: fPort,
        ...(fCnt === 0 ? {} : { f_cnt: fCnt }),
        frm_payload: dataOf(options),
        ...(brand === undefined ? {} : { version_ids: { brand_id: brand, model_id: model } }),
        rx_metadata: [{ gateway_ids: { gateway_id: gatewayId }, rssi: -90, snr: 7 }],
        settings: {
          data_rate: { lora: { bandwidth: 125_000, spreading_factor: 7 } },
          frequency: '868100000',
        },
      },
    }),
  };
}
