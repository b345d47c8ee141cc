import type { Episode } from '../episode.ts';

/** What a rule would have raised: an episode, of a subject. */
export interface FoundAlert extends Episode {
  readonly rule: string;
  /** A DevEUI, or the value of the tag that a rule of the kind `many` groups by. */
  readonly subject: string;
}

/** A span of event time, ms: `from` belongs to it, `to` does not. */
export interface BacktestSpan {
  readonly from: number;
  readonly to: number;
}

/** Whether it was open at some moment of the span. */
export function touches({ openedAt, clearedAt }: Episode, { from, to }: BacktestSpan): boolean {
  return openedAt < to && (clearedAt === null || clearedAt > from);
}
