import { BinaryBytes } from './binary-bytes.ts';

/** OIDs of `pg_type`, fixed since PostgreSQL had them. */
const ELEMENT = {
  integer: { oid: 23, size: 4, write: (bytes: BinaryBytes, value: number) => bytes.int32(value) },
  bigint: { oid: 20, size: 8, write: (bytes: BinaryBytes, value: bigint) => bytes.bigInt64(value) },
  bigintOfNumber: { oid: 20, size: 8, write: (bytes: BinaryBytes, value: number) => bytes.int64(value) },
  double: { oid: 701, size: 8, write: (bytes: BinaryBytes, value: number) => bytes.float64(value) },
  timestamptz: {
    oid: 1184,
    size: 8,
    write: (bytes: BinaryBytes, value: Date) => bytes.moment(value.getTime()),
  },
} as const;

/**
 * A one-dimensional array without nulls, as a query's parameter in binary: pg sends a Buffer as it is.
 * Source: PostgreSQL's `array_recv`.
 */
function binaryArray<T>(
  element: { oid: number; size: number; write: (bytes: BinaryBytes, value: T) => void },
  values: readonly T[],
): Buffer {
  const bytes = new BinaryBytes(20 + values.length * (4 + element.size));
  bytes.int32(values.length === 0 ? 0 : 1);
  bytes.int32(0);
  bytes.int32(element.oid);
  if (values.length > 0) {
    bytes.int32(values.length);
    bytes.int32(1);
  }
  for (const value of values) {
    bytes.int32(element.size);
    element.write(bytes, value);
  }
  return bytes.toBuffer();
}

export const integers = (values: readonly number[]) => binaryArray(ELEMENT.integer, values);
export const bigints = (values: readonly bigint[]) => binaryArray(ELEMENT.bigint, values);
export const wholeNumbers = (values: readonly number[]) => binaryArray(ELEMENT.bigintOfNumber, values);
export const doubles = (values: readonly number[]) => binaryArray(ELEMENT.double, values);
export const moments = (values: readonly Date[]) => binaryArray(ELEMENT.timestamptz, values);
