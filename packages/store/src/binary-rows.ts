import { finished } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { BinaryBytes } from './binary-bytes.ts';

const COPY_SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const JSONB_VERSION = 1;

/**
 * Rows in the format of `copy … from stdin (format binary)`: what the server neither parses nor
 * converts. Each row is `row()`, then its columns in order, with the column's own type.
 * Source: PostgreSQL documentation, COPY, "Binary Format".
 */
export class BinaryRows {
  readonly #columns: number;
  readonly #bytes: BinaryBytes;

  constructor(columns: number, expectedRows: number, bytesARow: number) {
    this.#columns = columns;
    this.#bytes = new BinaryBytes(32 + expectedRows * bytesARow);
    this.#bytes.bytes(COPY_SIGNATURE);
    this.#bytes.int32(0);
    this.#bytes.int32(0);
  }

  row(): void {
    this.#bytes.int16(this.#columns);
  }

  null(): void {
    this.#bytes.int32(-1);
  }

  boolean(value: boolean): void {
    this.#bytes.int32(1);
    this.#bytes.byte(value ? 1 : 0);
  }

  smallint(value: number | null): void {
    if (value === null) this.null();
    else {
      this.#bytes.int32(2);
      this.#bytes.int16(value);
    }
  }

  integer(value: number | null): void {
    if (value === null) this.null();
    else {
      this.#bytes.int32(4);
      this.#bytes.int32(value);
    }
  }

  bigint(value: number | bigint | null): void {
    if (value === null) this.null();
    else {
      this.#bytes.int32(8);
      if (typeof value === 'bigint') this.#bytes.bigInt64(value);
      else this.#bytes.int64(value);
    }
  }

  double(value: number): void {
    this.#bytes.int32(8);
    this.#bytes.float64(value);
  }

  timestamptz(value: Date): void {
    this.#bytes.int32(8);
    this.#bytes.moment(value.getTime());
  }

  bytea(value: Uint8Array): void {
    this.#bytes.int32(value.length);
    this.#bytes.bytes(value);
  }

  text(value: string | null): void {
    if (value === null) this.null();
    else this.#bytes.sizedText(value);
  }

  /** @param json serialised. */
  jsonb(json: string): void {
    this.#bytes.sizedText(json, JSONB_VERSION);
  }

  /**
   * Ends the rows and sends them; nothing may be added after it.
   *
   * @param into a table with its columns: `measurement (time, value)`.
   */
  async copy(client: PoolClient, into: string): Promise<void> {
    this.#bytes.int16(-1);
    const sink = client.query(copyFrom(`copy ${into} from stdin (format binary)`));
    const done = finished(sink);
    sink.end(this.#bytes.toBuffer());
    await done;
  }
}
