import { messageOf } from '@veilleur/domain';
import { readChirpStackV3 } from './chirpstack-v3.ts';
import { readChirpStackV4 } from './chirpstack-v4.ts';
import { decodeChirpStackV4 } from './chirpstack-v4-protobuf.ts';
import { broken, type LnsReading } from './reading.ts';
import { readTheThingsStackV3 } from './the-things-stack-v3.ts';
import { type ChirpStackTopic, parseTopic, type TtsTopic } from './topic.ts';

/**
 * One message of a network server, as the MQTT broker delivered it, as a frame or a device event.
 * The topic tells the server and the event, the bytes tell the encoding, the event tells the version:
 * nothing is configured, so a fleet may change servers message by message.
 *
 * Never throws, whatever the bytes: what can't be read is `broken`, for quarantine.
 */
export function readLnsMessage(topic: string, payload: Uint8Array): LnsReading {
  const parsedTopic = parseTopic(topic);
  if (parsedTopic === null) return broken('topic_unknown', topic, null);
  const devEui = parsedTopic.server === 'chirpstack' ? parsedTopic.devEui : null;
  if (payload.length === 0) return broken('payload_empty', 'no bytes', devEui);
  try {
    return read(parsedTopic, payload);
  } catch (thrown) {
    return broken('reader_failed', messageOf(thrown), devEui);
  }
}

function read(topic: ChirpStackTopic | TtsTopic, payload: Uint8Array): LnsReading {
  if (topic.server === 'chirpstack' && !isJsonObject(payload)) return readProtobuf(topic, payload);
  let event: unknown;
  try {
    // Not fatal on invalid UTF-8: a wrong byte in a name becomes U+FFFD there, and in base64 it is found out.
    event = JSON.parse(textOf(payload));
  } catch (thrown) {
    return broken('json_invalid', messageOf(thrown), topic.server === 'chirpstack' ? topic.devEui : null);
  }
  if (topic.server === 'the-things-stack') return readTheThingsStackV3(topic, event);
  if (Object.hasOwn(event as object, 'devEUI')) return readChirpStackV3(topic, event);
  return readChirpStackV4(topic, 'chirpstack-v4-json', event);
}

function readProtobuf(topic: ChirpStackTopic, payload: Uint8Array): LnsReading {
  let event: object | undefined;
  try {
    event = decodeChirpStackV4(topic.event, payload);
  } catch (thrown) {
    return broken('protobuf_invalid', messageOf(thrown), topic.devEui);
  }
  if (event === undefined) {
    return broken('event_unsupported', `ChirpStack v4 has no event "${topic.event}"`, topic.devEui);
  }
  return readChirpStackV4(topic, 'chirpstack-v4-protobuf', event);
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
}

const JSON_WHITESPACE = new Set([0x20, 0x09, 0x0a, 0x0d]);
const OPENING_BRACE = 0x7b;

/**
 * Whether the first byte that is not whitespace opens an object. Whitespace has to be looked past, not
 * taken as a sign of JSON: most protobuf events begin with 0x0A, the tag of field 1, which is also a
 * line feed. What follows is the field's length, and no first field (a UUID of 36 bytes, a timestamp of
 * at most 12) is 123 bytes long, which is what `{` would say.
 */
function isJsonObject(payload: Uint8Array): boolean {
  return payload.find((byte) => !JSON_WHITESPACE.has(byte)) === OPENING_BRACE;
}
