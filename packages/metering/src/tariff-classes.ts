import { DAY_MS, type LocalTime, localDay } from './local-time.ts';

/** Minutes of the local clock; one whose end is before its start runs over midnight. */
export interface Slot {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export type TempoColour = 'blue' | 'white' | 'red';

/** How a tariff tells one moment's price class from another's. All of it is data of a contract. */
export type TariffClasses =
  | { readonly kind: 'flat' }
  /** The slots of off-peak hours are the delivery point's own. */
  | { readonly kind: 'peak_off_peak'; readonly offPeak: readonly Slot[] }
  /** Each day, from 06:00 to 06:00, has a colour; `colours` is by ISO date. */
  | {
      readonly kind: 'tempo';
      readonly offPeak: readonly Slot[];
      readonly colours: ReadonlyMap<string, TempoColour>;
      readonly dayStartMinutes?: number;
    };

const TEMPO_DAY_START_MINUTES = 360;

/**
 * The class of a moment: `base`; `peak` or `off_peak`; `blue_peak` ... `red_off_peak`. Null where the
 * day's colour is not known.
 */
export function classAt(classes: TariffClasses, time: LocalTime, instant: number): string | null {
  switch (classes.kind) {
    case 'flat':
      return 'base';
    case 'peak_off_peak':
      return hoursAt(classes.offPeak, time, instant);
    case 'tempo': {
      const start = (classes.dayStartMinutes ?? TEMPO_DAY_START_MINUTES) * 60_000;
      const day = localDay(time, instant, start);
      const colour = classes.colours.get(new Date(day * DAY_MS).toISOString().slice(0, 10));
      return colour === undefined ? null : `${colour}_${hoursAt(classes.offPeak, time, instant)}`;
    }
  }
}

function hoursAt(offPeak: readonly Slot[], time: LocalTime, instant: number): 'peak' | 'off_peak' {
  const local = instant + time.offsetAt(instant);
  const minute = (((local % DAY_MS) + DAY_MS) % DAY_MS) / 60_000;
  return offPeak.some(({ fromMinute, toMinute }) =>
    fromMinute <= toMinute
      ? minute >= fromMinute && minute < toMinute
      : minute >= fromMinute || minute < toMinute,
  )
    ? 'off_peak'
    : 'peak';
}

/** The instants in a span at which the class may change: slots and days of the local clock. */
export function classEdges(classes: TariffClasses, time: LocalTime, from: number, to: number): number[] {
  const minutes = new Set<number>();
  if (classes.kind !== 'flat') {
    for (const { fromMinute, toMinute } of classes.offPeak) minutes.add(fromMinute).add(toMinute % 1440);
  }
  if (classes.kind === 'tempo') minutes.add(classes.dayStartMinutes ?? TEMPO_DAY_START_MINUTES);
  const edges = new Set<number>();
  // A change of the clocks inside an hour that comes twice changes the class back and forth.
  for (let day = localDay(time, from) - 1; minutes.size > 0 && day <= localDay(time, to); day += 1) {
    for (const minute of minutes) {
      const local = day * DAY_MS + minute * 60_000;
      for (const offset of new Set([time.offsetAt(local - DAY_MS), time.offsetAt(local + DAY_MS)])) {
        const instant = local - offset;
        if (instant > from && instant < to) edges.add(instant);
      }
    }
    const [before, after] = [time.offsetAt(day * DAY_MS), time.offsetAt((day + 1) * DAY_MS)];
    if (before !== after) addChange(time, day * DAY_MS, (day + 1) * DAY_MS, from, to, edges);
  }
  return [...edges].sort((a, b) => a - b);
}

/** The moment at which the clocks change, found by halving. */
function addChange(time: LocalTime, low: number, high: number, from: number, to: number, edges: Set<number>) {
  const before = time.offsetAt(low);
  let [a, b] = [low, high];
  while (b - a > 1) {
    const middle = Math.floor((a + b) / 2);
    if (time.offsetAt(middle) === before) a = middle;
    else b = middle;
  }
  if (b > from && b < to) edges.add(b);
}
