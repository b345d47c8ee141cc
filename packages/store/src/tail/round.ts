import { VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import { isTransient, type Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import type { Change } from './change.ts';
import { type Locked, lockCheckpoint, moveCheckpoint, type Share } from './checkpoint.ts';
import { parkChange } from './dead-letters.ts';
import { isolate } from './isolate.ts';
import { readStep } from './read-changes.ts';

/**
 * What a consumer does with changes, in the order in which they were committed device by device. It
 * writes its effects through `client`, neither commits nor rolls back, and touches nothing outside of
 * the database that may not happen twice.
 */
export type HandleChanges = (client: PoolClient, changes: readonly Change[]) => Promise<void>;

export interface RoundOptions {
  readonly pool: Pool;
  readonly share: Share;
  readonly handle: HandleChanges;
  /** Changes in one transaction; a transaction of a writer is never cut, so it may be some more. */
  readonly batchSize: number;
  /** The batch was refused before: find the culprits, and park them. */
  readonly isolating: boolean;
}

export interface Parked {
  readonly change: Change;
  readonly thrown: unknown;
}

export type Round =
  | { readonly kind: 'busy' }
  | {
      readonly kind: 'done';
      readonly changes: number;
      readonly parked: readonly Parked[];
      readonly restarted: Extract<Locked, { kind: 'restarted' }> | null;
      readonly more: boolean;
    };

/** A consumer that died with its connection open gives its partition back after this time. */
const BEGIN = "begin; set local idle_in_transaction_session_timeout = '10min'";

/**
 * One step of one partition, in one transaction: the checkpoint locked, the next changes read, their
 * effects made, the checkpoint moved. Whatever ends it early, all of it or nothing has happened.
 */
export async function runRound(options: RoundOptions): Promise<Round> {
  return withTransaction(options.pool, (client) => runInTransaction(client, options), BEGIN);
}

async function runInTransaction(client: PoolClient, options: RoundOptions): Promise<Round> {
  const { share, handle, batchSize, isolating } = options;
  const locked = await lockCheckpoint(client, share);
  if (locked.kind === 'busy') return { kind: 'busy' };
  if (locked.kind === 'moved') return { kind: 'done', changes: 0, parked: [], restarted: null, more: true };
  const { checkpoint, now } = locked;
  const { changes, next, more } = await readStep(client, share, checkpoint, now, batchSize);
  const parked: Parked[] = [];
  if (changes.length > 0 && !isolating) {
    await attempt(client, handle, changes);
  } else if (changes.length > 0) {
    const refused = await isolate(
      changes,
      (some) => attempt(client, handle, some),
      (thrown) => !isTransient(thrown),
    );
    for (const { item, thrown } of refused) {
      await parkChange(client, share, item, thrown);
      parked.push({ change: item, thrown });
    }
  }
  if (next !== null) await moveCheckpoint(client, share, next);
  const restarted = locked.kind === 'restarted' ? locked : null;
  return { kind: 'done', changes: changes.length, parked, restarted, more };
}

const IN_FAILED_TRANSACTION = '25P02';

async function attempt(client: PoolClient, handle: HandleChanges, changes: readonly Change[]): Promise<void> {
  await client.query('savepoint before_effects');
  try {
    await handle(client, changes);
    await client.query('release savepoint before_effects');
  } catch (thrown) {
    await client.query('rollback to savepoint before_effects');
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    throw code === IN_FAILED_TRANSACTION ? swallowed(thrown) : thrown;
  }
}

function swallowed(cause: unknown): VeilleurError {
  return new VeilleurError(
    'tail_error_swallowed',
    'a consumer went on after the database refused a statement',
    {
      remedy: 'Its handler must let the error through, or use a savepoint of its own.',
      cause,
    },
  );
}
