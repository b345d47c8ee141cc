import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { VeilleurError } from '@veilleur/domain';

/** One event of a recorded trace, as it is to be published. */
export interface RecordedEvent {
  /** 1 for the first line of the file. */
  readonly line: number;
  readonly topic: string;
  readonly payload: string;
  /** When it was recorded; null where the line does not say. */
  readonly atMs: number | null;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a trace line by line, gzip or plain: files larger than memory are welcome. A line is either a
 * message with its topic (`{"topic": ..., "payload": ...}`, as `mosquitto_sub -F %J` prints it) or an
 * event by itself, whose topic is made from what it says.
 *
 * @throws VeilleurError `trace_line_invalid` naming the line.
 */
export async function* readTrace(file: string): AsyncGenerator<RecordedEvent> {
  const bytes = createReadStream(file);
  const text = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  // A stream that fails behind a pipe would otherwise end in silence.
  bytes.on('error', (error) => text.destroy(error));
  let line = 0;
  for await (const content of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    if (content.trim() !== '') yield toEvent(content, line, file);
  }
}

function toEvent(content: string, line: number, file: string): RecordedEvent {
  const invalid = (why: string) =>
    new VeilleurError('trace_line_invalid', `${file}, line ${line}: ${why}`, {
      remedy: 'A line holds one event as the network server published it, or {"topic": ..., "payload": ...}.',
    });
  let json: Json;
  try {
    json = JSON.parse(content) as Json;
  } catch {
    throw invalid('not JSON');
  }
  if (json === null || typeof json !== 'object') throw invalid('not an object');
  const { topic, payload } = json;
  if (typeof topic === 'string' && payload !== undefined) {
    return {
      line,
      topic,
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
      atMs: momentOf(json),
    };
  }
  const derived = topicOf(json);
  if (derived === null) throw invalid('it names no device, so no topic can be made for it');
  return { line, topic: derived, payload: content, atMs: momentOf(json) };
}

/** The topic that the network server would have published the event on. */
function topicOf(event: Json): string | null {
  const { devEUI, deviceInfo, end_device_ids: ids } = event;
  if (typeof devEUI === 'string') {
    const application = typeof event.applicationID === 'string' ? event.applicationID : '1';
    return `application/${application}/device/${devEUI}/event/${kindOf(event)}`;
  }
  if (isObject(deviceInfo) && typeof deviceInfo.devEui === 'string') {
    const application = deviceInfo.applicationId;
    return `application/${typeof application === 'string' ? application : '1'}/device/${deviceInfo.devEui}/event/${kindOf(event)}`;
  }
  if (isObject(ids) && typeof ids.device_id === 'string') {
    const kind = 'join_accept' in event ? 'join' : 'location_solved' in event ? 'location/solved' : 'up';
    return `v3/replay@ttn/devices/${ids.device_id}/${kind}`;
  }
  return null;
}

/** ChirpStack's kinds of event, by the field that no other kind has. */
function kindOf(event: Json): string {
  const kinds: readonly (readonly [string, string])[] = [
    ['fCnt', 'up'],
    ['margin', 'status'],
    ['acknowledged', 'ack'],
    ['downlinkId', 'txack'],
    ['level', 'log'],
    ['location', 'location'],
    ['error', 'error'],
  ];
  return kinds.find(([field]) => field in event)?.[1] ?? 'join';
}

function momentOf(event: Json): number | null {
  for (const field of ['_timestamp', 'time', 'publishedAt', 'received_at', 'tst']) {
    const value = event[field];
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  }
  return null;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null;
}
