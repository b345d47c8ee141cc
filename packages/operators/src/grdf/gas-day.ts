import { wholeNumberOf } from '../exact.ts';
import type { Draft } from '../import.ts';
import { startOfDay } from '../local-time.ts';
import { type Place, problemAt } from '../problem.ts';
import { type Keyless, type OperatorQuantity, type ReadingQuality, withKey } from '../reading.ts';

/** A gas day (or another period between two readings) as every form of GRDF's data tells it. */
export interface GasPeriod {
  readonly pointId: string;
  /** First day, and the day after the last. */
  readonly from: Temporal.PlainDate;
  readonly to: Temporal.PlainDate;
  /** m3 */
  readonly startIndex: number | string | null;
  readonly endIndex: number | string | null;
  /** m3, rounded by GRDF. */
  readonly volume: number | string | null;
  /** kWh PCS, rounded by GRDF. */
  readonly energy: number | string | null;
  /** kWh/m3 */
  readonly coefficient: number | string | null;
  readonly qualification: string | null;
  /** `Provisoire` or `Définitive`, where GRDF tells. */
  readonly status: string | null;
  /** `Informative Journalier` or `Publiée`. */
  readonly nature: string | null;
}

export interface GasSettings {
  readonly zone: string;
  /** When the export was made: days that ended less than `provisionalDays` before may still be revised. */
  readonly exportedAt: Date | null;
  readonly provisionalDays: number;
}

/** A gas day runs from 06:00 to 06:00 local time; the `+00:00` of GRDF's stamps is not an offset. */
const GAS_DAY_HOUR = 6;
const DAY_MS = 86_400_000;

/** Turns periods into readings, in their order; knows where the index of the one before ended. */
export class GasDays {
  readonly #settings: GasSettings;
  readonly #ends = new Map<string, { readonly at: number; readonly index: number }>();

  constructor(settings: GasSettings) {
    this.#settings = settings;
  }

  *read(period: GasPeriod, place: Place): Generator<Draft> {
    const { zone } = this.#settings;
    const from = startOfDay(period.from, zone, GAS_DAY_HOUR);
    const to = startOfDay(period.to, zone, GAS_DAY_HOUR);
    const quality = this.#qualityOf(period, to);
    const common = { operator: 'grdf', pointId: period.pointId, sourceLine: place.line } as const;
    const index = (at: Date, value: number, role: 'reading' | 'start'): Keyless => {
      return { ...common, ...register('gas_volume'), kind: 'index', at, value, unit: 'dm3', quality, role };
    };
    const start = yield* this.#number(period.startIndex, 3, 'indexDebut', place);
    const end = yield* this.#number(period.endIndex, 3, 'indexFin', place);
    const before = this.#ends.get(period.pointId);
    if (start !== null && (before?.at !== from.getTime() || before.index !== start)) {
      const taken = before?.at === from.getTime();
      yield withKey(index(from, start, taken ? 'start' : 'reading'));
      if (taken) {
        const reason = `the period starts at ${start / 1000} m3 where the one before ended at ${before.index / 1000} m3`;
        const remedy = 'If the meter was changed, enter the change; else ask GRDF to correct one of them.';
        yield problemAt(place, 'indexDebut', 'index_discontinuous', reason, remedy, 'doubt');
      }
    }
    if (end !== null) {
      yield withKey(index(to, end, 'reading'));
      this.#ends.set(period.pointId, { at: to.getTime(), index: end });
    }
    const volume = yield* this.#number(period.volume, 3, 'volumeBrutConsomme', place);
    const energy = yield* this.#number(period.energy, 3, 'energieConsomme', place);
    const coefficient = yield* this.#number(period.coefficient, 3, 'coeffConversion', place);
    const published = { ...common, kind: 'interval', from, to, quality, basis: 'published' } as const;
    if (volume !== null)
      yield withKey({ ...published, ...register('gas_volume'), value: volume, unit: 'dm3' });
    if (energy !== null)
      yield withKey({ ...published, ...register('gas_energy_pcs'), value: energy, unit: 'Wh' });
    if (coefficient !== null) {
      const fact = { kind: 'fact', fact: 'conversion_coefficient', unit: 'Wh/m3' } as const;
      yield withKey({ ...common, ...fact, from, to, value: coefficient });
    }
    if (end === null && volume === null && energy === null) {
      const missing = { ...common, kind: 'missing', of: 'interval', from, to, reason: 'absent_day' } as const;
      yield withKey({ ...missing, ...register('gas_volume') });
      yield withKey({ ...missing, ...register('gas_energy_pcs') });
    }
  }

  *#number(
    value: number | string | null,
    power: number,
    column: string,
    place: Place,
  ): Generator<Draft, number | null> {
    if (value === null || value === '') return null;
    const whole = wholeNumberOf(value, power);
    if (whole === null) {
      const reason = `${JSON.stringify(value)} is no number of at most ${power} decimals`;
      yield problemAt(place, column, 'value_unreadable', reason, 'Correct the value, or leave it empty.');
    }
    return whole;
  }

  #qualityOf({ qualification, status, nature }: GasPeriod, to: Date): ReadingQuality {
    const { exportedAt, provisionalDays } = this.#settings;
    if (qualification !== null && /^estim/i.test(qualification)) return 'estimated';
    if (status !== null && /^provisoire/i.test(status)) return 'provisional';
    if (status !== null && /^d[ée]finiti/i.test(status)) return 'final';
    if (nature !== null && /^publi/i.test(nature)) return 'final';
    const recent = exportedAt !== null && exportedAt.getTime() - to.getTime() < provisionalDays * DAY_MS;
    return recent ? 'provisional' : 'measured';
  }
}

const register = <Q extends OperatorQuantity>(quantity: Q) =>
  ({ quantity, register: 'total', channel: 0 }) as const;
