import { DevEui } from '@veilleur/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainGaps } from './explain-gaps.ts';
import { type Evidence, type Gap, type LostState, NO_EVIDENCE } from './ledger.ts';

const METER = DevEui('70b3d5e75e000001');
const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 2, 1);
/** The meter sends each hour, on the half hour: its counter is the hour. */
const hour = (fCnt: number) => new Date(START_MS + fCnt * HOUR_MS + HOUR_MS / 2);

function gap(fCntFrom: number, fCntTo: number): Gap {
  const [after, before] = [hour(fCntFrom - 1), hour(fCntTo + 1)];
  return { devEui: METER, fCntFrom, fCntTo, missing: fCntTo - fCntFrom + 1, after, before, isHead: false };
}

const buckets = (uplinks: readonly number[]) =>
  uplinks.map((count, i) => ({
    from: new Date(START_MS + i * HOUR_MS),
    to: new Date(START_MS + (i + 1) * HOUR_MS),
    uplinks: count,
  }));

function sums(gaps: readonly Gap[], evidence: Partial<Evidence>) {
  const sum: Record<LostState, number> = { lost_on_radio: 0, lost_after_lns: 0, unexplained: 0 };
  for (const spans of explainGaps(gaps, { ...NO_EVIDENCE, ...evidence }))
    for (const { state, count } of spans) sum[state] += count;
  return sum;
}

describe('where a missing counter was lost', () => {
  it('nobody knows without a word of the network server', () => {
    expect(explainGaps([gap(5, 7)], NO_EVIDENCE)).toEqual([
      [
        {
          fCntFrom: 5,
          fCntTo: 7,
          count: 3,
          state: 'unexplained',
          why: 'nothing_known',
          after: hour(4),
          before: hour(8),
        },
      ],
    ]);
  });

  it('after the server, where it logged that the device sent that counter again', () => {
    const [spans] = explainGaps([gap(5, 7)], {
      ...NO_EVIDENCE,
      heard: [{ fCnt: 6, at: hour(6), why: 'retransmission_logged' }],
    });
    expect(spans).toMatchObject([
      { fCntFrom: 6, fCntTo: 6, state: 'lost_after_lns', why: 'retransmission_logged' },
      { fCntFrom: 5, fCntTo: 5, state: 'unexplained' },
      { fCntFrom: 7, fCntTo: 7, state: 'unexplained' },
    ]);
  });

  it('not by a counter of the same number in another session, years before', () => {
    const evidence = { heard: [{ fCnt: 6, at: new Date(0), why: 'in_record' as const }] };
    expect(sums([gap(5, 7)], evidence)).toMatchObject({ unexplained: 3 });
  });

  it('one of them after the server, where a status came without the uplink that brought it', () => {
    expect(sums([gap(5, 7)], { moments: [hour(6)] })).toEqual({
      lost_on_radio: 0,
      lost_after_lns: 1,
      unexplained: 2,
    });
  });

  it('and no second one, where that status came with a counter that the record names', () => {
    const evidence = {
      heard: [{ fCnt: 6, at: hour(6), why: 'in_record' as const }],
      moments: [new Date(hour(6).getTime() + 200)],
    };
    expect(sums([gap(5, 7)], evidence)).toMatchObject({ lost_after_lns: 1, unexplained: 2 });
  });

  it('on the radio, where the record is whole for these hours and has it not', () => {
    const evidence = {
      heard: [{ fCnt: 6, at: hour(6), why: 'in_record' as const }],
      recorded: [{ from: hour(0), to: hour(20) }],
    };
    expect(sums([gap(5, 7)], evidence)).toEqual({ lost_on_radio: 2, lost_after_lns: 1, unexplained: 0 });
    const short = { ...evidence, recorded: [{ from: hour(0), to: hour(7) }] };
    expect(sums([gap(5, 7)], short)).toMatchObject({ lost_on_radio: 0, unexplained: 2 });
  });

  it('by the counts of the server: two of three it heard, and one it did not', () => {
    const stored = [0, 1, 2, 3, 4, 8, 9].map(hour);
    const counted = { buckets: buckets([1, 1, 1, 1, 1, 1, 0, 1, 1, 1]), stored, edges: [hour(0), hour(9)] };
    expect(sums([gap(5, 7)], { counted })).toEqual({ lost_on_radio: 1, lost_after_lns: 2, unexplained: 0 });
  });

  it('not by counts that were wiped, for they know less than is here', () => {
    const counted = { buckets: buckets(Array(10).fill(0)), stored: [4, 8].map(hour), edges: [] };
    expect(sums([gap(5, 7)], { counted })).toMatchObject({ unexplained: 3 });
  });

  it('not by counts of the hour in which the session ends, for more may be lost behind its last frame', () => {
    const stored = [4, 8].map(hour);
    const counted = { buckets: buckets([0, 0, 0, 0, 1, 0, 0, 0, 2, 0]), stored, edges: [hour(8)] };
    expect(sums([gap(5, 7)], { counted })).toEqual({ lost_on_radio: 2, lost_after_lns: 0, unexplained: 1 });
  });

  it('leaves one open, where a frame stands on the edge of an hour', () => {
    const edge = new Date(START_MS + 9 * HOUR_MS - 2000);
    const oneGap = { ...gap(5, 7), before: edge };
    const counted = { buckets: buckets([0, 0, 0, 0, 1, 1, 0, 0, 0]), stored: [hour(4), edge], edges: [] };
    expect(sums([oneGap], { counted })).toEqual({ lost_on_radio: 2, lost_after_lns: 0, unexplained: 1 });
  });

  it('not by counts that begin in the middle of another gap', () => {
    const counted = {
      buckets: buckets(Array(10).fill(1)).slice(5),
      stored: [7, 9].map(hour),
      edges: [],
    };
    expect(sums([gap(3, 6), gap(8, 8)], { counted })).toMatchObject({ unexplained: 5 });
  });

  it('names counters across the turn of a 16-bit counter', () => {
    const turn = { ...gap(5, 8), fCntFrom: 65_534, fCntTo: 1, missing: 4 };
    const [spans] = explainGaps([turn], {
      ...NO_EVIDENCE,
      heard: [{ fCnt: 0, at: hour(6), why: 'in_record' }],
    });
    expect(spans).toMatchObject([
      { fCntFrom: 0, fCntTo: 0, state: 'lost_after_lns' },
      { fCntFrom: 65_534, fCntTo: 65_535, count: 2 },
      { fCntFrom: 1, fCntTo: 1, count: 1 },
    ]);
  });
});

describe('whatever the evidence, true or not', () => {
  const anyGaps = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 })), { maxLength: 6 })
    .map((steps) => {
      let next = 1;
      return steps.map(([apart, long]) => {
        const one = gap(next + apart, next + apart + long - 1);
        next += apart + long;
        return one;
      });
    });
  const anyHour = fc.integer({ min: 0, max: 60 });
  const anyEvidence: fc.Arbitrary<Evidence> = fc.record({
    heard: fc.array(anyHour.map((fCnt) => ({ fCnt, at: hour(fCnt), why: 'in_record' as const }))),
    moments: fc.array(anyHour.map(hour)),
    recorded: fc.array(fc.tuple(anyHour, anyHour).map(([a, b]) => ({ from: hour(a), to: hour(b) }))),
    counted: fc.option(
      fc.record({
        buckets: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }).map(buckets),
        stored: fc.array(anyHour.map(hour)),
        edges: fc.array(anyHour.map(hour)),
      }),
    ),
  });

  it('the spans of a gap add up to what it misses, and none is below nothing', () => {
    fc.assert(
      fc.property(anyGaps, anyEvidence, (gaps, evidence) => {
        const explained = explainGaps(gaps, evidence);
        explained.forEach((spans, i) => {
          expect(spans.reduce((sum, { count }) => sum + count, 0)).toBe(gaps[i]?.missing);
          for (const { count, fCntFrom, fCntTo } of spans) {
            expect(count).toBeGreaterThan(0);
            expect(count).toBeLessThanOrEqual(fCntTo - fCntFrom + 1);
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it('counters that are settled one by one are settled once', () => {
    fc.assert(
      fc.property(anyGaps, anyEvidence, (gaps, evidence) => {
        for (const spans of explainGaps(gaps, evidence)) {
          const named = spans.filter(({ why }) => why === 'in_record');
          const counters = named.flatMap(({ fCntFrom, count }) =>
            Array.from({ length: count }, (_, i) => fCntFrom + i),
          );
          expect(new Set(counters).size).toBe(counters.length);
        }
      }),
    );
  });

  it('true counts of any loss are never contradicted', () => {
    // The truth: of 48 hourly uplinks some are lost on the radio, some after the server.
    const anyFate = fc.array(fc.constantFrom('here', 'radio', 'after'), { minLength: 48, maxLength: 48 });
    fc.assert(
      fc.property(anyFate, (fates) => {
        const fate = ['here', ...fates, 'here'];
        const here = fate.flatMap((what, fCnt) => (what === 'here' ? [fCnt] : []));
        const gaps = here.flatMap((fCnt, i) => {
          const next = here[i + 1];
          return next === undefined || next === fCnt + 1 ? [] : [gap(fCnt + 1, next - 1)];
        });
        const stored = here.map(hour);
        const counted = {
          buckets: buckets(fate.map((what) => (what === 'radio' ? 0 : 1))),
          stored,
          edges: [hour(0), hour(fate.length - 1)],
        };
        const told = sums(gaps, { counted });
        expect(told.lost_after_lns).toBeLessThanOrEqual(fate.filter((what) => what === 'after').length);
        expect(told.lost_on_radio).toBeLessThanOrEqual(fate.filter((what) => what === 'radio').length);
      }),
      { numRuns: 500 },
    );
  });
});
