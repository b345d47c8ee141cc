import { derive, hash, type Key } from '../seeded.ts';

/** Four hexadecimal digits of 16 bits, for ids on the hot path: `toString(16).padStart` costs ten times as much. */
const HEX16 = Array.from({ length: 0x1_0000 }, (_, bits) => bits.toString(16).padStart(4, '0'));

function hex16(bits: number): string {
  return HEX16[bits & 0xffff] as string;
}

/** A UUID of version 4 in form (RFC 9562, clause 5.4), repeatable in content. */
export function quickUuid(key: Key, n: number): string {
  const a = hash(key, n);
  const b = hash(a, 1);
  const c = hash(b, 2);
  const d = hash(b, 3);
  const version = 0x4000 | (b & 0x0fff);
  const variant = 0x8000 | ((c >>> 16) & 0x3fff);
  return `${hex16(a >>> 16)}${hex16(a)}-${hex16(b >>> 16)}-${hex16(version)}-${hex16(variant)}-${hex16(c)}${hex16(d >>> 16)}${hex16(d)}`;
}

let lastSecond = Number.NaN;
let lastText = '';

/** RFC 3339 to the millisecond, without the offset. Events come in time order, so the second is kept. */
export function timeText(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, 20);
    lastSecond = second;
  }
  const ms = Math.floor(timeMs) - second * 1000;
  return lastText + (ms < 10 ? `00${ms}` : ms < 100 ? `0${ms}` : String(ms));
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** Ids that do not change between runs. */
export const TENANT = { key: derive(0, 'tenant'), name: 'Ville simulée' } as const;
export const REGION = { commonName: 'EU868', configId: 'eu868' } as const;
