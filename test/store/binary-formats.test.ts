import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bigints, doubles, integers, moments, wholeNumbers } from '../../packages/store/src/binary-arrays.ts';
import { BinaryRows } from '../../packages/store/src/binary-rows.ts';
import { describeOnEachEngine, type FreshDatabase, freshDatabase } from '../support/fresh-database.ts';

const YEAR_2000_MS = Date.UTC(2000, 0);
const moment = fc.date({ min: new Date('1970-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });
const text = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((value) => !value.includes('\0'));
const row = fc.record({
  flag: fc.boolean(),
  small: fc.option(fc.integer({ min: -32_768, max: 32_767 })),
  whole: fc.option(fc.integer({ min: -2_147_483_648, max: 2_147_483_647 })),
  big: fc.option(fc.maxSafeInteger()),
  huge: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  real: fc.double({ noNaN: true, noDefaultInfinity: true }),
  at: moment,
  bytes: fc.uint8Array({ maxLength: 300 }),
  words: fc.option(text),
  json: fc.record({ gatewayId: text, rssi: fc.integer() }),
});
type Row = typeof row extends fc.Arbitrary<infer T> ? T : never;

describeOnEachEngine('binary formats', (engine) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(engine);
  });
  afterAll(() => database.drop());

  it('COPY brings every value as it was given', async () => {
    const client = await database.pool.connect();
    await client.query(`create temporary table given (n int, flag boolean, small smallint, whole int, big bigint,
      huge bigint, real float8, at timestamptz, bytes bytea, words text, json jsonb)`);
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        await client.query('truncate given');
        const binary = new BinaryRows(11, rows.length, 10);
        for (const [n, value] of rows.entries()) write(binary, n, value);
        await binary.copy(client, 'given');
        const { rows: read } = await client.query(
          'select flag, small, whole, big::text, huge::text, real, at, bytes, words, json from given order by n',
        );
        expect(read).toEqual(
          rows.map((value) => ({
            ...value,
            big: value.big?.toString() ?? null,
            huge: value.huge.toString(),
            bytes: Buffer.from(value.bytes),
            real: value.real === 0 ? expect.closeTo(0) : value.real,
          })),
        );
      }),
      { seed: 9, numRuns: 60 },
    );
    client.release();
  });

  it('arrays arrive as they were given, empty ones too', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const { rows: read } = await database.pool.query(
          'select $1::int[] whole, $2::bigint[]::text[] big, $3::bigint[]::text[] huge, $4::float8[] real, $5::timestamptz[] at',
          [
            integers(rows.map(({ whole }) => whole ?? 0)),
            wholeNumbers(rows.map(({ big }) => big ?? 0)),
            bigints(rows.map(({ huge }) => huge)),
            doubles(rows.map(({ real }) => Math.abs(real))),
            moments(rows.map(({ at }) => at)),
          ],
        );
        expect(read[0]).toEqual({
          whole: rows.map(({ whole }) => whole ?? 0),
          big: rows.map(({ big }) => (big ?? 0).toString()),
          huge: rows.map(({ huge }) => huge.toString()),
          real: rows.map(({ real }) => Math.abs(real)),
          at: rows.map(({ at }) => at),
        });
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  it('a moment before 2000, and one to the millisecond', async () => {
    const given = [new Date(YEAR_2000_MS - 1), new Date('2026-10-25T00:59:59.999Z')];
    const { rows } = await database.pool.query('select $1::timestamptz[] at', [moments(given)]);
    expect(rows[0].at).toEqual(given);
  });
});

function write(binary: BinaryRows, n: number, value: Row): void {
  binary.row();
  binary.integer(n);
  binary.boolean(value.flag);
  binary.smallint(value.small);
  binary.integer(value.whole);
  binary.bigint(value.big);
  binary.bigint(value.huge);
  binary.double(value.real);
  binary.timestamptz(value.at);
  binary.bytea(value.bytes);
  binary.text(value.words);
  binary.jsonb(JSON.stringify(value.json));
}
