import type { PoolClient } from 'pg';

const LOCK = `hashtext('veilleur.forget')`;
/** The name under which it stands among the runs of jobs; `forgetRuns` spares it. */
export const FORGOTTEN_MEASUREMENTS = 'forget:measurements';

/**
 * Notes, before they go, that measurements before a moment are there no more. Waits for the transactions
 * that still read them; whoever asks `forgottenBefore` afterwards knows of it.
 */
export async function recordForgotten(client: PoolClient, before: Date, now: Date): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(${LOCK})`);
  await client.query(
    `insert into job_run (job, started_at, ended_at, outcome, detail)
     values ($1, $2, $2, 'done', jsonb_build_object('before', $3::text))`,
    [FORGOTTEN_MEASUREMENTS, now, before.toISOString()],
  );
}

/**
 * Before which moment measurements may be gone, ms; null: all that were ever stored are there. Until the
 * caller's transaction ends it stays so.
 */
export async function forgottenBefore(client: PoolClient): Promise<number | null> {
  await client.query(`select pg_advisory_xact_lock_shared(${LOCK})`);
  const { rows } = await client.query<{ before: number | null }>(
    `select extract(epoch from max((detail->>'before')::timestamptz))::float8 * 1000 as before
     from job_run where job = $1`,
    [FORGOTTEN_MEASUREMENTS],
  );
  return rows[0]?.before ?? null;
}
