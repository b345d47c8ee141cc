import { hash } from 'node:crypto';

/** What a set of frames adds up to, whatever their order: a changed, lost or doubled frame changes it. */
export interface FrameDigest {
  readonly frames: number;
  readonly fCntSum: number;
  /** Of `frameHash`. */
  readonly hashSum: number;
  /** Of `receivedAtTerm`. */
  readonly receivedAtSum: number;
}

const SINCE_MS = Date.UTC(2020, 0, 1);

/** Milliseconds since 2020, UTC: so some 45,000 frames of a session add up exactly. */
export function receivedAtTerm(receivedAtMs: number): number {
  return receivedAtMs - SINCE_MS;
}

const HEAD_BYTES = 10;
let room = Buffer.alloc(HEAD_BYTES + 256);

/**
 * The first 32 bits of SHA-256 over fCnt (8 bytes), fPort (2 bytes) and FRMPayload, which the database can
 * work out from its own columns: `sessionDigests` of `@veilleur/store`.
 */
export function frameHash(fCnt: number, fPort: number, payload: Uint8Array): number {
  const length = HEAD_BYTES + payload.length;
  if (length > room.length) room = Buffer.alloc(length);
  room.writeUInt32BE(Math.floor(fCnt / 2 ** 32), 0);
  room.writeUInt32BE(fCnt >>> 0, 4);
  room.writeInt16BE(fPort, 8);
  room.set(payload, HEAD_BYTES);
  return hash('sha256', room.subarray(0, length), 'buffer').readUInt32BE(0);
}
