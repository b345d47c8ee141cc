import { expect, it } from 'vitest';
import { type Decoding, reasonOf } from './batch.ts';

const SAID = 'type \u0000 of \ud800';
const STORED = 'type \ufffd of \ufffd';

it.each<[Decoding, string]>([
  [{ state: 'failed', profileVersionId: 1, reason: SAID }, STORED],
  [{ state: 'waiting', profileVersionId: 1, reason: SAID }, STORED],
  [{ state: 'decoded', profileVersionId: 1, warnings: [SAID, SAID] }, `${STORED}; ${STORED}`],
])('whatever a decoder says can be stored: %j', (decoding, stored) => {
  expect(reasonOf(decoding)).toBe(stored);
});

it('a decoder that says very much is cut short', () => {
  const warnings = Array.from({ length: 1000 }, () => 'too long');
  expect(reasonOf({ state: 'decoded', profileVersionId: 1, warnings })).toHaveLength(2000);
});

it('a decoder that says nothing leaves nothing', () => {
  expect(reasonOf({ state: 'decoded', profileVersionId: 1, warnings: [] })).toBeNull();
});
