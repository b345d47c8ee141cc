import type { Piece } from './known.ts';
import { DAY_MS } from './local-time.ts';
import type { Finding } from './series.ts';

const HISTORY_MS = 21 * DAY_MS;
/** Shorter stillness is no news whatever the past says. */
const SHORTEST_MS = DAY_MS;
/** A register that stands still three times as long as in three weeks before may be stuck. */
const LONGER_THAN_BEFORE = 3;

interface Stillness {
  readonly from: number;
  to: number;
}

/** Spans over which a register did not move though its past says that it should have. */
export function stuckFindings(pieces: readonly Piece[]): Finding[] {
  const findings: Finding[] = [];
  const still: Stillness[] = [];
  let moved: number[] = [];
  const close = (run: Stillness | undefined) => {
    if (run === undefined || run.to - run.from < SHORTEST_MS) return;
    const since = run.from - HISTORY_MS;
    moved = moved.filter((at) => at >= since);
    const before = still.filter((one) => one !== run && one.to >= since && one.from < run.from);
    const longest = before.reduce((most, one) => Math.max(most, one.to - one.from), 0);
    if (moved.length === 0 || run.to - run.from <= LONGER_THAN_BEFORE * longest) return;
    const history = run.from - Math.max(since, moved[0] ?? since);
    // A past as short as the stillness itself teaches nothing.
    if (history < 2 * (run.to - run.from)) return;
    findings.push({ kind: 'stuck', at: run.from, detail: { until: run.to, longestBeforeMs: longest } });
  };
  let run: Stillness | undefined;
  for (const { from, to, known } of pieces) {
    if (known.value === 0 && known.quality === 'measured') {
      if (run !== undefined && run.to === from) run.to = to;
      else {
        close(run);
        run = { from, to };
        still.push(run);
      }
    } else {
      close(run);
      run = undefined;
      if (known.value !== null && known.value > 0) moved.push(from);
    }
  }
  close(run);
  return findings;
}
