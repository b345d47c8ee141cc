import { createHash, hash } from 'node:crypto';
import type { DeviceEvent, Frame } from '@veilleur/domain';

/** 64 bits of SHA-256, as the signed integer that PostgreSQL's bigint holds. Each part ends with a zero byte. */
function first64Bits(parts: readonly (string | Uint8Array)[]): bigint {
  const bytes = Buffer.concat(
    parts.flatMap((part) => [typeof part === 'string' ? Buffer.from(part) : part, ZERO]),
  );
  return hash('sha256', bytes, 'buffer').readBigInt64BE();
}

const ZERO = Buffer.alloc(1);

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
