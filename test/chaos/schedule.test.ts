import { expect, it } from 'vitest';
import { createMaterial, lotPrefix } from './material.ts';
import { drawSchedule, FAULT_KINDS } from './schedule.ts';

it('draws the same faults from the same seed, and others from another', () => {
  expect(drawSchedule(42, 30, 2)).toEqual(drawSchedule(42, 30, 2));
  expect(drawSchedule(42, 30, 2)).not.toEqual(drawSchedule(43, 30, 2));
});

it('deals every kind of fault before one comes again', () => {
  const kinds = drawSchedule(5, 40, 2)
    .flat()
    .map(({ kind }) => kind);
  expect(new Set(kinds.slice(0, FAULT_KINDS.length))).toEqual(new Set(FAULT_KINDS));
  expect(new Set(kinds.slice(FAULT_KINDS.length, 2 * FAULT_KINDS.length))).toEqual(new Set(FAULT_KINDS));
});

it('makes things of every kind that no two messages of a lot could be taken for', () => {
  const material = createMaterial({ seed: 1, lot: 3, startMs: Date.UTC(2026, 2, 1), perSecond: 100 });
  const pieces = Array.from({ length: 20_000 }, (_, n) => material(n));
  expect(pieces.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, n) => material(n)));
  const identities = pieces.map(({ expected }) => {
    if (expected.kind === 'quarantine') return `${expected.topic} ${expected.payloadHex}`;
    const what = expected.kind === 'frame' ? `${expected.fCnt} ${expected.payloadHex}` : `${expected.atMs}`;
    expect(expected.devEui.startsWith(lotPrefix(3))).toBe(true);
    expect(expected.devEui).toMatch(/^[0-9a-f]{16}$/);
    return `${expected.devEui} ${expected.kind} ${what}`;
  });
  expect(new Set(identities).size).toBe(pieces.length);
  const kinds = Map.groupBy(pieces, ({ expected }) =>
    expected.kind === 'frame' ? expected.decoding : expected.kind,
  );
  expect([...kinds.keys()].toSorted()).toEqual(['decoded', 'event', 'failed', 'no_profile', 'quarantine']);
  expect(pieces.filter(({ messages }) => messages.length > 1).length).toBeGreaterThan(1000);
});
