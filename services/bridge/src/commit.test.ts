import { createLogger } from '@veilleur/runtime';
import type { BatchEntry } from '@veilleur/store';
import { describe, expect, it } from 'vitest';
import { type CommitOptions, commit } from './commit.ts';
import { quarantine, type Received } from './message.ts';

const AT = new Date('2026-03-01T00:00:00Z');

function received(topic: string): Received {
  const message = { topic, payload: Buffer.from('{}'), redelivered: false, arrivedAt: AT };
  const device = { devEui: '0102030405060708' as never, tags: {} };
  const event = { kind: 'join', lns: 'chirpstack-v4-json', device, occurredAt: AT, detail: {} } as const;
  return {
    message,
    interpretation: {
      entry: {
        kind: 'device_event',
        event,
        occurred: { at: AT, source: 'lns' },
        redelivered: false,
        measurements: [],
      },
      matchedProfile: undefined,
    },
  };
}

const sqlError = (code: string) => Object.assign(new Error(`SQLSTATE ${code}`), { code });

/** A database that refuses batches which `refuse` finds fault with, and keeps the rest. */
function database(refuse: (batch: readonly BatchEntry[], attempt: number) => Error | undefined) {
  const batches: number[] = [];
  const kept: BatchEntry[] = [];
  const options: CommitOptions = {
    log: createLogger('silent'),
    redecode: async (batch) => batch,
    signal: new AbortController().signal,
    write: async (entries) => {
      batches.push(entries.length);
      const error = refuse(entries, batches.length);
      if (error) throw error;
      kept.push(...entries);
      return {
        outcomes: entries.map((entry) => (entry.kind === 'quarantine' ? 'quarantined' : 'stored')),
        newMeasurements: entries.length,
      };
    },
  };
  return { options, batches, kept };
}

describe('committing a batch', () => {
  it('tries the same batch again while the database is away', async () => {
    const { options, batches } = database((_, attempt) => (attempt < 3 ? sqlError('57P01') : undefined));
    let retries = 0;
    const result = await commit([received('a'), received('b')], {
      ...options,
      onRetry: () => (retries += 1),
    });
    expect(batches).toEqual([2, 2, 2]);
    expect(retries).toBe(2);
    expect(result.messages.map(({ outcome }) => outcome)).toEqual(['stored', 'stored']);
  });

  it.each([1, 2, 7, 64, 100])(
    'finds the one poisonous message among %i, and keeps the others in order',
    async (size) => {
      const poison = Math.floor(size / 3);
      const batch = Array.from({ length: size }, (_, i) => received(`topic ${i}`));
      const culprit = batch[poison]?.interpretation.entry;
      const { options, batches } = database((entries) =>
        entries.includes(culprit as BatchEntry) ? sqlError('22021') : undefined,
      );
      const { messages, newMeasurements } = await commit(batch, options);
      expect(messages.map(({ outcome }) => outcome)).toEqual(
        batch.map((_, i) => (i === poison ? 'quarantined' : 'stored')),
      );
      expect(messages[poison]?.entry).toMatchObject({
        kind: 'quarantine',
        code: 'database_refused',
        reason: 'SQLSTATE 22021',
      });
      expect(newMeasurements).toBe(size);
      expect(batches.length, 'by halving, not one by one').toBeLessThanOrEqual(
        2 * Math.ceil(Math.log2(size)) + 2,
      );
    },
  );

  it('finds several', async () => {
    const batch = Array.from({ length: 20 }, (_, i) => received(`topic ${i}`));
    const culprits = new Set([0, 7, 19].map((i) => batch[i]?.interpretation.entry));
    const { options } = database((entries) =>
      entries.some((entry) => culprits.has(entry)) ? sqlError('23514') : undefined,
    );
    const { messages } = await commit(batch, options);
    expect(messages.flatMap(({ outcome }, i) => (outcome === 'quarantined' ? [i] : []))).toEqual([0, 7, 19]);
  });

  it('does not blame the data for a missing table or a right that was taken away', async () => {
    const { options, batches, kept } = database((_, attempt) =>
      attempt < 2 ? sqlError('42P01') : attempt < 3 ? sqlError('42501') : undefined,
    );
    await commit([received('a')], options);
    expect(batches).toEqual([1, 1, 1]);
    expect(kept.map(({ kind }) => kind)).toEqual(['device_event']);
  });

  it('gives up only when it is told to, and then keeps nothing back as if it were stored', async () => {
    const stopping = new AbortController();
    const { options } = database(() => sqlError('08006'));
    const waiting = commit([received('a')], {
      ...options,
      signal: stopping.signal,
      onRetry: () => stopping.abort(),
    });
    await expect(waiting).rejects.toThrow();
  });

  it('keeps the bytes of a message whose very topic the database refuses', async () => {
    const { options, kept } = database(([entry]) =>
      entry?.kind === 'quarantine' && entry.topic === 'meter/?/up' ? undefined : sqlError('22021'),
    );
    const { messages } = await commit([received('meter/\u0000/up')], {
      ...options,
      signal: AbortSignal.timeout(2000),
    });
    expect(messages.map(({ outcome }) => outcome)).toEqual(['quarantined']);
    expect(kept).toMatchObject([
      { kind: 'quarantine', payload: Buffer.from('{}'), code: 'database_refused' },
    ]);
  });

  it('never drops a quarantine entry that cannot be written', async () => {
    const stopping = new AbortController();
    const { options, batches } = database((_, attempt) => {
      if (attempt === 1) setTimeout(() => stopping.abort(), 50);
      return sqlError('22021');
    });
    const { message } = received('a');
    const entry = { message, interpretation: quarantine(message, 'json_invalid', 'not JSON', null) };
    await expect(commit([entry], { ...options, signal: stopping.signal })).rejects.toThrow();
    expect(batches).toEqual([1]);
  });
});
