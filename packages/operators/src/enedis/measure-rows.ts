import { wholeNumber } from '../exact.ts';
import type { Draft } from '../import.ts';
import { dayOf, instantOf, localDateTime, resolveBySequence, startOfDay } from '../local-time.ts';
import { type Place, problemAt, shown } from '../problem.ts';
import { type OperatorReading, type ReadingQuality, withKey } from '../reading.ts';
import type { MeasureRow } from './data-connect-schema.ts';
import { energyOf } from './energy.ts';
import { powerOf } from './section.ts';

/** What a row's answer says of all of its rows. */
export interface Measure {
  readonly pointId: string;
  readonly quantity: 'active_energy_import' | 'active_energy_export';
  /** Lower case: w, kw, wh, kwh, va, kva. */
  readonly unit: string;
  readonly maximum: boolean;
  readonly corrected: boolean;
  readonly step: string;
}

export interface MeasureSettings {
  readonly zone: string;
  readonly stamps: 'start' | 'end';
  readonly sequence: Map<string, number>;
}

const USUAL_STEP_MS = 30 * 60_000;

/** Turns rows into readings; remembers each series' last instant, which tells October's two hours apart. */
export class MeasureRows {
  readonly #settings: MeasureSettings;
  readonly #previous: Map<string, number>;

  constructor(settings: MeasureSettings) {
    this.#settings = settings;
    this.#previous = settings.sequence;
  }

  *read(row: MeasureRow, measure: Measure, place: Place): Generator<Draft> {
    const value = row.value === '' ? null : wholeNumber(row.value, powerOf(measure.unit));
    if (value === null && row.value !== '') {
      const remedy = 'Ask for the day again.';
      yield problemAt(place, 'value', 'value_unreadable', `${shown(row.value)} is no whole value`, remedy);
    }
    if (measure.maximum) yield* this.#maximum(row, measure, value, place);
    else if (measure.unit.endsWith('wh')) yield* this.#day(row, measure, value, place);
    else yield* this.#interval(row, measure, value, place);
  }

  *#maximum(row: MeasureRow, measure: Measure, value: number | null, place: Place): Generator<Draft> {
    const day = dayOf(row.date.slice(0, 10));
    if (day === null) yield unreadable(place, row.date);
    else if (value !== null) {
      // The hour of a maximum in the double hour is not told apart: the day is what counts.
      const local = localDateTime(row.date);
      const found = local === null ? null : resolveBySequence(local, this.#settings.zone, null, 0);
      const at = instantOf(row.date) ?? (found?.outcome === 'resolved' ? found.at : null);
      yield withKey({
        kind: 'fact',
        fact: 'maximum_power',
        operator: 'enedis',
        pointId: measure.pointId,
        sourceLine: place.line,
        day: day.toString(),
        at: at === null ? null : new Date(at),
        value,
        unit: measure.unit.endsWith('va') ? 'VA' : 'W',
      });
    }
  }

  *#day(row: MeasureRow, measure: Measure, value: number | null, place: Place): Generator<Draft> {
    const day = dayOf(row.date.slice(0, 10));
    if (day === null) {
      yield unreadable(place, row.date);
      return;
    }
    const [from, to] = [
      startOfDay(day, this.#settings.zone),
      startOfDay(day.add({ days: 1 }), this.#settings.zone),
    ];
    const energy = value === null ? null : ({ value, unit: 'Wh' } as const);
    yield reading(row, measure, place, { from, to, energy, basis: 'published' });
  }

  *#interval(row: MeasureRow, measure: Measure, value: number | null, place: Place): Generator<Draft> {
    const step = stepOf(row.step || measure.step) ?? USUAL_STEP_MS;
    const series = `${measure.pointId} ${measure.quantity}`;
    const at = yield* this.#instant(row.date, this.#previous.get(series) ?? null, step, place);
    if (at === null) return;
    this.#previous.set(series, at);
    const from = new Date(this.#settings.stamps === 'end' ? at - step : at);
    const to = new Date(from.getTime() + step);
    const energy = value === null ? null : energyOf(value, step);
    yield reading(row, measure, place, { from, to, energy, basis: 'metered' });
  }

  *#instant(
    date: string,
    previous: number | null,
    step: number,
    place: Place,
  ): Generator<Draft, number | null> {
    const instant = instantOf(date);
    if (instant !== null) return instant;
    const local = localDateTime(date);
    if (local === null) {
      yield unreadable(place, date);
      return null;
    }
    const found = resolveBySequence(local, this.#settings.zone, previous, step);
    if (found.outcome === 'resolved') return found.at;
    const ambiguous = found.outcome === 'ambiguous';
    yield problemAt(
      place,
      'date',
      ambiguous ? 'local_time_ambiguous' : 'local_time_nonexistent',
      ambiguous
        ? `${date} comes twice on that night and no reading before it tells which one it is`
        : `${date} does not exist: the clocks were put forward`,
      ambiguous ? 'Ask for the range from the day before.' : 'Ask for the day again.',
    );
    return null;
  }
}

const unreadable = (place: Place, date: string) =>
  problemAt(
    place,
    'date',
    'stamp_unreadable',
    `${shown(date)} is no date and time`,
    'Ask for the day again.',
  );

function reading(
  row: MeasureRow,
  { pointId, quantity, corrected }: Measure,
  place: Place,
  {
    from,
    to,
    energy,
    basis,
  }: {
    readonly from: Date;
    readonly to: Date;
    readonly energy: ReturnType<typeof energyOf> | null;
    readonly basis: 'metered' | 'published';
  },
): OperatorReading {
  const register = {
    operator: 'enedis',
    pointId,
    quantity,
    register: 'total',
    channel: 0,
    sourceLine: place.line,
  } as const;
  if (energy === null) {
    const reason = row.value === '' ? 'empty_value' : 'unreadable';
    return withKey({ ...register, kind: 'missing', of: 'interval', from, to, reason });
  }
  const quality: ReadingQuality =
    row.nature === 'E' ? 'estimated' : corrected || row.nature === 'C' ? 'final' : 'measured';
  return withKey({ ...register, kind: 'interval', from, to, ...energy, quality, basis });
}

/** `PT30M`, `PT60M`, `PT1H` in milliseconds. */
function stepOf(duration: string): number | null {
  const match = /^PT(?:(\d+)H)?(?:(\d+)M)?$/.exec(duration);
  const step = (Number(match?.[1] ?? 0) * 60 + Number(match?.[2] ?? 0)) * 60_000;
  return step > 0 ? step : null;
}
