import type { PoolClient } from 'pg';
import { integers, moments, wholeNumbers } from '../binary-arrays.ts';

/** The channel of NOTIFY that says: something was committed, look. It carries nothing, so that it folds. */
export const CHANGE_CHANNEL = 'veilleur_change';

/** A new frame or device event, as its writer stored it. */
export interface Arrival {
  readonly deviceId: number;
  /** `received_at` of the frame, `occurred_at` of the event. */
  readonly reportedAt: Date;
  /** Null for a device event. */
  readonly fCnt: number | null;
  /** All that it told, whether new or known. */
  readonly measurements: readonly { readonly time: Date }[];
}

export type NewChange =
  | { readonly cause: 'arrival'; readonly arrivals: readonly Arrival[] }
  | {
      readonly cause: 'restatement';
      readonly restatementId: number;
      readonly deviceId: number;
      readonly fromTime: Date;
      readonly toTime: Date;
    };

/**
 * Puts what this transaction stored on the tail, and wakes the consumers when it commits: one statement,
 * one row, whatever the size of the batch. To be called in the transaction that holds the frames, once,
 * while the devices are locked: that makes the positions of one device follow its commits.
 */
export async function recordChange(client: PoolClient, change: NewChange): Promise<void> {
  if (change.cause === 'restatement') {
    const { restatementId, deviceId, fromTime, toTime } = change;
    const entry = { deviceId, reportedAt: toTime, fCnt: NO_FRAME, fromTime, toTime };
    await client.query(RECORD, [change.cause, restatementId, ...arraysOf([entry])]);
    return;
  }
  if (change.arrivals.length === 0) return;
  await client.query(RECORD, [change.cause, null, ...arraysOf(change.arrivals.map(entryOf))]);
}

/** What stands for the fCnt where there is none. */
export const NO_FRAME = -1;

interface Entry {
  readonly deviceId: number;
  readonly reportedAt: Date;
  readonly fCnt: number;
  readonly fromTime: Date;
  /** Before `fromTime` where it told no measurement. */
  readonly toTime: Date;
}

function entryOf({ deviceId, reportedAt, fCnt, measurements }: Arrival): Entry {
  let [fromTime, toTime] = [reportedAt, new Date(reportedAt.getTime() - 1)];
  for (const [i, { time }] of measurements.entries()) {
    if (i === 0 || time < fromTime) fromTime = time;
    if (i === 0 || time > toTime) toTime = time;
  }
  return { deviceId, reportedAt, fCnt: fCnt ?? NO_FRAME, fromTime, toTime };
}

/** In binary: as text, its writing, quoting and parsing took longer than all the rest of the insert. */
function arraysOf(entries: readonly Entry[]): Buffer[] {
  return [
    integers(entries.map(({ deviceId }) => deviceId)),
    moments(entries.map(({ reportedAt }) => reportedAt)),
    wholeNumbers(entries.map(({ fCnt }) => fCnt)),
    moments(entries.map(({ fromTime }) => fromTime)),
    moments(entries.map(({ toTime }) => toTime)),
  ];
}

/** The transaction's id is made sure of before the position is drawn: a consumer's `seen_to` rests on it. */
const RECORD = `
with writer as materialized (
  select pg_current_xact_id() as xid
), recorded as (
  insert into change (xid, cause, restatement_id, device_ids, reported_at, f_cnts, from_times, to_times)
  select xid, $1, $2::bigint, $3::int[], $4::timestamptz[], $5::bigint[], $6::timestamptz[], $7::timestamptz[]
  from writer
  returning position
)
select pg_notify('${CHANGE_CHANNEL}', '') from recorded`;
