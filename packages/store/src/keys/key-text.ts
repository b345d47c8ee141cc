import { createHash, randomBytes } from 'node:crypto';

/** `vlr_`, so that scanners of repositories can find one that was published; prefix; 32 bytes in base64url. */
const KEY = /^vlr_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;

/** A new key as its owner sees it, once, and what is kept of it. */
export interface NewKeyText {
  readonly text: string;
  readonly prefix: string;
  readonly sha256: Buffer;
}

export function newKeyText(): NewKeyText {
  const prefix = randomBytes(4).toString('hex');
  const text = `vlr_${prefix}_${randomBytes(32).toString('base64url')}`;
  return { text, prefix, sha256: digestOf(text) };
}

/** The part by which a key is found; null where the text is none of our keys. */
export function prefixOf(text: string): string | null {
  return KEY.exec(text)?.[1] ?? null;
}

export function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
