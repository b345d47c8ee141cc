import { elapsedIn, isIn, type Span } from '../faults/device-faults.ts';
import type { Fault } from '../faults/plan.ts';
import { between, derive, type Key } from '../seeded.ts';
import type { LightingCalendar } from './lighting.ts';

/** A tenth of a joule: a lamp of whole tenths of a watt draws whole ones in whole seconds. */
export const DJ_PER_WH = 36_000;

/** What a lamp did in a stretch of time. */
interface Deeds {
  readonly energy_dJ: number;
  readonly lit_s: number;
  readonly starts: number;
}

/** A stretch in which a lamp does not do what it is told. */
interface Misdeed extends Span {
  readonly kind: 'dark' | 'lamp_failure' | 'day_burner' | 'cycling' | 'dimming_ignored';
  readonly size: number;
  /** When the fault itself began, which an outage may have cut in two. */
  readonly since_s: number;
}

export interface LampSettings {
  readonly count: number;
  readonly lampsPerCabinet: number;
  readonly rated_W: readonly [number, number];
  readonly city: Key;
  readonly installed_s: number;
  /** By sector; the n-th cabinet is in sector n modulo their number. */
  readonly calendars: readonly LightingCalendar[];
  readonly faultsOf: (lamp: number) => readonly Fault[];
  readonly outagesOf: (cabinet: number) => readonly Span[];
}

/** All lamps of the city: power, light and energy, in whole tenths of a joule. */
export class Lamps {
  readonly #settings: LampSettings;
  readonly #rated: Key;
  readonly #misdeeds = new Map<number, readonly Misdeed[]>();

  constructor(settings: LampSettings) {
    this.#settings = settings;
    this.#rated = derive(settings.city, 'rated power');
  }

  cabinetOf(lamp: number): number {
    return Math.floor(lamp / this.#settings.lampsPerCabinet);
  }

  calendarOf(cabinet: number): LightingCalendar {
    const { calendars } = this.#settings;
    const calendar = calendars[cabinet % calendars.length];
    if (calendar === undefined) throw new RangeError('no lighting calendar');
    return calendar;
  }

  /** In tenths of a watt at one of the calendar's levels; 0 for dark (-1). */
  power_dW(lamp: number, calendar: LightingCalendar, level: number): number {
    const [low, high] = this.#settings.rated_W;
    const rated_dW = 10 * Math.round(between(this.#rated, lamp, low, high));
    return Math.round((rated_dW * (calendar.levels_percent[level] ?? 0)) / 100);
  }

  /** The level that is given, in percent, and the fault that is at work. */
  stateAt(lamp: number, time_s: number) {
    const calendar = this.calendarOf(this.cabinetOf(lamp));
    const told = calendar.levelAt(time_s);
    const told_percent = calendar.levels_percent[told] ?? 0;
    const misdeed = this.#misdeedsOf(lamp).find((span) => isIn(span, time_s));
    return { calendar, told_percent, misdeed, given_percent: givenPercent(told_percent, misdeed, time_s) };
  }

  /** Since the installation. */
  deeds(lamp: number, time_s: number): Deeds {
    const calendar = this.calendarOf(this.cabinetOf(lamp));
    const { installed_s } = this.#settings;
    let { energy_dJ, lit_s, starts } = this.#asTold(lamp, calendar, installed_s, time_s);
    for (const misdeed of this.#misdeedsOf(lamp)) {
      if (misdeed.from_s >= time_s) break;
      const until_s = Math.min(time_s, misdeed.until_s);
      const told = this.#asTold(lamp, calendar, misdeed.from_s, until_s);
      const done = this.#misdone(lamp, calendar, misdeed, until_s);
      energy_dJ += done.energy_dJ - told.energy_dJ;
      lit_s += done.lit_s - told.lit_s;
      starts += done.starts - told.starts;
      // Power comes back, or the lamp is mended, in the middle of the night.
      if (misdeed.until_s <= time_s && isDarkening(misdeed) && calendar.levelAt(misdeed.until_s) >= 0)
        starts += 1;
    }
    return { energy_dJ, lit_s, starts };
  }

  /** Whether a lamp has a story of its own, beside its cabinet's outages. */
  hasOwnFaults(lamp: number): boolean {
    return this.#settings.faultsOf(lamp).length > 0;
  }

  #asTold(lamp: number, calendar: LightingCalendar, from_s: number, until_s: number): Deeds {
    let energy_dJ = 0;
    let lit_s = 0;
    for (let level = 0; level < calendar.levels_percent.length; level++) {
      const seconds = calendar.secondsAt(level, until_s) - calendar.secondsAt(level, from_s);
      lit_s += seconds;
      energy_dJ += seconds * this.power_dW(lamp, calendar, level);
    }
    return { energy_dJ, lit_s, starts: calendar.startsUntil(until_s) - calendar.startsUntil(from_s) };
  }

  #misdone(lamp: number, calendar: LightingCalendar, misdeed: Misdeed, until_s: number): Deeds {
    const full_dW = this.power_dW(lamp, calendar, 0);
    switch (misdeed.kind) {
      case 'dark':
      case 'lamp_failure':
        return { energy_dJ: 0, lit_s: 0, starts: 0 };
      case 'day_burner': {
        const lit_s = until_s - misdeed.from_s;
        return { energy_dJ: lit_s * full_dW, lit_s, starts: calendar.levelAt(misdeed.from_s) < 0 ? 1 : 0 };
      }
      case 'dimming_ignored': {
        let lit_s = 0;
        let starts = 0;
        for (const span of calendar.spans(misdeed.from_s, until_s)) {
          lit_s += span.until_s - span.from_s;
          if (span.isSwitchOn && span.from_s > misdeed.from_s) starts += 1;
        }
        return { energy_dJ: lit_s * full_dW, lit_s, starts };
      }
      case 'cycling': {
        let lit_s = 0;
        let energy_dJ = 0;
        let starts = 0;
        const { size: period_s } = misdeed;
        for (const span of calendar.spans(misdeed.from_s, until_s)) {
          const on_s = onSeconds(span.until_s, period_s) - onSeconds(span.from_s, period_s);
          lit_s += on_s;
          energy_dJ += on_s * this.power_dW(lamp, calendar, span.level);
          starts += Math.ceil(span.until_s / period_s) - Math.ceil(span.from_s / period_s);
        }
        return { energy_dJ, lit_s, starts };
      }
    }
  }

  /** In order and apart: the lamp's own faults, cut where its cabinet is dark, and those outages. */
  #misdeedsOf(lamp: number): readonly Misdeed[] {
    let found = this.#misdeeds.get(lamp);
    if (found === undefined) {
      const outages = this.#settings.outagesOf(this.cabinetOf(lamp));
      const faults = this.#settings.faultsOf(lamp);
      if (faults.length === 0 && outages.length === 0) return NONE;
      found = [
        ...outages.map((span): Misdeed => ({ ...span, kind: 'dark', size: 1, since_s: span.from_s })),
        ...faults.flatMap((fault) =>
          without(fault, outages).map(
            (span): Misdeed => ({
              ...span,
              kind: fault.kind as Misdeed['kind'],
              size: fault.size,
              since_s: fault.from_s,
            }),
          ),
        ),
      ].sort((a, b) => a.from_s - b.from_s);
      this.#misdeeds.set(lamp, found);
    }
    return found;
  }
}

const NONE: readonly Misdeed[] = [];

function isDarkening({ kind }: Misdeed): boolean {
  return kind === 'dark' || kind === 'lamp_failure';
}

function givenPercent(told_percent: number, misdeed: Misdeed | undefined, time_s: number): number {
  switch (misdeed?.kind) {
    case undefined:
      return told_percent;
    case 'dark':
    case 'lamp_failure':
      return 0;
    case 'day_burner':
      return 100;
    case 'dimming_ignored':
      return told_percent > 0 ? 100 : 0;
    case 'cycling':
      return time_s % misdeed.size < Math.ceil(misdeed.size / 2) ? told_percent : 0;
  }
}

/** How long a cycling lamp has been on since 1970, were it told to be on all the time. */
function onSeconds(time_s: number, period_s: number): number {
  const half_s = Math.ceil(period_s / 2);
  return Math.floor(time_s / period_s) * half_s + Math.min(time_s % period_s, half_s);
}

/** What is left of a span when others are cut out of it; the others in order and apart. */
function without(span: Span, others: readonly Span[]): Span[] {
  const left: Span[] = [];
  let { from_s } = span;
  for (const other of others) {
    if (elapsedIn(other, span.until_s) === 0 || other.until_s <= from_s) continue;
    if (other.from_s > from_s) left.push({ from_s, until_s: other.from_s });
    from_s = Math.max(from_s, other.until_s);
  }
  if (from_s < span.until_s) left.push({ from_s, until_s: span.until_s });
  return left;
}
