import type { RunPlan } from './run-plan.ts';
import type { Load } from './scenario.ts';

/** When the n-th message (from 0), whose simulated time is `atMs`, may be published: ms by the wall clock. */
export type Pace = (n: number, atMs: number) => number;

/** @param startMs when the run began, by the wall clock. */
export function paceOf(
  { speed, fromMs, load }: Pick<RunPlan, 'speed' | 'fromMs' | 'load'>,
  startMs: number,
): Pace {
  // What is past already comes at once, and the rest when its time comes.
  if (speed === 1) return (_n, atMs) => atMs;
  if (speed !== 'max') return (_n, atMs) => startMs + (atMs - fromMs) / speed;
  const seconds = secondsFor(load);
  return seconds === null ? () => 0 : (n) => startMs + 1000 * seconds(n);
}

/** How many seconds after the start a load has come to n messages; null: it does not say. */
function secondsFor(load: Load): ((n: number) => number) | null {
  switch (load.kind) {
    case 'steady': {
      const { perSecond } = load;
      return perSecond === undefined ? null : (n) => n / perSecond;
    }
    case 'ramp': {
      const { from, to, over_s } = load;
      const slope = (to - from) / over_s;
      const atEnd = ((from + to) / 2) * over_s;
      return (n) => {
        if (n > atEnd) return over_s + (n - atEnd) / to;
        // n = from t + slope t^2 / 2
        return slope === 0 ? n / from : (Math.sqrt(from * from + 2 * slope * n) - from) / slope;
      };
    }
    case 'spike': {
      const { base, peak, every_s, lasts_s } = load;
      const calm_s = every_s - lasts_s;
      const round = base * calm_s + peak * lasts_s;
      return (n) => {
        const rest = n % round;
        const inRound_s = rest <= base * calm_s ? rest / base : calm_s + (rest - base * calm_s) / peak;
        return Math.floor(n / round) * every_s + inRound_s;
      };
    }
    case 'storm':
      return null;
  }
}
