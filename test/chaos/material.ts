import {
  chirpStackV3Uplink,
  chirpStackV4ProtobufUplink,
  chirpStackV4Uplink,
  theThingsStackUplink,
} from '../support/events.ts';
import { hourlyWater, pulseCounters } from './payloads.ts';
import { stream, weighted } from './seeded.ts';

export interface ChaosMessage {
  readonly topic: string;
  readonly payload: string | Buffer;
}

/** A value that must be in the database once. */
export interface ExpectedMeasurement {
  readonly quantity: string;
  readonly channel: number;
  /** One of these; null where only the reader's clock can tell. */
  readonly timesMs: readonly number[] | null;
  readonly value: number;
}

/** What must be in the database once, whatever happened. */
export type Expectation =
  | {
      readonly kind: 'frame';
      readonly devEui: string;
      readonly fCnt: number;
      readonly payloadHex: string;
      readonly decoding: 'decoded' | 'failed' | 'no_profile';
      readonly gateways: readonly string[];
      readonly measurements: readonly ExpectedMeasurement[];
    }
  | {
      readonly kind: 'event';
      readonly devEui: string;
      readonly event: 'join' | 'status';
      readonly atMs: number;
      readonly measurements: readonly ExpectedMeasurement[];
    }
  | { readonly kind: 'quarantine'; readonly topic: string; readonly payloadHex: string };

/** Something that happened on the radio: the messages that tell of it, and the one thing to be stored. */
export interface Piece {
  readonly messages: readonly ChaosMessage[];
  readonly expected: Expectation;
}

export interface MaterialOptions {
  readonly seed: number;
  /** Each lot has devices of its own: 0 to 65535. */
  readonly lot: number;
  /** When the first piece happened; the next ones follow at the pace of the load. */
  readonly startMs: number;
  readonly perSecond: number;
}

/** Every outcome that a bridge knows, in every format that it reads, mostly the ordinary ones. */
const ROLES = [
  ['counter_v4_json', 40],
  ['counter_v4_protobuf', 12],
  ['counter_v3', 12],
  ['counter_v3_untimed', 3],
  ['counter_tts', 12],
  ['hourly_history', 5],
  ['undecodable', 4],
  ['no_profile', 3],
  ['broken', 5],
  ['join', 2],
  ['status', 2],
] as const;
type Role = (typeof ROLES)[number][0];

const DEVICES = 200;
const REPLICA_SHARE = 0.06;
const REDELIVERY_SHARE = 0.03;
/** Seen in the field between two replicas of a network server. */
const REPLICA_LATER_MS = 10;
const GATEWAYS = ['0016c001ff10a235', '24e124fffef5a2b8'] as const;
const CHIRPSTACK_TOPIC = 'application/ae2012c2-75a1-407d-98ab-1520fb511edf/device';

/** All DevEUIs of a lot begin so. */
export function lotPrefix(lot: number): string {
  return `02c4a05${lot.toString(16).padStart(4, '0')}`;
}

/** The n-th piece of a lot: no two have the same payload, so whatever is stored is known again. */
export function createMaterial(options: MaterialOptions): (n: number) => Piece {
  const { seed, lot, startMs, perSecond } = options;
  const roles = stream(seed, `roles of ${lot}`);
  const copies = stream(seed, `copies of ${lot}`);
  const details = stream(seed, `details of ${lot}`);
  return (n) => {
    const role = weighted(roles(n), ROLES);
    const happened: Happened = {
      n,
      // A device that tells no time gets its frames timed by the reader's clock; after an outage many
      // arrive in one millisecond. Each says one thing only, so that no two mean the same moment.
      devEui: devEuiOf(lot, role, role === 'counter_v3_untimed' ? n : n % DEVICES),
      fCnt: Math.floor(n / DEVICES),
      atMs: Math.round(startMs + (n * 1000) / perSecond),
      copy: copyOf(role, copies(n)),
      detail: details(n),
    };
    return pieceOf(role, happened);
  };
}

type Copy = 'none' | 'replica' | 'redelivery';

interface Happened {
  readonly n: number;
  readonly devEui: string;
  readonly fCnt: number;
  readonly atMs: number;
  readonly copy: Copy;
  readonly detail: number;
}

/** What has no time of its own cannot be told from a replica's copy of it; a broken message has no replica. */
function copyOf(role: Role, unit: number): Copy {
  const hasReplicas =
    role !== 'counter_v3_untimed' && role !== 'broken' && role !== 'join' && role !== 'status';
  if (hasReplicas && unit < REPLICA_SHARE) return 'replica';
  return unit >= REPLICA_SHARE && unit < REPLICA_SHARE + REDELIVERY_SHARE ? 'redelivery' : 'none';
}

function devEuiOf(lot: number, role: Role, index: number): string {
  const place = ROLES.findIndex(([name]) => name === role);
  // 12 bits would do for 200 devices; an untimed one has 20 for itself.
  return `${lotPrefix(lot)}${((place << 16) + (index & 0xffff)).toString(16).padStart(5, '0')}`;
}

function pieceOf(role: Role, happened: Happened): Piece {
  switch (role) {
    case 'counter_v4_json':
      return uplink(happened, pulseCounters(happened.n), [chirpStackV4Uplink, chirpStackV4ProtobufUplink]);
    case 'counter_v4_protobuf':
      return uplink(happened, pulseCounters(happened.n), [chirpStackV4ProtobufUplink, chirpStackV4Uplink]);
    case 'counter_v3':
      return uplink(happened, pulseCounters(happened.n), [chirpStackV3Uplink, chirpStackV3Uplink]);
    case 'counter_v3_untimed': {
      const untimed = (given: Parameters<typeof chirpStackV3Uplink>[0]) =>
        chirpStackV3Uplink({ ...given, at: null });
      return uplink(happened, pulseCounters(happened.n), [untimed, untimed], { timed: false });
    }
    case 'counter_tts':
      return uplink(happened, pulseCounters(happened.n), [theThingsStackUplink, theThingsStackUplink]);
    case 'hourly_history':
      return uplink(happened, hourlyWater(happened), [chirpStackV4Uplink, chirpStackV4ProtobufUplink]);
    case 'undecodable': {
      const hex = `ff80${serialHex(happened.n)}`;
      const told = { hex, fPort: 1, profile: 'adeunis/pulse', decoding: 'failed', values: [] } as const;
      return uplink(happened, told, [chirpStackV4Uplink, chirpStackV4ProtobufUplink]);
    }
    case 'no_profile': {
      const hex = `00${serialHex(happened.n)}`;
      const told = { hex, fPort: 3, profile: 'nobody/knows-it', decoding: 'no_profile', values: [] } as const;
      return uplink(happened, told, [chirpStackV4Uplink, chirpStackV4ProtobufUplink]);
    }
    case 'broken':
      return broken(happened);
    case 'join':
    case 'status':
      return deviceEvent(role, happened);
  }
}

/** What a payload says, as the generator knows it: it asks no decoder. */
export interface Told {
  readonly hex: string;
  readonly fPort: number;
  readonly profile: string;
  readonly decoding: 'decoded' | 'failed' | 'no_profile';
  readonly values: readonly {
    readonly quantity: string;
    readonly channel: number;
    readonly value: number;
    /** Where the payload tells it; else the frame's time is the value's. */
    readonly timeMs?: number;
  }[];
}

type Format = (options: Parameters<typeof chirpStackV4Uplink>[0]) => ChaosMessage;

/** @param formats of the server, and of its replica. */
function uplink(
  { devEui, fCnt, atMs, copy }: Happened,
  { hex, fPort, profile, decoding, values }: Told,
  [format, replicaFormat]: readonly [Format, Format],
  { timed = true }: { timed?: boolean } = {},
): Piece {
  const common = { devEui, fCnt, fPort, profile, hex };
  const first = format({ ...common, at: new Date(atMs), gatewayId: GATEWAYS[0] });
  const messages = [first];
  if (copy === 'redelivery') messages.push(first);
  if (copy === 'replica') {
    const at = new Date(atMs + REPLICA_LATER_MS);
    const deduplicationId = `0b5c8f4e-1d2c-4d1f-8a55-${devEui.slice(4)}`;
    messages.push(replicaFormat({ ...common, at, deduplicationId, gatewayId: GATEWAYS[1] }));
  }
  const frameTimesMs = timed ? (copy === 'replica' ? [atMs, atMs + REPLICA_LATER_MS] : [atMs]) : null;
  return {
    messages,
    expected: {
      kind: 'frame',
      devEui,
      fCnt,
      payloadHex: hex,
      decoding,
      gateways: copy === 'replica' ? GATEWAYS : [GATEWAYS[0]],
      measurements: values.map(({ quantity, channel, value, timeMs }) => ({
        quantity,
        channel,
        value,
        timesMs: timeMs === undefined ? frameTimesMs : [timeMs],
      })),
    },
  };
}

function broken({ n, devEui, copy, detail }: Happened): Piece {
  const topic = `${CHIRPSTACK_TOPIC}/${devEui}/event`;
  const whole = chirpStackV4Uplink({ devEui, fCnt: n }).payload;
  const [name, payload] = weighted<readonly [string, string]>(detail, [
    // Cut behind the first 56 characters: they hold the fCnt, which here is n.
    [['up', whole.slice(0, 60 + (n % 200))], 1],
    [['up', chirpStackV4Uplink({ devEui: 'fedcba9876543210', fCnt: n }).payload], 1],
    [['up', `${serialHex(n)} is no event`], 1],
    [['no-such-event', whole], 1],
  ]);
  const message = { topic: `${topic}/${name}`, payload };
  return {
    messages: copy === 'redelivery' ? [message, message] : [message],
    expected: { kind: 'quarantine', topic: message.topic, payloadHex: Buffer.from(payload).toString('hex') },
  };
}

function deviceEvent(event: 'join' | 'status', { n, devEui, atMs, copy }: Happened): Piece {
  const margin = n % 40;
  const batteryLevel = n % 101;
  const payload = JSON.stringify({
    deduplicationId: `5d1f52a1-1e8a-4a53-9b10-${devEui.slice(4)}`,
    time: new Date(atMs).toISOString(),
    deviceInfo: { devEui, deviceName: `meter ${devEui}`, deviceProfileName: 'adeunis/pulse', tags: {} },
    ...(event === 'join'
      ? { devAddr: serialHex(n) }
      : { margin, externalPowerSource: false, batteryLevelUnavailable: false, batteryLevel }),
  });
  const message = { topic: `${CHIRPSTACK_TOPIC}/${devEui}/event/${event}`, payload };
  const value = (quantity: string, told: number) => ({ quantity, channel: 0, timesMs: [atMs], value: told });
  return {
    messages: copy === 'redelivery' ? [message, message] : [message],
    expected: {
      kind: 'event',
      devEui,
      event,
      atMs,
      measurements:
        event === 'join' ? [] : [value('link_margin', margin), value('battery_level', batteryLevel)],
    },
  };
}

function serialHex(n: number): string {
  return n.toString(16).padStart(8, '0');
}
