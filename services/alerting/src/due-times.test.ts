import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueTimes } from './due-times.ts';

describe('when devices are due', () => {
  it('the first ones are taken first, each at the moment that was set last', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.integer({ min: 1, max: 8 }),
            fc.oneof(fc.integer({ min: 0, max: 50 }), fc.constant(Number.POSITIVE_INFINITY)),
          ),
        ),
        fc.integer({ min: 0, max: 50 }),
        (told, by) => {
          const due = new DueTimes();
          const last = new Map<number, number>();
          for (const [id, at] of told) {
            due.set(id, at);
            last.set(id, at);
          }
          const expected = [...last].filter(([, at]) => at <= by);
          const taken = due.take(by, 100);
          const byId = (a: number, b: number) => a - b;
          expect(taken.toSorted(byId)).toEqual(expected.map(([id]) => id).toSorted(byId));
          expect(taken.map((id) => last.get(id))).toEqual(
            expected.map(([, at]) => at).toSorted((a, b) => a - b),
          );
          const left = [...last.values()].filter((at) => at > by);
          expect(due.next).toBe(Math.min(Number.POSITIVE_INFINITY, ...left));
        },
      ),
    );
  });

  it('a device that puts its moment off ten thousand times is due once', () => {
    const due = new DueTimes();
    for (let at = 0; at < 10_000; at += 1) due.set(1, at);
    expect(due.take(9998, 10)).toEqual([]);
    expect(due.take(9999, 10)).toEqual([1]);
    expect(due.next).toBe(Number.POSITIVE_INFINITY);
  });
});
