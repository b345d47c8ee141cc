import { goesOn, type Limits, limitsOf, step } from './plausible.ts';
import type { Finding } from './series.ts';
import type { RankedReading, TapePart } from './tapes.ts';

/** So many later readings may contradict one before it is believed. */
const READINGS_TO_LOOK_AHEAD = 3;

export interface Followed extends RankedReading {
  /** What the device showed, plus its modulus for every time that it rolled over. */
  readonly shown: number;
  readonly epoch: number;
}

/** The readings of one device that count, in the order of time. */
export function followDevice(
  part: TapePart,
  worstRank: number,
  maximumRate: number | null,
  findings: Finding[],
): Followed[] {
  const { installation } = part;
  const limits = limitsOf(installation, maximumRate);
  const readings = oneForEachMoment(part, worstRank, findings);
  const device = installation.device;
  const kept: Followed[] = [];
  const [head, ...rest] = readings;
  if (head === undefined) return kept;
  kept.push({ ...head, shown: head.value, epoch: 0 });
  let turns = 0;
  for (let i = 0; i < rest.length; i += 1) {
    const next = rest[i] as RankedReading;
    for (;;) {
      const last = kept.at(-1) as Followed;
      const to = { time: next.time, shown: next.value + turns };
      const taken = step(last, to, limits);
      const detail = { device, before: last.value, after: next.value };
      if (goesOn(taken)) {
        if (taken.kind === 'rollover') {
          turns += limits.modulus ?? 0;
          findings.push({
            kind: 'rollover',
            at: next.time,
            detail: { ...detail, increment: taken.increment },
          });
        }
        kept.push({ ...next, shown: last.shown + taken.increment, epoch: last.epoch });
        break;
      }
      if (taken.increment < 0 && next.rank < last.rank && kept.length > 1) {
        // The better source says that the worse one had run ahead.
        kept.pop();
        findings.push({ kind: 'outlier', at: last.time, detail: { device, value: last.value } });
        continue;
      }
      if (contradicted(last, next, taken.kind, rest, i, turns, limits)) {
        findings.push({ kind: 'outlier', at: next.time, detail: { ...detail, value: next.value } });
        break;
      }
      if (taken.kind === 'back') {
        findings.push({ kind: 'reset', at: next.time, detail });
        turns = 0;
        kept.push({ ...next, shown: next.value, epoch: last.epoch + 1 });
      } else {
        findings.push({ kind: taken.kind === 'jump' ? 'jump' : 'backwards', at: next.time, detail });
        kept.push({ ...next, shown: to.shown, epoch: last.epoch });
      }
      break;
    }
  }
  return kept;
}

/**
 * Do the readings that follow say that this one cannot be? Then they go on from the one before it. After
 * a real jump or reset they go on from this one instead.
 */
function contradicted(
  last: Followed,
  next: RankedReading,
  kind: 'jump' | 'back' | 'slightly_back' | 'forward' | 'rollover',
  rest: readonly RankedReading[],
  at: number,
  turns: number,
  limits: Limits,
): boolean {
  const from = { time: next.time, shown: next.value + turns };
  for (let j = at + 1; j <= at + READINGS_TO_LOOK_AHEAD && j < rest.length; j += 1) {
    const later = rest[j] as RankedReading;
    const to = { time: later.time, shown: later.value + turns };
    if (!goesOn(step(last, to, limits))) continue;
    if (kind === 'slightly_back' || limits.shownAnHour === null) return true;
    if (!goesOn(step(from, to, limits))) return true;
  }
  return false;
}

/** In the order of time, one for each moment: the best source's, then what became known last. */
function oneForEachMoment(part: TapePart, worstRank: number, findings: Finding[]): RankedReading[] {
  const inOrder = part.readings
    .filter((one) => one.rank <= worstRank)
    .sort(
      (a, b) =>
        a.time - b.time || a.rank - b.rank || b.knownAt - a.knownAt || b.seq - a.seq || b.value - a.value,
    );
  const kept: RankedReading[] = [];
  const device = part.installation.device;
  for (const one of inOrder) {
    const winner = kept.at(-1);
    if (winner?.time !== one.time) kept.push(one);
    else if (winner.value !== one.value) {
      const detail = { device, kept: winner.value, left: one.value };
      findings.push({ kind: 'overlap', at: one.time, detail });
    } else if (winner.rank !== one.rank) {
      findings.push({ kind: 'duplicate', at: one.time, detail: { device, value: one.value } });
    }
  }
  return kept;
}
