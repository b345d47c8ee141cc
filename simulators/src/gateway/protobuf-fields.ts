/** The fields of one protobuf message; what is not there has its default. */
export interface ProtobufFields {
  has(field: number): boolean;
  number(field: number): number;
  bytes(field: number): Uint8Array;
  text(field: number): string;
  message(field: number): ProtobufFields;
  messages(field: number): readonly ProtobufFields[];
}

const NOTHING = new Uint8Array(0);

/**
 * Reads one message of trusted size: a broker's payload, whose lengths are held against its end.
 *
 * @throws RangeError where the bytes are not a message.
 */
export function readFields(bytes: Uint8Array): ProtobufFields {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 0x80) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('cut off within a number');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of more than 64 bits');
  };
  const taken = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError(`${length} bytes claimed at byte ${at}, too many`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    const field = Math.floor(tag / 8);
    let value: number | Uint8Array;
    if (wireType === 0) value = varint();
    else if (wireType === 1) value = taken(8);
    else if (wireType === 2) value = taken(varint());
    else if (wireType === 5) value = taken(4);
    else throw new RangeError(`wire type ${wireType} at byte ${at}`);
    const values = fields.get(field);
    if (values === undefined) fields.set(field, [value]);
    else values.push(value);
  }
  const bytesOf = (field: number): Uint8Array => {
    const value = fields.get(field)?.at(-1);
    return value instanceof Uint8Array ? value : NOTHING;
  };
  return {
    has: (field) => fields.has(field),
    number: (field) => {
      const value = fields.get(field)?.at(-1);
      return typeof value === 'number' ? value : 0;
    },
    bytes: bytesOf,
    text: (field) => Buffer.from(bytesOf(field)).toString('utf8'),
    message: (field) => readFields(bytesOf(field)),
    messages: (field) =>
      (fields.get(field) ?? [])
        .filter((value) => value instanceof Uint8Array)
        .map((value) => readFields(value)),
  };
}
