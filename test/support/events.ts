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
}

const START = Date.UTC(2026, 1, 1);
const atOf = ({ at, fCnt }: UplinkOptions) => at ?? new Date(START + fCnt * 3_600_000);
const dataOf = ({ hex = '46800000009f00000002' }: UplinkOptions) =>
  Buffer.from(hex, 'hex').toString('base64');

/** A ChirpStack v4 uplink in JSON; by default of an Adeunis PULSE that counts 159 and 2. */
export function chirpStackV4Uplink(options: UplinkOptions): TestMessage {
  const { devEui, fCnt, fPort = 1, profile = 'adeunis/pulse' } = options;
  const time = atOf(options).toISOString();
  return {
    topic: `application/ae2012c2-75a1-407d-98ab-1520fb511edf/device/${devEui}/event/up`,
    payload: JSON.stringify({
      deduplicationId: `3ac7e3c4-4401-4b8d-9386-${devEui.slice(0, 4)}${String(fCnt).padStart(8, '0')}`,
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
      devAddr: '00189440',
      adr: true,
      dr: 5,
      fCnt,
      fPort,
      confirmed: false,
      data: dataOf(options),
      rxInfo: [
        {
          gatewayId: '0016c001ff10a235',
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

/** A The Things Stack v3 uplink: zero values left out, as it does. */
export function theThingsStackUplink(options: UplinkOptions): TestMessage {
  const { devEui, fCnt, fPort = 1 } = options;
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
        rx_metadata: [{ gateway_ids: { gateway_id: 'mairie' }, rssi: -90, snr: 7 }],
        settings: {
          data_rate: { lora: { bandwidth: 125_000, spreading_factor: 7 } },
          frequency: '868100000',
        },
      },
    }),
  };
}
