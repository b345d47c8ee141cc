import { VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { PartitionKeeper } from '../partitions.ts';
import { withTransaction } from '../with-transaction.ts';
import { markPoints } from './mark-dirty.ts';

/** What an operator says of a register, as it is stored: millionths of the quantity's unit. */
export interface NewOperatorReading {
  /** The code of the metering point. */
  readonly point: string;
  readonly quantity: string;
  readonly channel: number;
  readonly register: string;
  readonly kind: 'index' | 'interval';
  /** Equal to `to` for an index. */
  readonly from: Date;
  readonly to: Date;
  readonly value: number;
  readonly quality: 'measured' | 'provisional' | 'final' | 'estimated';
  readonly published: boolean;
  readonly starts: boolean;
  readonly meterSerial: string | null;
  /** Names what was read, not its value: a revision has the key of what it revises. */
  readonly key: string;
  readonly sourceLine: number;
}

export interface NewOperatorFact {
  readonly point: string;
  readonly key: string;
  readonly fact: string;
  readonly from: Date | null;
  readonly to: Date | null;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface ImportRun {
  readonly id: number;
  /** Where it stopped; null: it is new, or began and got nowhere. */
  readonly checkpoint: unknown;
  /** When it was done; null: it is not. */
  readonly endedAt: Date | null;
  readonly readings: number;
  readonly changed: number;
}

/** Finds the import of a source with this content, or begins it. */
export async function beginImport(
  pool: Pool,
  run: { readonly source: string; readonly format: string; readonly digest: string; readonly now: Date },
): Promise<ImportRun> {
  const { rows } = await pool.query<ImportRun>(
    `insert into import_run (source, format, digest, started_at) values ($1, $2, $3, $4)
     on conflict (source, format, digest) do update set format = excluded.format
     returning id, checkpoint, ended_at as "endedAt", readings, changed`,
    [run.source, run.format, run.digest, run.now],
  );
  if (rows[0] === undefined) throw new Error('an upsert returned no row');
  return rows[0];
}

export interface ImportPortion {
  readonly readings: readonly NewOperatorReading[];
  readonly facts: readonly NewOperatorFact[];
  readonly problems: number;
  /** Where to go on after this portion. */
  readonly checkpoint: unknown;
  /** The last one. */
  readonly ended: boolean;
}

/** Stores what an operator said, and what was revised, with the point from which to go on: all or nothing. */
export class OperatorReadingWriter {
  readonly #pool: Pool;
  readonly #partitions: PartitionKeeper;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#partitions = new PartitionKeeper(pool);
  }

  /**
   * @returns How many readings were new or said otherwise.
   * @throws VeilleurError `point_not_found`.
   */
  async write(importId: number, portion: ImportPortion, now: Date): Promise<number> {
    await this.#partitions.ensure(
      'operator_reading',
      portion.readings.map(({ to }) => to),
    );
    return withTransaction(this.#pool, async (client) => {
      const points = await pointIds(client, [...portion.readings, ...portion.facts]);
      const changed = await writeReadings(client, importId, portion.readings, points, now);
      await writeFacts(client, importId, portion.facts, points, now);
      await client.query(
        `update import_run set checkpoint = $2, readings = readings + $3, changed = changed + $4,
           problems = problems + $5, ended_at = case when $6 then $7::timestamptz else ended_at end
         where id = $1`,
        [
          importId,
          JSON.stringify(portion.checkpoint),
          portion.readings.length,
          changed,
          portion.problems,
          portion.ended,
          now,
        ],
      );
      return changed;
    });
  }
}

/** The codes that no metering point has. */
export async function unknownPoints(pool: Pool, codes: readonly string[]): Promise<string[]> {
  const { rows } = await pool.query<{ code: string }>(
    `select code from unnest($1::text[]) code where not exists (select from metering_point p where p.code = code.code)`,
    [codes],
  );
  return rows.map(({ code }) => code);
}

async function pointIds(client: PoolClient, told: readonly { readonly point: string }[]) {
  const codes = [...new Set(told.map(({ point }) => point))];
  const { rows } = await client.query<{ id: number; code: string }>(
    'select id, code from metering_point where code = any($1)',
    [codes],
  );
  const ids = new Map(rows.map(({ id, code }) => [code, id]));
  const unknown = codes.find((code) => !ids.has(code));
  if (unknown !== undefined) {
    throw new VeilleurError('point_not_found', `there is no metering point ${unknown}`, {
      remedy: 'veilleur point add makes it, or veilleur import --add-points those of the file.',
    });
  }
  return ids;
}

async function writeReadings(
  client: PoolClient,
  importId: number,
  readings: readonly NewOperatorReading[],
  points: ReadonlyMap<string, number>,
  now: Date,
): Promise<number> {
  if (readings.length === 0) return 0;
  // Of two of one key in one portion the later line counts.
  const byKey = new Map(readings.map((reading) => [`${reading.point}\n${reading.key}`, reading]));
  const told = [...byKey.values()];
  const { rows: stored } = await client.query<{
    at: number;
    value: number;
    quality: string;
    meterSerial: string | null;
  }>(
    `select t.at, o.value, o.quality, o.meter_serial as "meterSerial"
     from unnest($1::int[], $2::int[], $3::text[], $4::timestamptz[]) t(at, point_id, key, to_time)
     join operator_reading o on o.point_id = t.point_id and o.key = t.key and o.to_time = t.to_time
       and o.superseded_at is null`,
    [
      told.map((_, at) => at),
      told.map(({ point }) => points.get(point)),
      told.map(({ key }) => key),
      told.map(({ to }) => to.toISOString()),
    ],
  );
  const known = new Map(stored.map((row) => [row.at, row]));
  const fresh = told.filter((reading, at) => {
    const old = known.get(at);
    if (old === undefined) return true;
    // An export from before the revision changes nothing: what is final stays until a final one comes.
    if (old.quality === 'final' && reading.quality !== 'final') return false;
    const { value, quality, meterSerial } = reading;
    return old.value !== value || old.quality !== quality || old.meterSerial !== meterSerial;
  });
  if (fresh.length === 0) return 0;
  await client.query(
    `update operator_reading o set superseded_at = $4
     from unnest($1::int[], $2::text[], $3::timestamptz[]) t(point_id, key, to_time)
     where o.point_id = t.point_id and o.key = t.key and o.to_time = t.to_time and o.superseded_at is null`,
    [
      fresh.map(({ point }) => points.get(point)),
      fresh.map(({ key }) => key),
      fresh.map(({ to }) => to.toISOString()),
      now,
    ],
  );
  await client.query(
    `insert into operator_reading (point_id, quantity, channel, register, kind, from_time, to_time, value, quality,
       published, starts, meter_serial, key, import_id, source_line, known_at)
     select point_id, quantity, channel, register, kind, from_time, to_time, value, quality, published, starts,
       meter_serial, key, $15, source_line, $16
     from unnest($1::int[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[],
       $8::bigint[], $9::text[], $10::boolean[], $11::boolean[], $12::text[], $13::text[], $14::int[])
       t(point_id, quantity, channel, register, kind, from_time, to_time, value, quality, published, starts,
         meter_serial, key, source_line)`,
    [
      fresh.map(({ point }) => points.get(point)),
      fresh.map(({ quantity }) => quantity),
      fresh.map(({ channel }) => channel),
      fresh.map(({ register }) => register),
      fresh.map(({ kind }) => kind),
      fresh.map(({ from }) => from.toISOString()),
      fresh.map(({ to }) => to.toISOString()),
      fresh.map(({ value }) => value),
      fresh.map(({ quality }) => quality),
      fresh.map(({ published }) => published),
      fresh.map(({ starts }) => starts),
      fresh.map(({ meterSerial }) => meterSerial),
      fresh.map(({ key }) => key),
      fresh.map(({ sourceLine }) => sourceLine),
      importId,
      now,
    ],
  );
  await markPoints(
    client,
    fresh.map(({ point, from, to }) => ({ pointId: points.get(point) ?? 0, from, to })),
  );
  return fresh.length;
}

async function writeFacts(
  client: PoolClient,
  importId: number,
  facts: readonly NewOperatorFact[],
  points: ReadonlyMap<string, number>,
  now: Date,
): Promise<void> {
  if (facts.length === 0) return;
  const told = [...new Map(facts.map((fact) => [`${fact.point}\n${fact.key}`, fact])).values()];
  const keys = [told.map(({ point }) => points.get(point)), told.map(({ key }) => key)];
  const details = told.map(({ detail }) => JSON.stringify(detail));
  await client.query(
    `update operator_fact o set superseded_at = $4
     from unnest($1::int[], $2::text[], $3::text[]) t(point_id, key, detail)
     where o.point_id = t.point_id and o.key = t.key and o.superseded_at is null and o.detail <> t.detail::jsonb`,
    [...keys, details, now],
  );
  await client.query(
    `insert into operator_fact (point_id, key, fact, from_time, to_time, detail, import_id, known_at)
     select point_id, key, fact, from_time, to_time, detail::jsonb, $7, $8
     from unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
       t(point_id, key, detail, fact, from_time, to_time)
     on conflict (point_id, key) where superseded_at is null do nothing`,
    [
      ...keys,
      details,
      told.map(({ fact }) => fact),
      told.map(({ from }) => from?.toISOString() ?? null),
      told.map(({ to }) => to?.toISOString() ?? null),
      importId,
      now,
    ],
  );
}

/** What an operator says of a point that holds now, such as coefficients of conversion, in the order of time. */
export async function operatorFacts(
  pool: Pool,
  codes: readonly string[],
  fact: string,
): Promise<{ point: string; from: Date | null; to: Date | null; detail: Record<string, unknown> }[]> {
  const { rows } = await pool.query<{
    point: string;
    from: Date | null;
    to: Date | null;
    detail: Record<string, unknown>;
  }>(
    `select p.code as point, f.from_time as "from", f.to_time as "to", f.detail
     from operator_fact f join metering_point p on p.id = f.point_id
     where p.code = any($1) and f.fact = $2 and f.superseded_at is null order by f.from_time`,
    [codes, fact],
  );
  return rows;
}
