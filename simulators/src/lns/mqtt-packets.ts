/**
 * The little of MQTT 3.1.1 (OASIS, 2014) that publishing at QoS 1 needs. Version 3.1.1, for version 5 makes
 * the publisher keep to the broker's Receive Maximum, which Mosquitto sets to 20.
 */
export const PINGREQ = Buffer.from([0xc0, 0]);
export const DISCONNECT = Buffer.from([0xe0, 0]);

const PUBLISH_QOS_1 = 0x32;
export const DUP_FLAG = 0x08;

export interface ConnectOptions {
  readonly clientId: string;
  readonly keepAliveS: number;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export function connectPacket({ clientId, keepAliveS, username, password }: ConnectOptions): Buffer {
  const CLEAN_SESSION = 0x02;
  const flags = CLEAN_SESSION | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
  const body = Buffer.concat([
    field('MQTT'),
    Buffer.from([4, flags, keepAliveS >> 8, keepAliveS & 0xff]),
    field(clientId),
    ...(username === undefined ? [] : [field(username)]),
    ...(password === undefined ? [] : [field(password)]),
  ]);
  return Buffer.concat([Buffer.from([0x10, ...remainingLength(body.length)]), body]);
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function remainingLength(length: number): number[] {
  const bytes: number[] = [];
  let rest = length;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return bytes;
}

/** No PUBLISH has more before its payload than this and its topic's bytes. */
const LONGEST_FRAME = 1 + 4 + 2 + 2;

/** How much room `writePublish` may need. */
export function publishRoom(topic: string, payload: string | Uint8Array): number {
  return (
    LONGEST_FRAME + topic.length * 3 + (typeof payload === 'string' ? payload.length * 3 : payload.length)
  );
}

/** The remaining length of a message of 128 bytes to 16 kB, which nearly all are. */
const USUAL_LENGTH_BYTES = 2;

/**
 * Writes one PUBLISH at QoS 1 and gives the place behind it. The text is written once, where it stays: its
 * length in bytes is known afterwards, and a message of an unusual size is moved.
 */
export function writePublish(
  into: Buffer,
  start: number,
  topic: string,
  payload: string | Uint8Array,
  packetId: number,
): number {
  const bodyAt = start + 1 + USUAL_LENGTH_BYTES;
  const topicBytes = into.write(topic, bodyAt + 2, 'utf8');
  into[bodyAt] = topicBytes >> 8;
  into[bodyAt + 1] = topicBytes & 0xff;
  let at = bodyAt + 2 + topicBytes;
  into[at] = packetId >> 8;
  into[at + 1] = packetId & 0xff;
  at += 2;
  if (typeof payload === 'string') at += into.write(payload, at, 'utf8');
  else {
    into.set(payload, at);
    at += payload.length;
  }
  const remaining = at - bodyAt;
  into[start] = PUBLISH_QOS_1;
  if (remaining >= 0x80 && remaining < 0x4000) {
    into[start + 1] = (remaining & 0x7f) | 0x80;
    into[start + 2] = remaining >> 7;
    return at;
  }
  const length = remainingLength(remaining);
  into.copyWithin(start + 1 + length.length, bodyAt, at);
  into.set(length, start + 1);
  return start + 1 + length.length + remaining;
}

/**
 * Reads what a broker says to a publisher; packets may be cut anywhere.
 *
 * @returns a function that takes bytes as they come.
 */
export function answerReader(handle: {
  readonly connack: (returnCode: number) => void;
  readonly puback: (packetId: number) => void;
}): (bytes: Buffer) => void {
  let kept: Buffer | undefined;
  return (bytes) => {
    const all = kept === undefined ? bytes : Buffer.concat([kept, bytes]);
    let at = 0;
    while (at + 2 <= all.length) {
      // Of CONNACK, PUBACK and PINGRESP none is longer than a byte can say.
      const end = at + 2 + (all[at + 1] as number);
      if (end > all.length) break;
      const type = (all[at] as number) >> 4;
      if (type === 4) handle.puback(((all[at + 2] as number) << 8) | (all[at + 3] as number));
      else if (type === 2) handle.connack(all[at + 3] as number);
      at = end;
    }
    kept = at < all.length ? Buffer.from(all.subarray(at)) : undefined;
  };
}
