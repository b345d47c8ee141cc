import { setTimeout as delay } from 'node:timers/promises';
import { type DevEui, messageOf } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import {
  type BatchEntry,
  type BatchOutcome,
  type EntryOutcome,
  isTransient,
  type QuarantineEntry,
  StaleProfileError,
} from '@veilleur/store';
import { quarantine, type Received } from './message.ts';

/** What became of a batch. */
export interface Committed {
  /** Of each message, in order, with what it was stored as. */
  readonly messages: readonly { readonly entry: BatchEntry; readonly outcome: EntryOutcome }[];
  readonly newMeasurements: number;
}

export interface CommitOptions {
  readonly write: (
    entries: readonly BatchEntry[],
    profileOf: ReadonlyMap<DevEui, string>,
  ) => Promise<BatchOutcome>;
  readonly log: Logger;
  /** Ends the waiting for a database that is away; what is not committed stays unacknowledged. */
  readonly signal: AbortSignal;
  /** Decodes anew what an operator has assigned other profiles to. */
  readonly redecode: (
    batch: readonly Received[],
    assigned: ReadonlyMap<DevEui, string>,
  ) => Promise<readonly Received[]>;
  /** Called for each attempt that failed because the database was away or busy. */
  readonly onRetry?: () => void;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

/**
 * Commits a batch, whatever it takes.
 *
 * - An operator has assigned another profile to a device meanwhile: its frames are decoded anew.
 * - The database is away: the same batch again, until it is back.
 * - The database refuses the batch for what is in it: each half by itself, until the culprit stands
 *   alone; that one goes to quarantine with the database's words, and if that is refused as well, with
 *   nothing but its bytes and plain ASCII, which any database takes.
 *
 * @throws Only when `signal` ends the waiting.
 */
export async function commit(batch: readonly Received[], options: CommitOptions): Promise<Committed> {
  try {
    return await writeWhenPossible(batch, options);
  } catch (thrown) {
    options.signal.throwIfAborted();
    const [only] = batch;
    if (only === undefined) return { messages: [], newMeasurements: 0 };
    if (batch.length > 1) {
      const half = Math.ceil(batch.length / 2);
      const first = await commit(batch.slice(0, half), options);
      const second = await commit(batch.slice(half), options);
      return {
        messages: [...first.messages, ...second.messages],
        newMeasurements: first.newMeasurements + second.newMeasurements,
      };
    }
    const { entry } = only.interpretation;
    if (entry.kind === 'quarantine') {
      const plain = inPlainAscii(entry);
      if (entry.topic !== plain.topic || entry.reason !== plain.reason) {
        return commit([{ ...only, interpretation: { entry: plain, matchedProfile: undefined } }], options);
      }
      // Nothing simpler can be stored. Dropping it would lose it: loud, and again.
      options.log.error({
        event: 'bridge.quarantine.fail',
        topic: only.message.topic,
        error: messageOf(thrown),
      });
      await delay(LONGEST_RETRY_MS, undefined, { signal: options.signal });
      return commit(batch, options);
    }
    options.log.error({
      event: 'bridge.message.refuse',
      topic: only.message.topic,
      error: messageOf(thrown),
    });
    const { devEui } = deviceOf(entry) ?? { devEui: null };
    const refused = quarantine(only.message, 'database_refused', messageOf(thrown), devEui);
    return commit([{ message: only.message, interpretation: refused }], options);
  }
}

const PLAIN_LENGTH_MAX = 500;

/** A quarantine entry whose text no database has a reason to refuse; one that is so already is not changed. */
function inPlainAscii(entry: QuarantineEntry): QuarantineEntry {
  const plain = (text: string) => text.slice(0, PLAIN_LENGTH_MAX).replaceAll(/[^\x20-\x7e]/g, '?');
  return { ...entry, topic: plain(entry.topic), reason: plain(entry.reason) };
}

async function writeWhenPossible(batch: readonly Received[], options: CommitOptions): Promise<Committed> {
  const entries = batch.map(({ interpretation }) => interpretation.entry);
  const profileOf = new Map<DevEui, string>();
  for (const { interpretation } of batch) {
    const { matchedProfile } = interpretation;
    if (matchedProfile) profileOf.set(matchedProfile.devEui, matchedProfile.id);
  }
  let retryMs = FIRST_RETRY_MS;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      const { outcomes, newMeasurements } = await options.write(entries, profileOf);
      const messages = entries.map((entry, i) => {
        const outcome = outcomes[i];
        if (outcome === undefined) throw new Error('the writer left an entry without an outcome');
        return { entry, outcome };
      });
      return { messages, newMeasurements };
    } catch (thrown) {
      if (thrown instanceof StaleProfileError)
        return writeWhenPossible(await options.redecode(batch, thrown.assigned), options);
      if (!isTransient(thrown)) throw thrown;
      options.onRetry?.();
      options.log.warn({
        event: 'bridge.batch.retry',
        size: batch.length,
        error: messageOf(thrown),
        retryInMs: retryMs,
      });
      await delay(retryMs, undefined, { signal: options.signal });
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }
}

/** Whose a message is; undefined where that cannot be told. */
export function deviceOf(entry: BatchEntry): { readonly devEui: DevEui } | undefined {
  switch (entry.kind) {
    case 'frame':
      return entry.frame.device;
    case 'device_event':
      return entry.event.device;
    case 'quarantine':
      return undefined;
  }
}
