import { QUALITIES, type Quality } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { PartitionKeeper } from '../partitions.ts';
import {
  addRows,
  boundRows,
  changeRows,
  type KnownRow,
  type Row,
  readKnown,
  removeRows,
  reviseRows,
} from './consumption-rows.ts';
import type { Register } from './registers.ts';
import { seconds } from './seconds.ts';

export const BUCKETS = ['hour', 'day', 'month'] as const;
export type BucketName = (typeof BUCKETS)[number];

/** Consumption of one local hour, day or month, as it is settled. */
export interface SettledBucket {
  /** ms. */
  readonly from: number;
  /** Millionths of the quantity's unit; null where it is missing. */
  readonly value: number | null;
  readonly quality: Quality;
  readonly method: string;
  /** By how much the value may be wrong, millionths; null: no bound is known. Of an hour it is not kept. */
  readonly uncertainty: number | null;
}

/** All that is known of the buckets of a register that begin in [from, to): what is not named is not known. */
export interface SettledSpan {
  readonly register: Pick<Register, 'pointId' | 'quantityId' | 'channel'>;
  readonly bucket: BucketName;
  readonly from: number;
  readonly to: number;
  readonly buckets: readonly SettledBucket[];
}

export interface WrittenConsumption {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/**
 * Writes what differs from what is stored, and keeps what was known before. What is as it was is not
 * touched. A bound that changes alone is no revision: what is known to have run is the same. The caller
 * holds the points' settling locks.
 */
export class ConsumptionWriter {
  readonly #partitions: PartitionKeeper;

  constructor(pool: Pool) {
    this.#partitions = new PartitionKeeper(pool);
  }

  async write(client: PoolClient, spans: readonly SettledSpan[], now: Date): Promise<WrittenConsumption> {
    const sum = { added: 0, changed: 0, removed: 0 };
    for (const bucket of BUCKETS) {
      const some = spans.filter((span) => span.bucket === bucket && span.from < span.to);
      if (some.length === 0) continue;
      const { added, changed, removed } = await this.#writeBuckets(client, bucket, some, now);
      sum.added += added;
      sum.changed += changed;
      sum.removed += removed;
    }
    return sum;
  }

  async #writeBuckets(
    client: PoolClient,
    bucket: BucketName,
    spans: readonly SettledSpan[],
    now: Date,
  ): Promise<WrittenConsumption> {
    const known = await readKnown(client, bucket, spans);
    const fresh: Row[] = [];
    const changed: Row[] = [];
    const bounded: Row[] = [];
    const gone: Row[] = [];
    for (const [at, { register, buckets }] of spans.entries()) {
      const stored = known[at] as Map<number, KnownRow>;
      for (const { from, value, quality: name, method, uncertainty } of buckets) {
        const quality = QUALITIES.indexOf(name);
        const row = { register, from, value, quality, method, uncertainty };
        const old = stored.get(from);
        if (old === undefined) fresh.push(row);
        else if (old.value !== value || old.quality !== quality || old.method !== method) changed.push(row);
        else if (old.uncertainty !== uncertainty) bounded.push(row);
        stored.delete(from);
      }
      for (const old of stored.values()) gone.push({ register, ...old });
    }
    const moments = (rows: readonly Row[]) => rows.map(({ from }) => new Date(from));
    if (changed.length + gone.length > 0) {
      await this.#partitions.ensure('consumption_revision', moments([...changed, ...gone]));
      await reviseRows(client, bucket, [...changed, ...gone], now);
    }
    if (gone.length > 0) await removeRows(client, bucket, gone);
    if (changed.length > 0) await changeRows(client, bucket, changed, now);
    if (bounded.length > 0) await boundRows(client, bucket, bounded);
    if (fresh.length > 0) {
      if (bucket === 'hour') await this.#partitions.ensure('consumption_hour', moments(fresh));
      await addRows(client, bucket, fresh, now);
    }
    return { added: fresh.length, changed: changed.length, removed: gone.length };
  }
}

/** What is stored of the buckets of registers that begin in [from, to), for each in the order of time. */
export async function settledBuckets(
  client: PoolClient,
  bucket: BucketName,
  spans: readonly Omit<SettledSpan, 'bucket' | 'buckets'>[],
): Promise<SettledBucket[][]> {
  const known = await readKnown(client, bucket, spans);
  return known.map((rows) =>
    [...rows.values()]
      .map(({ from, value, quality, method, uncertainty }) => ({
        from,
        value,
        quality: QUALITIES[quality] ?? 'missing',
        method,
        uncertainty,
      }))
      .sort((a, b) => a.from - b.from),
  );
}

/** Keeps the newest findings of a span instead of those that were there. */
export async function writeFindings(
  client: PoolClient,
  spans: readonly {
    readonly register: SettledSpan['register'];
    readonly from: number;
    readonly to: number;
    readonly findings: readonly { readonly kind: string; readonly at: number; readonly detail: object }[];
  }[],
  now: Date,
): Promise<void> {
  await client.query(
    `delete from consumption_finding c using
       unnest($1::int[], $2::smallint[], $3::smallint[], $4::float8[], $5::float8[])
         t(point_id, quantity_id, channel, from_s, to_s)
     where c.point_id = t.point_id and c.quantity_id = t.quantity_id and c.channel = t.channel
       and c.at >= to_timestamp(t.from_s) and c.at < to_timestamp(t.to_s)`,
    [
      spans.map(({ register }) => register.pointId),
      spans.map(({ register }) => register.quantityId),
      spans.map(({ register }) => register.channel),
      spans.map(({ from }) => seconds(from)),
      spans.map(({ to }) => seconds(to)),
    ],
  );
  const found = spans.flatMap(({ register, findings }) => findings.map((finding) => ({ register, finding })));
  if (found.length === 0) return;
  await client.query(
    `insert into consumption_finding (point_id, quantity_id, channel, kind, at, detail, found_at)
     select point_id, quantity_id, channel, kind, to_timestamp(at_s), detail::jsonb, $7
     from unnest($1::int[], $2::smallint[], $3::smallint[], $4::text[], $5::float8[], $6::text[])
       t(point_id, quantity_id, channel, kind, at_s, detail)`,
    [
      found.map(({ register }) => register.pointId),
      found.map(({ register }) => register.quantityId),
      found.map(({ register }) => register.channel),
      found.map(({ finding }) => finding.kind),
      found.map(({ finding }) => finding.at / 1000),
      found.map(({ finding }) => JSON.stringify(finding.detail)),
      now,
    ],
  );
}
