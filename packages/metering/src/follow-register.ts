import { followDevice } from './follow-device.ts';
import { scaled } from './micro.ts';
import type { Finding } from './series.ts';
import type { Tape } from './tapes.ts';

/** A reading that counts, on the scale of its tape. */
export interface Point {
  readonly time: number;
  /** Millionths of the quantity's unit; grows over rollovers and over counters that follow each other. */
  readonly index: number;
  /** Changes where the register lost its thread: no difference has a meaning across it. */
  readonly epoch: number;
  readonly provisional: boolean;
  readonly estimated: boolean;
}

/**
 * Follows one register through time with the readings of at least this rank: over rollovers and over
 * counters that follow each other at one meter, past readings that cannot be.
 */
export function followRegister(
  tape: Tape,
  worstRank: number,
  maximumRate: number | null,
  findings: Finding[],
): Point[] {
  const points: Point[] = [];
  for (const part of tape.parts) {
    const { installation } = part;
    // A difference of scaled indexes: rounding happens to an index once, so sums stay exact.
    const offset =
      (installation.meterIndex ?? 0) -
      (installation.meterIndex === undefined ? 0 : scaled(installation.startIndex ?? 0, installation.factor));
    const before = points.at(-1);
    let epoch = before?.epoch ?? 0;
    let first = true;
    for (const one of followDevice(part, worstRank, maximumRate, findings)) {
      const index = scaled(one.shown, installation.factor) + offset;
      if (first && before !== undefined) {
        if (index < before.index) {
          epoch += 1;
          const detail = { device: installation.device, before: before.index, after: index };
          findings.push({ kind: 'reset', at: one.time, detail });
        } else if (one.time === before.time) {
          // The meter's index at the swap: what the old counter missed counts into the next step.
          first = false;
          continue;
        }
      }
      first = false;
      const { time, provisional, estimated } = one;
      points.push({ time, index, epoch: epoch + one.epoch, provisional, estimated });
    }
  }
  return points;
}
