import { decodeProtobuf, type ProtobufSchema, type ProtobufType } from './protobuf-wire.ts';
import type { ChirpStackEventName } from './topic.ts';

/*
 * The fields that we read of ChirpStack v4's messages, by number, in the JSON mapping's spelling, so that
 * one schema (`chirpstack-v4.ts`) reads both encodings. From integration.proto, gw.proto and
 * common.proto of chirpstack/chirpstack; a test holds them against the package @chirpstack/chirpstack-api.
 */

const LOG_LEVELS = ['INFO', 'WARNING', 'ERROR'];

const LOG_CODES = [
  'UNKNOWN',
  'DOWNLINK_PAYLOAD_SIZE',
  'UPLINK_CODEC',
  'DOWNLINK_CODEC',
  'OTAA',
  'UPLINK_F_CNT_RESET',
  'UPLINK_MIC',
  'UPLINK_F_CNT_RETRANSMISSION',
  'DOWNLINK_GATEWAY',
  'RELAY_NEW_END_DEVICE',
  'F_CNT_DOWN',
  'EXPIRED',
];

const LOCATION_SOURCES = [
  'UNKNOWN',
  'GPS',
  'CONFIG',
  'GEO_RESOLVER_TDOA',
  'GEO_RESOLVER_RSSI',
  'GEO_RESOLVER_GNSS',
  'GEO_RESOLVER_WIFI',
];

const CODE_RATES = [
  'CR_UNDEFINED',
  'CR_4_5',
  'CR_4_6',
  'CR_4_7',
  'CR_4_8',
  'CR_3_8',
  'CR_2_6',
  'CR_1_4',
  'CR_1_6',
  'CR_5_6',
  'CR_LI_4_5',
  'CR_LI_4_6',
  'CR_LI_4_8',
];

const deviceInfo: ProtobufType = {
  message: {
    3: ['applicationId', 'string'],
    4: ['applicationName', 'string'],
    6: ['deviceProfileName', 'string'],
    7: ['deviceName', 'string'],
    8: ['devEui', 'string'],
    9: ['tags', 'map'],
  },
};

const envelope: ProtobufSchema = { 2: ['time', 'timestamp'], 3: ['deviceInfo', deviceInfo] };

const reception: ProtobufSchema = {
  1: ['gatewayId', 'string'],
  3: ['gwTime', 'timestamp'],
  6: ['rssi', 'int32'],
  7: ['snr', 'float'],
};

const lora: ProtobufSchema = {
  1: ['bandwidth', 'uint32'],
  2: ['spreadingFactor', 'uint32'],
  5: ['codeRate', { enumNames: CODE_RATES }],
};

const downlinkTxInfo: ProtobufSchema = {
  1: ['frequency', 'uint32'],
  2: ['power', 'int32'],
  3: ['modulation', { message: { 3: ['lora', { message: lora }] } }],
};

const location: ProtobufSchema = {
  1: ['latitude', 'double'],
  2: ['longitude', 'double'],
  3: ['altitude', 'double'],
  4: ['source', { enumNames: LOCATION_SOURCES }],
  5: ['accuracy', 'float'],
};

const SCHEMAS: Readonly<Partial<Record<ChirpStackEventName, ProtobufSchema>>> = {
  up: {
    ...envelope,
    4: ['devAddr', 'string'],
    6: ['dr', 'uint32'],
    7: ['fCnt', 'uint32'],
    8: ['fPort', 'uint32'],
    9: ['confirmed', 'bool'],
    10: ['data', 'bytes'],
    12: ['rxInfo', { repeated: reception }],
    13: ['txInfo', { message: { 1: ['frequency', 'uint32'] } }],
    // Only whether it is there.
    15: ['joinServerContext', { message: {} }],
  },
  join: { ...envelope, 4: ['devAddr', 'string'] },
  ack: { ...envelope, 4: ['queueItemId', 'string'], 5: ['acknowledged', 'bool'], 6: ['fCntDown', 'uint32'] },
  txack: {
    ...envelope,
    1: ['downlinkId', 'uint32'],
    4: ['queueItemId', 'string'],
    5: ['fCntDown', 'uint32'],
    6: ['gatewayId', 'string'],
    7: ['txInfo', { message: downlinkTxInfo }],
  },
  // The one event whose envelope starts at 1: a log has no deduplication id.
  log: {
    1: ['time', 'timestamp'],
    2: ['deviceInfo', deviceInfo],
    3: ['level', { enumNames: LOG_LEVELS }],
    4: ['code', { enumNames: LOG_CODES }],
    5: ['description', 'string'],
    6: ['context', 'map'],
  },
  status: {
    ...envelope,
    5: ['margin', 'int32'],
    6: ['externalPowerSource', 'bool'],
    7: ['batteryLevelUnavailable', 'bool'],
    8: ['batteryLevel', 'float'],
  },
  location: { ...envelope, 4: ['location', { message: location }] },
  // Until 4.14. Its `object` (6), a google.protobuf.Struct, is left behind.
  integration: { ...envelope, 4: ['integrationName', 'string'], 5: ['eventType', 'string'] },
};

/**
 * An event of ChirpStack v4's `json = false` in the JSON mapping's shape; undefined for `error`, which
 * only v3 publishes.
 *
 * @throws RangeError where the bytes are not a protobuf message.
 */
export function decodeChirpStackV4(name: ChirpStackEventName, bytes: Uint8Array): object | undefined {
  const schema = SCHEMAS[name];
  return schema && decodeProtobuf(bytes, schema);
}
