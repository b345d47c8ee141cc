import { DevEui, storableText } from '@veilleur/domain';
import { NAME_LENGTH_MAX } from './storable-json.ts';

const CHIRPSTACK_EVENTS = [
  'up',
  'join',
  'ack',
  'txack',
  'log',
  'error',
  'status',
  'location',
  'integration',
] as const;
export type ChirpStackEventName = (typeof CHIRPSTACK_EVENTS)[number];

/** ChirpStack up to 3.10 had a topic for each event beside `command`, and called an uplink `rx`. */
const CHIRPSTACK_OLD_EVENTS = ['rx', 'join', 'ack', 'error', 'status', 'location'] as const;

const TTS_EVENTS = [
  'up',
  'join',
  'down/ack',
  'down/nack',
  'down/sent',
  'down/failed',
  'location/solved',
] as const;
export type TtsEventName = (typeof TTS_EVENTS)[number];

export interface ChirpStackTopic {
  readonly server: 'chirpstack';
  readonly applicationId: string;
  readonly devEui: DevEui;
  readonly event: ChirpStackEventName;
}

export interface TtsTopic {
  readonly server: 'the-things-stack';
  readonly event: TtsEventName;
}

/** `event/+` also brings kinds of a later ChirpStack: they are quarantined as unknown, not missed. */
export const CHIRPSTACK_TOPIC_FILTERS: readonly string[] = [
  'application/+/device/+/event/+',
  ...CHIRPSTACK_OLD_EVENTS.map((event) => `application/+/device/+/${event}`),
];

/** One filter an event: `v3/+/devices/#` would also bring our own commands and every uplink twice (`up/normalized`). */
export const TTS_TOPIC_FILTERS: readonly string[] = TTS_EVENTS.map((event) => `v3/+/devices/+/${event}`);

const CHIRPSTACK_TOPIC = new RegExp(
  `^application/([^/]+)/device/([0-9a-fA-F]{16})/(?:event/(${CHIRPSTACK_EVENTS.join('|')})|(${CHIRPSTACK_OLD_EVENTS.join('|')}))$`,
);
const TTS_TOPIC = new RegExp(`^v3/[^/]+/devices/[^/]+/(${TTS_EVENTS.join('|')})$`);

/** What a topic says, or null for one that no server of ours publishes on. */
export function parseTopic(topic: string): ChirpStackTopic | TtsTopic | null {
  const chirpStack = CHIRPSTACK_TOPIC.exec(topic);
  if (chirpStack !== null) {
    const [, applicationId = '', devEui = '', event, oldEvent] = chirpStack;
    const name = event ?? (oldEvent === 'rx' ? 'up' : oldEvent);
    return {
      server: 'chirpstack',
      applicationId: storableText(applicationId, NAME_LENGTH_MAX),
      devEui: DevEui(devEui),
      event: name as ChirpStackEventName,
    };
  }
  const tts = TTS_TOPIC.exec(topic);
  return tts === null ? null : { server: 'the-things-stack', event: tts[1] as TtsEventName };
}
