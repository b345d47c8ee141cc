import { VeilleurError } from '@veilleur/domain';
import type { Pool } from '../connect.ts';

/** A notification that this process has taken upon itself to send. */
export interface ClaimedNotification {
  readonly id: number;
  /** By which the receiver tells repetitions. */
  readonly key: string;
  readonly channel: string;
  readonly alertIds: readonly number[];
  readonly step: string;
  readonly body: unknown;
  readonly createdAt: Date;
  /** This one included. */
  readonly attempts: number;
}

/**
 * Takes notifications that are due, the oldest first, of which nobody else has any. Whoever dies with one
 * leaves it to the others when its lease is over. What tells of an alert waits until what told of it before
 * was sent or given up: nobody hears of an end before the beginning.
 */
export async function claimNotifications(
  pool: Pool,
  channel: string,
  { limit, leaseMs, now }: { readonly limit: number; readonly leaseMs: number; readonly now: Date },
): Promise<ClaimedNotification[]> {
  const { rows } = await pool.query<ClaimedNotification>(CLAIM, [
    channel,
    now,
    limit,
    new Date(now.getTime() + leaseMs),
  ]);
  return rows.sort((a, b) => a.id - b.id);
}

const CLAIM = `
with due as (
  select n.id from notification n
  where n.channel = $1 and n.sent_at is null and n.dead_at is null and n.not_before <= $2
    and not exists (
      select from notification e
      where e.channel = n.channel and e.sent_at is null and e.dead_at is null and e.id < n.id
        and e.alert_ids && n.alert_ids
    )
  order by n.id limit $3
  for update skip locked
)
update notification n set attempts = n.attempts + 1, not_before = $4
from due where n.id = due.id
returning n.id, n.key, n.channel, to_json(n.alert_ids) as "alertIds", n.step, n.body,
  n.created_at as "createdAt", n.attempts`;

/** @param refused What the receiver did not take of it; null: it took all. */
export async function markSent(pool: Pool, id: number, refused: string | null, now: Date): Promise<void> {
  await pool.query('update notification set sent_at = $2, error = $3 where id = $1', [id, now, refused]);
}

/** @param next When to try again; null: it is given up. Counts for the last one who claimed it alone. */
export async function markNotSent(
  pool: Pool,
  { id, attempts }: Pick<ClaimedNotification, 'id' | 'attempts'>,
  error: string,
  next: Date | null,
  now: Date,
): Promise<void> {
  await pool.query(
    `update notification set error = $3, not_before = coalesce($4, not_before),
       dead_at = case when $4::timestamptz is null then $5::timestamptz end
     where id = $1 and attempts = $2 and sent_at is null`,
    [id, attempts, error, next, now],
  );
}

/**
 * Has a notification that was given up sent again, under its own key.
 *
 * @throws VeilleurError `notification_not_dead`
 */
export async function sendAgain(pool: Pool, id: number, now: Date): Promise<void> {
  const { rowCount } = await pool.query(
    `update notification set dead_at = null, attempts = 0, not_before = $2 where id = $1 and dead_at is not null`,
    [id, now],
  );
  if (rowCount === 0) {
    throw new VeilleurError('notification_not_dead', `no notification ${id} was given up`, {
      remedy: 'veilleur alerts notifications --dead lists those that were.',
    });
  }
}

/** Gives up what waits for channels that are configured no more. */
export async function giveUpUnknownChannels(
  pool: Pool,
  channels: readonly string[],
  now: Date,
): Promise<number> {
  const { rowCount } = await pool.query(
    `update notification set dead_at = $2, error = 'there is no channel of this name any more'
     where sent_at is null and dead_at is null and channel <> all($1::text[])`,
    [channels, now],
  );
  return rowCount ?? 0;
}

export interface OutboxFigures {
  readonly channel: string;
  readonly waiting: number;
  readonly dead: number;
  /** Since when the oldest is due; null: none is. */
  readonly dueSince: Date | null;
}

/** By channel, of what was not sent. */
export async function outboxFigures(pool: Pool, now: Date): Promise<OutboxFigures[]> {
  const { rows } = await pool.query<OutboxFigures>(
    `select channel, count(*) filter (where dead_at is null) as waiting,
       count(*) filter (where dead_at is not null) as dead,
       min(created_at) filter (where dead_at is null and not_before <= $1) as "dueSince"
     from notification where sent_at is null group by channel order by channel`,
    [now],
  );
  return rows;
}
