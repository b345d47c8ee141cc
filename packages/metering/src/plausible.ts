import { HOUR_MS } from './local-time.ts';
import { scaled } from './micro.ts';
import type { Installation } from './series.ts';
import type { RankedReading, Tape } from './tapes.ts';

/** Fewer steps than these teach nothing about what is plausible. */
const STEPS_TO_LEARN_FROM = 20;
/** How far above its usual peaks a meter may go before its number is doubted. */
const MARGIN = 20;

/**
 * The most that can plausibly run through, millionths of the unit an hour: twenty times the rate that 95
 * of 100 steps with any use stay under. Null where there is too little to learn from.
 */
export function learnMaximumRate(tapes: readonly Tape[]): number | null {
  const rates: number[] = [];
  for (const { parts } of tapes) {
    for (const { installation, readings } of parts) {
      const inTime = readings.toSorted((a, b) => a.time - b.time || a.value - b.value);
      for (let i = 1; i < inTime.length; i += 1) {
        const [a, b] = [inTime[i - 1], inTime[i]] as [RankedReading, RankedReading];
        if (b.time === a.time || b.value <= a.value) continue;
        rates.push(
          (scaled(b.value - a.value, installation.factor) * HOUR_MS) / Math.max(b.time - a.time, HOUR_MS),
        );
      }
    }
  }
  if (rates.length < STEPS_TO_LEARN_FROM) return null;
  const inOrder = Float64Array.from(rates).sort();
  return Math.ceil((inOrder[Math.floor(inOrder.length * 0.95)] ?? 0) * MARGIN);
}

/** How often readings usually come, ms: the median of the times between them. Null under three of them. */
export function learnStep(tapes: readonly Tape[]): number | null {
  const steps: number[] = [];
  for (const { parts } of tapes) {
    for (const { readings } of parts) {
      const times = Float64Array.from(readings, (one) => one.time).sort();
      for (let i = 1; i < times.length; i += 1) {
        const step = (times[i] ?? 0) - (times[i - 1] ?? 0);
        if (step > 0) steps.push(step);
      }
    }
  }
  if (steps.length < 2) return null;
  return Float64Array.from(steps).sort()[steps.length >> 1] ?? null;
}

/** What is plausible between two readings of one device, in what the device shows. */
export interface Limits {
  /** Null: nothing is known of its rate. */
  readonly shownAnHour: number | null;
  /** Where the register starts again; null: it never does. */
  readonly modulus: number | null;
}

export function limitsOf(installation: Installation, maximumRate: number | null): Limits {
  const { factor, rollover } = installation;
  return {
    shownAnHour: maximumRate === null ? null : (maximumRate * factor.denominator) / factor.numerator,
    modulus:
      rollover === undefined
        ? null
        : 'digits' in rollover
          ? 10 ** rollover.digits * 1_000_000
          : rollover.modulus * 1_000_000,
  };
}

export type Step =
  | { readonly kind: 'forward' | 'rollover' | 'jump'; readonly increment: number }
  | { readonly kind: 'slightly_back' | 'back'; readonly increment: number };

/** Reads one step of a register: `shown` already counts the times it rolled over before. */
export function step(
  from: { time: number; shown: number },
  to: { time: number; shown: number },
  limits: Limits,
): Step {
  const increment = to.shown - from.shown;
  const { shownAnHour, modulus } = limits;
  // A register of coarse resolution moves by a whole unit at once: an hour's worth is always allowed.
  const allowed =
    shownAnHour === null
      ? Number.POSITIVE_INFINITY
      : shownAnHour * Math.max(1, (to.time - from.time) / HOUR_MS);
  if (increment >= 0) return { kind: increment <= allowed ? 'forward' : 'jump', increment };
  if (modulus !== null) {
    const wrapped = increment + modulus;
    const most = shownAnHour === null ? modulus / 10 : Math.min(allowed, modulus / 2);
    if (wrapped >= 0 && wrapped <= most) return { kind: 'rollover', increment: wrapped };
  }
  const little = shownAnHour ?? Math.abs(from.shown) / 1000;
  return { kind: -increment <= little ? 'slightly_back' : 'back', increment };
}

export const goesOn = (one: Step) => one.kind === 'forward' || one.kind === 'rollover';
