import { describe, expect, it } from 'vitest';
import { upToTransaction } from './snapshot.ts';

describe('a snapshot that reaches to a transaction which began after it', () => {
  it.each([
    ['counts it as in progress', '10:10:', 10n, '10:11:10'],
    ['and those before it that had an id, and are in no list', '10:12:', 14n, '10:15:12,13,14'],
    ['keeps those that were in progress, in order', '8:12:8,11', 13n, '8:14:8,11,12,13'],
    [
      'counts beyond 32 bits',
      '8589934592:8589934600:',
      8589934601n,
      '8589934592:8589934602:8589934600,8589934601',
    ],
  ])('%s', (_, snapshot, xid, expected) => {
    expect(upToTransaction(snapshot, xid)).toBe(expected);
  });
});
