import { describe, expect, it } from 'vitest';
import { withInProgress } from './snapshot.ts';

describe('a snapshot with one transaction more in progress', () => {
  it.each([
    ['sees everything before it', '10:20:', 12n, '10:20:12'],
    ['keeps the others, in order', '10:20:11,15', 12n, '10:20:11,12,15'],
    ['is as it was where the transaction is beyond it', '10:20:11', 20n, '10:20:11'],
    ['is as it was where it is in progress already', '10:20:11,12', 12n, '10:20:11,12'],
    ['begins earlier where the transaction is older', '15:20:', 12n, '12:20:12'],
    ['counts beyond 32 bits', '8589934592:8589934600:', 8589934595n, '8589934592:8589934600:8589934595'],
  ])('%s', (_, snapshot, xid, expected) => {
    expect(withInProgress(snapshot, xid)).toBe(expected);
  });
});
