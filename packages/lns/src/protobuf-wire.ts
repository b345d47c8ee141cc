/**
 * A reader of protobuf's wire format for the messages that a schema below names.
 *
 * Why not google-protobuf, which the ChirpStack package brings: its decoder does not hold an embedded
 * message's length against the end of the buffer. Eight bytes (`7abaa4cdfef73d3d`, a field that claims
 * gigabytes) kept it busy for 14 s, measured with 3.21, and an LNS event is input of strangers. Here
 * every length is checked before it is believed, each byte is read once, and what the schema does not
 * name (the decoded `object`, gateways' metadata) is stepped over, which also halves the time.
 */
export type ProtobufSchema = Readonly<Record<number, readonly [name: string, type: ProtobufType]>>;

export type ProtobufType =
  | 'uint32'
  | 'int32'
  | 'bool'
  | 'float'
  | 'double'
  | 'string'
  /** As base64, as the JSON mapping writes it. */
  | 'bytes'
  /** `google.protobuf.Timestamp`, as RFC 3339 to the millisecond. */
  | 'timestamp'
  /** `map<string, string>`. */
  | 'map'
  | { readonly enumNames: readonly string[] }
  | { readonly message: ProtobufSchema }
  | { readonly repeated: ProtobufSchema };

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const TIMESTAMP_SECONDS = 1;
const TIMESTAMP_NANOS = 2;
const MAP_ENTRY: ProtobufSchema = { 1: ['key', 'string'], 2: ['value', 'string'] };

/**
 * The message in the shape of the JSON mapping. As proto3 has it, a scalar that is not on the wire has
 * its default, the last of several wins, and a field of another wire type than the schema's is unknown.
 *
 * @throws RangeError where the bytes are not a protobuf message, or a uint32 has more than 32 bits.
 */
export function decodeProtobuf(bytes: Uint8Array, schema: ProtobufSchema): Record<string, unknown> {
  return readMessage(new WireReader(bytes), bytes.length, schema);
}

function readMessage(wire: WireReader, end: number, schema: ProtobufSchema): Record<string, unknown> {
  const message = defaultsOf(schema);
  while (wire.at < end) {
    const { field, wireType } = wire.tag();
    const [name, type] = schema[field] ?? [];
    if (name === undefined || type === undefined || wireTypeOf(type) !== wireType) wire.skip(wireType);
    else message[name] = readField(wire, type, message[name]);
    if (wire.at > end) throw new RangeError(`a field runs past its message's end, byte ${end}`);
  }
  return message;
}

function readField(wire: WireReader, type: ProtobufType, before: unknown): unknown {
  switch (type) {
    case 'uint32':
      return wire.uint32();
    case 'int32':
      return wire.int32();
    case 'bool':
      return wire.bool();
    case 'float':
      return shortestOfFloat32(wire.float());
    case 'double':
      return wire.double();
    case 'string':
      return wire.text('utf8');
    case 'bytes':
      return wire.text('base64');
    case 'timestamp':
      return readTimestamp(wire, wire.lengthEnd());
    case 'map': {
      const { key, value } = readMessage(wire, wire.lengthEnd(), MAP_ENTRY);
      // Into the one map, not into a copy: a megabyte of tiny entries must not cost its square.
      if (key !== '__proto__') (before as Record<string, unknown>)[String(key)] = value;
      return before;
    }
    default:
      if ('message' in type) return readMessage(wire, wire.lengthEnd(), type.message);
      if ('repeated' in type) {
        (before as unknown[]).push(readMessage(wire, wire.lengthEnd(), type.repeated));
        return before;
      }
      return enumNameOf(type.enumNames, wire.int32());
  }
}

function readTimestamp(wire: WireReader, end: number): string | undefined {
  let seconds = 0;
  let nanos = 0;
  while (wire.at < end) {
    const { field, wireType } = wire.tag();
    if (field === TIMESTAMP_SECONDS && wireType === VARINT) seconds = wire.int64();
    else if (field === TIMESTAMP_NANOS && wireType === VARINT) nanos = wire.int32();
    else wire.skip(wireType);
  }
  if (wire.at > end) throw new RangeError(`a timestamp runs past its end, byte ${end}`);
  const date = new Date(seconds * 1000 + Math.floor(nanos / 1e6));
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function wireTypeOf(type: ProtobufType): number {
  if (type === 'uint32' || type === 'int32' || type === 'bool') return VARINT;
  if (type === 'float') return FIXED_32;
  if (type === 'double') return FIXED_64;
  return typeof type === 'object' && 'enumNames' in type ? VARINT : LENGTH_DELIMITED;
}

function defaultsOf(schema: ProtobufSchema): Record<string, unknown> {
  const defaults: Record<string, unknown> = {};
  for (const [name, type] of Object.values(schema)) {
    if (type === 'string' || type === 'bytes') defaults[name] = '';
    else if (type === 'bool') defaults[name] = false;
    else if (type === 'map') defaults[name] = {};
    else if (type === 'timestamp') defaults[name] = undefined;
    else if (typeof type === 'string') defaults[name] = 0;
    else if ('enumNames' in type) defaults[name] = type.enumNames[0];
    else defaults[name] = 'repeated' in type ? [] : undefined;
  }
  return defaults;
}

/** As the JSON mapping writes an enum: by name, or by number where the server is newer than we are. */
function enumNameOf(names: readonly string[], value: number): string {
  return names[value] ?? String(value);
}

/**
 * The shortest decimal that is this `float`: on the wire -6.2 dB is -6.199999809265137, and JSON,
 * written from the same 32 bits, says -6.2. Nine digits tell any two floats apart.
 */
function shortestOfFloat32(float: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return float;
}

/** The bytes and where we are in them. Nothing reads past the end. */
class WireReader {
  at = 0;
  readonly #bytes: Buffer;
  /** The upper half of the varint read last; its lower half is returned. */
  #high = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  tag(): { field: number; wireType: number } {
    const tag = this.uint32();
    if (tag < 8) throw new RangeError(`field 0 at byte ${this.at}`);
    return { field: tag >>> 3, wireType: tag & 7 };
  }

  uint32(): number {
    const low = this.#varint();
    if (this.#high !== 0) throw new RangeError(`more than 32 bits before byte ${this.at}`);
    return low;
  }

  int32(): number {
    return this.#varint() | 0;
  }

  bool(): boolean {
    return this.#varint() !== 0 || this.#high !== 0;
  }

  /** Exact up to 2^53, in seconds some 285 million years. */
  int64(): number {
    const low = this.#varint();
    return (this.#high | 0) * 0x1_0000_0000 + low;
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  text(encoding: 'utf8' | 'base64'): string {
    const end = this.lengthEnd();
    const text = this.#bytes.toString(encoding, this.at, end);
    this.at = end;
    return text;
  }

  /** Reads the length of what follows, and gives where that ends. */
  lengthEnd(): number {
    const length = this.uint32();
    const end = this.at + length;
    if (end > this.#bytes.length)
      throw new RangeError(`${length} bytes claimed at byte ${this.at}, too many`);
    return end;
  }

  skip(wireType: number): void {
    switch (wireType) {
      case VARINT:
        this.#varint();
        break;
      case FIXED_64:
        this.#take(8);
        break;
      case LENGTH_DELIMITED:
        this.at = this.lengthEnd();
        break;
      case FIXED_32:
        this.#take(4);
        break;
      default:
        // 3 and 4 are proto2's groups, which ChirpStack does not have; 6 and 7 do not exist.
        throw new RangeError(`wire type ${wireType} at byte ${this.at}`);
    }
  }

  #take(length: number): number {
    const start = this.at;
    if (start + length > this.#bytes.length) throw new RangeError(`cut off at byte ${start}`);
    this.at = start + length;
    return start;
  }

  #varint(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new RangeError('cut off within a number');
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift > 28) high |= bits << (shift - 32);
      else if (shift === 28) high = bits >>> 4;
      if (byte < 0x80) {
        this.#high = high >>> 0;
        return low >>> 0;
      }
    }
    throw new RangeError(`a number of more than 64 bits before byte ${this.at}`);
  }
}
