/** A writer of protobuf's wire format: fields are written in the order of the calls, defaults left out. */
export class ProtobufWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(size = 4096) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  /** A copy of what was written; the writer is empty again. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#at);
    this.#bytes.copy(taken, 0, 0, this.#at);
    this.#at = 0;
    return taken;
  }

  /** Whole numbers of up to 32 bits, enums included. */
  uint32(field: number, value: number): void {
    if (value === 0) return;
    this.#varint((field << 3) | 0);
    this.#varint(value);
  }

  /** Negative numbers take ten bytes, as the format has it. */
  int32(field: number, value: number): void {
    if (value === 0) return;
    this.#varint((field << 3) | 0);
    this.#signed(value);
  }

  bool(field: number, value: boolean): void {
    this.uint32(field, value ? 1 : 0);
  }

  float(field: number, value: number): void {
    if (value === 0) return;
    this.#varint((field << 3) | 5);
    this.#room(4);
    this.#at = this.#bytes.writeFloatLE(value, this.#at);
  }

  double(field: number, value: number): void {
    if (value === 0) return;
    this.#varint((field << 3) | 1);
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  text(field: number, value: string): void {
    if (value === '') return;
    this.#varint((field << 3) | 2);
    const length = Buffer.byteLength(value);
    this.#varint(length);
    this.#room(length);
    this.#at += this.#bytes.write(value, this.#at, length, 'utf8');
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#varint((field << 3) | 2);
    this.#varint(value.length);
    this.raw(value);
  }

  /** Fields that were written before and elsewhere. */
  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** An embedded message of up to 16 kB. */
  message(field: number, write: () => void): void {
    this.#varint((field << 3) | 2);
    this.#room(2);
    // Two bytes are kept for a length that is not known yet: a varint may be longer than it need be.
    const lengthAt = this.#at;
    this.#at += 2;
    write();
    const length = this.#at - lengthAt - 2;
    if (length >= 1 << 14) throw new RangeError(`an embedded message of ${length} bytes`);
    if (length < 0x80) {
      this.#bytes.copy(this.#bytes, lengthAt + 1, lengthAt + 2, this.#at);
      this.#at -= 1;
      this.#bytes[lengthAt] = length;
      return;
    }
    this.#bytes[lengthAt] = (length & 0x7f) | 0x80;
    this.#bytes[lengthAt + 1] = length >> 7;
  }

  /** `google.protobuf.Timestamp` or `Duration`. */
  time(field: number, timeMs: number): void {
    const seconds = Math.floor(timeMs / 1000);
    this.message(field, () => {
      if (seconds !== 0) {
        this.#varint(0x08);
        this.#long(seconds);
      }
      this.uint32(2, Math.round((timeMs - seconds * 1000) * 1e6));
    });
  }

  /** `map<string, string>`. */
  map(field: number, entries: Readonly<Record<string, string>>): void {
    for (const [key, value] of Object.entries(entries)) {
      this.message(field, () => {
        this.text(1, key);
        this.text(2, value);
      });
    }
  }

  #varint(value: number): void {
    this.#room(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Up to 2^53, not negative. */
  #long(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#at++] = rest;
  }

  #signed(value: number): void {
    if (value >= 0) {
      this.#varint(value);
      return;
    }
    // Sign extension to 64 bits: nine groups of seven, and the last bit.
    this.#room(10);
    let rest = value;
    for (let group = 0; group < 9; group++) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.#bytes[this.#at++] = 1;
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
