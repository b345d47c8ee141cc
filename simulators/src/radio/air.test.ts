import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Air, HEARD } from './air.ts';

interface Sent {
  readonly startMs: number;
  readonly lengthMs: number;
  readonly channel: number;
  readonly spreadingFactor: number;
  /** dBm at gateways 0 and 1. */
  readonly at: readonly [number, number];
}

/** Runs them through `Air` in time order and gives the verdicts of both gateways for each. */
function verdicts(sent: readonly Sent[]): [number, number][] {
  const air = new Air(2);
  const ids: number[] = [];
  const found: [number, number][] = [];
  const moments = sent
    .flatMap((frame, n) => [
      { timeMs: frame.startMs, isEnd: false, n },
      { timeMs: frame.startMs + frame.lengthMs, isEnd: true, n },
    ])
    .toSorted((a, b) => a.timeMs - b.timeMs || Number(b.isEnd) - Number(a.isEnd));
  for (const { isEnd, n } of moments) {
    const frame = sent[n] as Sent;
    if (!isEnd) {
      const id = air.begin(frame.channel, frame.spreadingFactor);
      air.reaches(id, 0, frame.at[0]);
      air.reaches(id, 1, frame.at[1]);
      ids[n] = id;
    } else {
      const id = ids[n] as number;
      air.end(id);
      found[n] = [air.verdict(id, 0), air.verdict(id, 1)];
    }
  }
  return found;
}

const overlap = (a: Sent, b: Sent) =>
  a.channel === b.channel &&
  a.spreadingFactor === b.spreadingFactor &&
  a.startMs < b.startMs + b.lengthMs &&
  b.startMs < a.startMs + a.lengthMs;

/** In steps of 0.7 dB, so that no two are the 6 dB of the threshold apart, where rounding decides. */
const strength_dBm = fc.integer({ min: 0, max: 80 }).map((step) => -117 + 0.7 * step);

const frame: fc.Arbitrary<Sent> = fc.record({
  startMs: fc.integer({ min: 0, max: 3000 }),
  lengthMs: fc.integer({ min: 50, max: 400 }),
  channel: fc.integer({ min: 0, max: 1 }),
  spreadingFactor: fc.integer({ min: 7, max: 8 }),
  at: fc.tuple(strength_dBm, strength_dBm),
});

describe('frames on the air', () => {
  it('collide as comparing every two of them says, at each gateway for itself', () => {
    fc.assert(
      // Few enough at once that no gateway runs out of demodulators.
      fc.property(fc.array(frame, { maxLength: 8 }), (sent) => {
        const found = verdicts(sent);
        for (const [n, one] of sent.entries()) {
          for (const gateway of [0, 1] as const) {
            const others = sent.filter((other, m) => m !== n && overlap(one, other));
            const drowned =
              others.length > 0 &&
              10 ** (one.at[gateway] / 10) <
                10 ** 0.6 *
                  others.reduce((sum, other) => sum + 10 ** (other.at[gateway] / 10), 0) *
                  (1 - 1e-9);
            expect(found[n]?.[gateway]).toBe(drowned ? HEARD.collided : HEARD.read);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('collide both or one captures: of two equals neither is read, whoever began', () => {
    const at = (startMs: number, dBm: number): Sent => ({
      startMs,
      lengthMs: 100,
      channel: 0,
      spreadingFactor: 7,
      at: [dBm, dBm],
    });
    const first = (sent: Sent[]) => verdicts(sent).map(([verdict]) => verdict);
    expect(first([at(0, -100), at(99, -100)])).toEqual([HEARD.collided, HEARD.collided]);
    expect(first([at(0, -100), at(99, -93)])).toEqual([HEARD.collided, HEARD.read]);
    expect(first([at(0, -93), at(99, -100)])).toEqual([HEARD.read, HEARD.collided]);
    expect(first([at(0, -100), at(100, -100)])).toEqual([HEARD.read, HEARD.read]);
  });

  it('of another spreading factor or channel do not mind each other; below sensitivity nothing is read', () => {
    const sent = (channel: number, spreadingFactor: number, dBm: number): Sent => ({
      startMs: 0,
      lengthMs: 100,
      channel,
      spreadingFactor,
      at: [dBm, -125],
    });
    const found = verdicts([sent(0, 7, -110), sent(1, 7, -60), sent(0, 8, -60)]);
    expect(found).toEqual([
      [HEARD.read, HEARD.tooWeak],
      [HEARD.read, HEARD.tooWeak],
      [HEARD.read, HEARD.read],
    ]);
  });

  it('are read eight at once by a gateway, the ninth finds no demodulator', () => {
    const sent = Array.from({ length: 9 }, (_, n) => ({
      startMs: n,
      lengthMs: 100,
      channel: n % 8,
      spreadingFactor: n < 8 ? 7 : 8,
      at: [-80, -140] as const,
    }));
    expect(verdicts(sent).map(([verdict]) => verdict)).toEqual([
      ...Array(8).fill(HEARD.read),
      HEARD.noDemodulator,
    ]);
  });
});
