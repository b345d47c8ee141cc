/** Microseconds from 1970-01-01 to 2000-01-01, where PostgreSQL's clock starts. */
const POSTGRES_EPOCH_MS = Date.UTC(2000, 0);
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Bytes in network order that grow as they are written: the parts of PostgreSQL's binary formats.
 * A value of 64 bits is written from a number, exact up to 2^53.
 */
export class BinaryBytes {
  #bytes: Buffer;
  #length = 0;

  constructor(expectedLength: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, expectedLength));
  }

  toBuffer(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  int16(value: number): void {
    this.#length = this.#room(2).writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#length = this.#room(4).writeInt32BE(value, this.#length);
  }

  int64(value: number): void {
    const bytes = this.#room(8);
    const high = Math.floor(value / TWO_TO_32);
    bytes.writeInt32BE(high, this.#length);
    this.#length = bytes.writeUInt32BE(value - high * TWO_TO_32, this.#length + 4);
  }

  bigInt64(value: bigint): void {
    this.#length = this.#room(8).writeBigInt64BE(value, this.#length);
  }

  float64(value: number): void {
    this.#length = this.#room(8).writeDoubleBE(value, this.#length);
  }

  /** A timestamptz: microseconds since 2000. */
  moment(epochMs: number): void {
    this.int64((epochMs - POSTGRES_EPOCH_MS) * 1000);
  }

  byte(value: number): void {
    this.#length = this.#room(1).writeUInt8(value, this.#length);
  }

  bytes(value: Uint8Array): void {
    this.#room(value.length).set(value, this.#length);
    this.#length += value.length;
  }

  /** Text as UTF-8 behind its length in bytes. `prefix` counts as part of it (jsonb's version). */
  sizedText(text: string, prefix?: number): void {
    // No character of UTF-16 takes more than three bytes.
    const bytes = this.#room(5 + 3 * text.length);
    const start = this.#length + 4;
    let end = start;
    if (prefix !== undefined) end = bytes.writeUInt8(prefix, end);
    end += bytes.write(text, end, 'utf8');
    bytes.writeInt32BE(end - start, this.#length);
    this.#length = end;
  }

  #room(more: number): Buffer {
    if (this.#length + more > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + more));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}
