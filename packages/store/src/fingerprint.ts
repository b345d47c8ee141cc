import { createHash, hash } from 'node:crypto';
import type { DeviceEvent, Frame } from '@veilleur/domain';

/** What is hashed, put together here: nothing is allocated for a frame. A longer one gets its own bytes. */
const SCRATCH = Buffer.allocUnsafe(8192);

/** 64 bits of SHA-256, as the signed integer that PostgreSQL's bigint holds. Each part ends with a zero byte. */
function first64Bits(parts: readonly (string | Uint8Array)[]): bigint {
  // No character of UTF-16 takes more than three bytes.
  const lengthMax = parts.reduce((sum, part) => sum + 3 * part.length + 1, 0);
  const bytes = lengthMax <= SCRATCH.length ? SCRATCH : Buffer.allocUnsafe(lengthMax);
  let length = 0;
  for (const part of parts) {
    if (typeof part === 'string') length += bytes.write(part, length, 'utf8');
    else {
      bytes.set(part, length);
      length += part.length;
    }
    bytes[length] = 0;
    length += 1;
  }
  return hash('sha256', bytes.subarray(0, length), 'buffer').readBigInt64BE();
}

/** What of a frame, beside device and fCnt, tells it from another: session, port and payload. */
export function frameFingerprint(frame: Frame): bigint {
  return first64Bits([frame.sessionKey, String(frame.fPort), frame.payload]);
}

export function deviceEventFingerprint(event: DeviceEvent): bigint {
  return first64Bits([JSON.stringify(event.detail)]);
}

/** SHA-256 over topic and payload of a message that could not be read. */
export function quarantineDigest(topic: string, payload: Uint8Array): Buffer {
  return createHash('sha256').update(topic).update('\0').update(payload).digest();
}
