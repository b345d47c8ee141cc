import { getTimes } from 'suncalc';
import { type CityClock, DAY_MS } from './clock.ts';

/** Lit from sunset to sunrise; the steps dim or switch off in between, by the clock. */
export interface LightingProgram {
  readonly id: string;
  /** In the order of the night. Minutes are local and count from the evening's midnight, so 05:00 is 1740. */
  readonly steps: readonly { readonly fromMinute: number; readonly level_percent: number }[];
}

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

/** From one whole second to another, at one level; none where the lamps are dark. */
export interface LitSpan {
  readonly from_s: number;
  readonly until_s: number;
  /** Place in the calendar's `levels_percent`. */
  readonly level: number;
  /** The lamps were dark the second before. */
  readonly isSwitchOn: boolean;
}

interface Night {
  readonly from_s: number;
  readonly until_s: number;
  readonly spans: readonly LitSpan[];
  /** Seconds at each level, and starts, before this night. */
  readonly before_s: Float64Array;
  readonly startsBefore: number;
}

/**
 * A program put on the calendar: what its lamps are told to do, from its first night on, in whole seconds.
 * All lamps of a program share one. Sunset and sunrise are those of the sun's centre at -0.833 degrees.
 */
export class LightingCalendar {
  /** Each level above zero that the program has; full light first. */
  readonly levels_percent: readonly number[];
  readonly #program: LightingProgram;
  readonly #clock: CityClock;
  readonly #position: Position;
  readonly #firstNight: number;
  readonly #nights: Night[] = [];
  #last: Night | undefined;

  constructor(program: LightingProgram, clock: CityClock, position: Position, fromMs: number) {
    this.#program = program;
    this.#clock = clock;
    this.#position = position;
    this.#firstNight = nightOf(clock, fromMs);
    const levels = new Set([100, ...program.steps.map(({ level_percent }) => level_percent)]);
    this.levels_percent = [...levels].filter((level) => level > 0);
  }

  /** The level told at a moment; -1 for dark. */
  levelAt(time_s: number): number {
    for (const span of this.#night(time_s).spans) {
      if (time_s >= span.from_s && time_s < span.until_s) return span.level;
    }
    return -1;
  }

  /** Seconds at a level since the first night. */
  secondsAt(level: number, time_s: number): number {
    const night = this.#night(time_s);
    let seconds = night.before_s[level] ?? 0;
    for (const span of night.spans) {
      if (span.from_s >= time_s) break;
      if (span.level === level) seconds += Math.min(span.until_s, time_s) - span.from_s;
    }
    return seconds;
  }

  /** How often the lamps were switched on since the first night. */
  startsUntil(time_s: number): number {
    const night = this.#night(time_s);
    let starts = night.startsBefore;
    for (const span of night.spans) if (span.isSwitchOn && span.from_s < time_s) starts += 1;
    return starts;
  }

  /** The lit spans that touch a stretch of time, cut to it. */
  *spans(from_s: number, until_s: number): Generator<LitSpan> {
    for (let time_s = from_s; time_s < until_s; ) {
      const night = this.#night(time_s);
      for (const span of night.spans) {
        const cutFrom_s = Math.max(span.from_s, from_s);
        const cutUntil_s = Math.min(span.until_s, until_s);
        if (cutFrom_s < cutUntil_s) yield { ...span, from_s: cutFrom_s, until_s: cutUntil_s };
      }
      time_s = night.until_s;
    }
  }

  #night(time_s: number): Night {
    const last = this.#last;
    if (last !== undefined && time_s >= last.from_s && time_s < last.until_s) return last;
    const index = Math.max(0, nightOf(this.#clock, time_s * 1000) - this.#firstNight);
    for (let next = this.#nights.length; next <= index; next++) this.#nights.push(this.#make(next));
    const night = this.#nights[index];
    if (night === undefined) throw new RangeError(`no night ${index}`);
    this.#last = night;
    return night;
  }

  #make(index: number): Night {
    const previous = this.#nights[index - 1];
    const before_s =
      previous === undefined ? new Float64Array(this.levels_percent.length) : previous.before_s.slice();
    let startsBefore = previous?.startsBefore ?? 0;
    for (const span of previous?.spans ?? []) {
      before_s[span.level] = (before_s[span.level] ?? 0) + span.until_s - span.from_s;
      if (span.isSwitchOn) startsBefore += 1;
    }
    const day = this.#firstNight + index;
    return {
      from_s: Math.round(this.#clock.instantOfLocal(day, 720) / 1000),
      until_s: Math.round(this.#clock.instantOfLocal(day + 1, 720) / 1000),
      spans: this.#spansOf(day),
      before_s,
      startsBefore,
    };
  }

  #spansOf(day: number): LitSpan[] {
    const sunset_s = this.#sun(day).sunset_s;
    const sunrise_s = this.#sun(day + 1).sunrise_s;
    const inNight = (time_s: number) => Math.min(Math.max(time_s, sunset_s), sunrise_s);
    const starts = [
      { from_s: sunset_s, level_percent: 100 },
      ...this.#program.steps.map(({ fromMinute, level_percent }) => ({
        from_s: inNight(Math.round(this.#clock.instantOfLocal(day, fromMinute) / 1000)),
        level_percent,
      })),
    ];
    const spans: LitSpan[] = [];
    let litUntil_s = Number.NEGATIVE_INFINITY;
    for (const [place, { from_s, level_percent }] of starts.entries()) {
      const until_s = starts[place + 1]?.from_s ?? sunrise_s;
      if (from_s >= until_s || level_percent === 0) continue;
      const level = this.levels_percent.indexOf(level_percent);
      spans.push({ from_s, until_s, level, isSwitchOn: litUntil_s !== from_s });
      litUntil_s = until_s;
    }
    return spans;
  }

  #sun(day: number): { sunrise_s: number; sunset_s: number } {
    // suncalc answers for the UTC day of the instant that it is given.
    const noon = new Date(day * DAY_MS + DAY_MS / 2);
    const { sunrise, sunset } = getTimes(noon, this.#position.latitude, this.#position.longitude);
    if (sunrise === null || sunset === null) throw new RangeError(`no sunrise or sunset on day ${day}`);
    return {
      sunrise_s: Math.round(sunrise.getTime() / 1000),
      sunset_s: Math.round(sunset.getTime() / 1000),
    };
  }
}

/** The local date of its evening; a night runs from noon to noon, which need not be 24 hours. */
function nightOf(clock: CityClock, timeMs: number): number {
  const day = clock.localDay(timeMs);
  return timeMs < clock.instantOfLocal(day, 720) ? day - 1 : day;
}
