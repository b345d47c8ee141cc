import { VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { alertNotFound } from './query-alerts.ts';

/** Who does it, and when. What people do to alerts stays in `alert_step`, under this name. */
export interface Act {
  readonly by: string;
  readonly now: Date;
}

/** What the engine itself is called in `alert_step`: no person may take it. */
const ENGINE = 'engine';

/**
 * Somebody takes care of an alert: it is escalated no further. Of one that was acknowledged already nothing
 * changes: the first one has it.
 *
 * @throws VeilleurError `alert_not_found`, `name_refused`
 */
export async function acknowledgeAlert(pool: Pool, id: number, act: Act): Promise<void> {
  await change(pool, id, act, async (client) => {
    const { rowCount } = await client.query(
      `update alert set acknowledged_at = $2, acknowledged_by = $3, changed_at = $2
       where id = $1 and acknowledged_at is null`,
      [id, act.now, act.by],
    );
    return rowCount === 0 ? null : { kind: 'acknowledged', detail: {} };
  });
}

/** Takes an acknowledgement back. @throws VeilleurError `alert_not_found`, `name_refused` */
export async function unacknowledgeAlert(pool: Pool, id: number, act: Act): Promise<void> {
  await change(pool, id, act, async (client) => {
    const { rowCount } = await client.query(
      `update alert set acknowledged_at = null, acknowledged_by = null, changed_at = $2
       where id = $1 and acknowledged_at is not null`,
      [id, act.now],
    );
    return rowCount === 0 ? null : { kind: 'unacknowledged', detail: {} };
  });
}

/** Hands an alert to somebody; null: to nobody. @throws VeilleurError `alert_not_found`, `name_refused` */
export async function assignAlert(pool: Pool, id: number, to: string | null, act: Act): Promise<void> {
  await change(pool, id, act, async (client) => {
    const { rowCount } = await client.query(
      'update alert set assigned_to = $2, changed_at = $3 where id = $1 and assigned_to is distinct from $2',
      [id, to, act.now],
    );
    return rowCount === 0 ? null : { kind: 'assigned', detail: { to } };
  });
}

/** @throws VeilleurError `alert_not_found`, `name_refused` */
export async function commentAlert(pool: Pool, id: number, text: string, act: Act): Promise<void> {
  await change(pool, id, act, async (client) => {
    await client.query('update alert set changed_at = $2 where id = $1', [id, act.now]);
    return { kind: 'commented', detail: { text } };
  });
}

async function change(
  pool: Pool,
  id: number,
  { by, now }: Act,
  work: (client: PoolClient) => Promise<{ readonly kind: string; readonly detail: object } | null>,
): Promise<void> {
  requireName(by);
  await withTransaction(pool, async (client) => {
    const { rowCount } = await client.query('select from alert where id = $1 for no key update', [id]);
    if (rowCount === 0) throw alertNotFound(id);
    const step = await work(client);
    if (step === null) return;
    await client.query(
      'insert into alert_step (alert_id, kind, at, recorded_at, by, detail) values ($1, $2, $3, $3, $4, $5)',
      [id, step.kind, now, by, step.detail],
    );
  });
}

/** What is not to be told, from when to when. */
export interface NewSilence {
  readonly kind: 'silence' | 'maintenance';
  /** All that are named must fit; of a list any. Nothing named: everything. */
  readonly matching: {
    readonly rules?: readonly string[] | undefined;
    /** DevEUIs, names of devices, groups, `gateway <id>`. */
    readonly devices?: readonly string[] | undefined;
    readonly sites?: readonly string[] | undefined;
    readonly tags?: Readonly<Record<string, string | readonly string[]>> | undefined;
    readonly severities?: readonly string[] | undefined;
  };
  readonly from: Date;
  readonly to: Date;
  readonly comment: string;
}

/**
 * Nobody is told of what matches, from then until then. The alerts are there all the same.
 *
 * @returns Its number.
 * @throws VeilleurError `silence_invalid`, `name_refused`
 */
export async function addSilence(pool: Pool, silence: NewSilence, { by, now }: Act): Promise<number> {
  requireName(by);
  const { kind, matching, from, to, comment } = silence;
  if (!(to > from) || !(to > now)) {
    throw new VeilleurError('silence_invalid', `a silence until ${to.toISOString()} silences nothing`, {
      remedy: 'It must end after it begins, and after now.',
    });
  }
  const { rows } = await pool.query<{ id: number }>(
    `insert into silence (kind, matching, from_time, to_time, comment, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) returning id`,
    [kind, matching, from, to, comment, by, now],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('an insert returned no row');
  return row.id;
}

/** Ends a silence now. The row stays. @throws VeilleurError `silence_not_found`, `name_refused` */
export async function endSilence(pool: Pool, id: number, { by, now }: Act): Promise<void> {
  requireName(by);
  const { rowCount } = await pool.query(
    'update silence set ended_at = $2, ended_by = $3 where id = $1 and ended_at is null and to_time > $2',
    [id, now, by],
  );
  if (rowCount === 0) {
    throw new VeilleurError('silence_not_found', `no silence ${id} is in force or to come`, {
      remedy: 'veilleur alerts silences, or GET /api/silences, lists them.',
    });
  }
}

function requireName(by: string): void {
  if (by.trim() !== '' && by.trim().toLowerCase() !== ENGINE) return;
  throw new VeilleurError('name_refused', `"${by}" does not say who you are`, {
    remedy: 'Give your name: what people do to alerts is kept under it.',
  });
}
