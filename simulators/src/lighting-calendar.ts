import { getTimes } from 'suncalc';
import { CITY, DAY_MS, HOUR_MS, instantOfLocal, localDay } from './city-time.ts';

/** Lit from sunset to sunrise; the steps dim or switch off in between, by the clock. */
export interface LightingProgram {
  readonly id: string;
  /** In the order of the night. Minutes are local and count from the evening's midnight, so 05:00 is 29 h. */
  readonly steps: readonly { readonly fromMinute: number; readonly level_percent: number }[];
}

const clock = (hours: number, minutes = 0) => hours * 60 + minutes;

/** The two programs of the city: stepped dimming, and the sectors that go dark in the small hours. */
export const ALL_NIGHT: LightingProgram = {
  id: 'all-night',
  steps: [
    { fromMinute: clock(23), level_percent: 50 },
    { fromMinute: clock(24 + 5), level_percent: 100 },
  ],
};
export const OFF_IN_SMALL_HOURS: LightingProgram = {
  id: 'off-2330-0530',
  steps: [
    { fromMinute: clock(23), level_percent: 50 },
    { fromMinute: clock(23, 30), level_percent: 0 },
    { fromMinute: clock(24 + 5, 30), level_percent: 100 },
  ],
};

interface Segment {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly level_percent: number;
}

/** What a lamp that follows its program has done since the first night of the calendar. */
export interface LightingTotals {
  readonly lit_h: number;
  /** Hours at full light that would have drawn the same energy. */
  readonly fullLoad_h: number;
  readonly switchOns: number;
}

interface Night {
  readonly segments: readonly Segment[];
  /** Up to the noon before it. */
  readonly before: LightingTotals;
}

/**
 * A program put on the calendar. One is shared by all lamps of a program: their hours and energy are
 * integrals over the same nights.
 */
export class LightingCalendar {
  readonly #program: LightingProgram;
  readonly #firstNight: number;
  readonly #nights: Night[] = [];

  constructor(program: LightingProgram, fromMs: number) {
    this.#program = program;
    this.#firstNight = nightOf(fromMs);
  }

  level_percent(timeMs: number): number {
    const segment = this.#night(timeMs).segments.find((s) => timeMs >= s.fromMs && timeMs < s.untilMs);
    return segment?.level_percent ?? 0;
  }

  totals(timeMs: number): LightingTotals {
    const { before, segments } = this.#night(timeMs);
    return addUp(before, segments, timeMs);
  }

  #night(timeMs: number): Night {
    const index = Math.max(0, nightOf(timeMs) - this.#firstNight);
    for (let next = this.#nights.length; next <= index; next++) {
      const last = this.#nights[next - 1];
      this.#nights.push({
        segments: segmentsOf(this.#program, this.#firstNight + next),
        before:
          last === undefined
            ? { lit_h: 0, fullLoad_h: 0, switchOns: 0 }
            : addUp(last.before, last.segments, Number.POSITIVE_INFINITY),
      });
    }
    return this.#nights[index] ?? { segments: [], before: { lit_h: 0, fullLoad_h: 0, switchOns: 0 } };
  }
}

/** The local date of its evening; a night runs from noon to noon. */
function nightOf(timeMs: number): number {
  return localDay(timeMs - DAY_MS / 2);
}

function segmentsOf(program: LightingProgram, night: number): Segment[] {
  const { sunset } = sunTimes(night);
  const { sunrise } = sunTimes(night + 1);
  const inTheNight = (timeMs: number) => Math.min(Math.max(timeMs, sunset), sunrise);
  const starts = [
    { fromMs: sunset, level_percent: 100 },
    ...program.steps.map(({ fromMinute, level_percent }) => ({
      fromMs: inTheNight(instantOfLocal(night, fromMinute)),
      level_percent,
    })),
  ];
  return starts
    .map((start, index) => ({ ...start, untilMs: starts[index + 1]?.fromMs ?? sunrise }))
    .filter(({ fromMs, untilMs }) => fromMs < untilMs);
}

/** Sunset and sunrise of a local date, where the sun's centre stands at -0.833 degrees. */
function sunTimes(day: number): { sunrise: number; sunset: number } {
  // suncalc answers for the UTC day of the instant that it is given.
  const { sunrise, sunset } = getTimes(new Date(day * DAY_MS + DAY_MS / 2), CITY.latitude, CITY.longitude);
  if (sunrise === null || sunset === null) throw new RangeError(`no sunrise or sunset on day ${day}`);
  return { sunrise: sunrise.getTime(), sunset: sunset.getTime() };
}

function addUp(before: LightingTotals, segments: readonly Segment[], untilMs: number): LightingTotals {
  let { lit_h, fullLoad_h, switchOns } = before;
  let isLit = false;
  for (const segment of segments) {
    if (segment.fromMs > untilMs) break;
    const lasted_h = (Math.min(segment.untilMs, untilMs) - segment.fromMs) / HOUR_MS;
    if (segment.level_percent > 0) {
      lit_h += lasted_h;
      fullLoad_h += (lasted_h * segment.level_percent) / 100;
      if (!isLit) switchOns += 1;
    }
    isLit = segment.level_percent > 0;
  }
  return { lit_h, fullLoad_h, switchOns };
}
