/** Who exported: part of every key, so that two operators' identifiers never meet. */
export type Operator = 'enedis' | 'grdf' | 'water';

/**
 * What an operator measures. The indexes are quantities of `@veilleur/domain`; `gas_energy_pcs` is gas
 * in Wh of the higher heating value (PCS), which the operator computes and no meter shows.
 */
export type OperatorQuantity =
  | 'active_energy_import'
  | 'active_energy_export'
  | 'gas_volume'
  | 'gas_energy_pcs'
  | 'water_volume';

/**
 * The unit of a whole number. `Ws` (one joule) stands where power times step gives no whole watt-hour;
 * it is exact for every step. 1 Wh = 3,600 Ws; 1 m3 = 1,000 dm3 = 1,000 L.
 */
export type ReadingUnit = 'Wh' | 'Ws' | 'dm3' | 'L';

/**
 * `measured`: the operator's raw reading; `estimated`: the operator's estimate; `provisional`: it may
 * still be revised (D+1 to D+3); `final`: corrected or published for billing.
 */
export type ReadingQuality = 'measured' | 'estimated' | 'provisional' | 'final';

interface OfPoint {
  /**
   * Names what was read, not its value: a revision has the key of what it revises. Among equal keys the
   * later import wins, but `missing` never replaces a value.
   */
  readonly key: string;
  readonly operator: Operator;
  /** PRM, PCE or water contract. */
  readonly pointId: string;
  /** The line of the file (1 is the first), or the row of the answer, that says so. */
  readonly sourceLine: number;
}

interface OfRegister extends OfPoint {
  readonly quantity: OperatorQuantity;
  /** The operator's own name of the register: `EAS F1`, `EAS T`, a meter's serial number; or `total`. */
  readonly register: string;
  /** 0 is the total; 1 to 10 the supplier's registers F1 to F10; 101 to 104 the distributor's D1 to D4. */
  readonly channel: number;
}

/** What a register showed at an instant. */
export interface IndexReading extends OfRegister {
  readonly kind: 'index';
  readonly at: Date;
  /** A whole number of `unit`. */
  readonly value: number;
  readonly unit: ReadingUnit;
  readonly quality: ReadingQuality;
  /** `start`: a register that takes over at this instant from another one (a new meter). */
  readonly role: 'reading' | 'start';
  readonly meterSerial?: string;
}

/** Energy or volume between two instants. */
export interface IntervalReading extends OfRegister {
  readonly kind: 'interval';
  readonly from: Date;
  readonly to: Date;
  /** A whole number of `unit`. */
  readonly value: number;
  readonly unit: ReadingUnit;
  readonly quality: ReadingQuality;
  /** `published`: the operator's own arithmetic, rounded. Where indexes tell, they are right. */
  readonly basis: 'metered' | 'published';
}

/** What the operator says that it does not know. Never a zero. */
export interface MissingReading extends OfRegister {
  readonly kind: 'missing';
  readonly of: 'index' | 'interval';
  /** Equal to `to` for an index. */
  readonly from: Date;
  readonly to: Date;
  readonly reason: 'empty_value' | 'absent_day' | 'no_row' | 'step_unknown' | 'unreadable';
  /** W that a row states whose step can't be told, so that its energy can't either. */
  readonly unplacedPower_W?: number;
}

/** What is true of the contract or the day rather than of a register. */
export type ContractFact = OfPoint & { readonly kind: 'fact' } & (
    | {
        readonly fact: 'subscribed_power';
        readonly value: number;
        readonly unit: 'W' | 'VA';
        readonly from: Date | null;
      }
    /** `day` is the local day, `at` when the maximum was reached, where the operator tells. */
    | {
        readonly fact: 'maximum_power';
        readonly value: number;
        readonly unit: 'W' | 'VA';
        readonly day: string;
        readonly at: Date | null;
      }
    /** Wh of PCS for a cubic metre, as a whole number: 11.27 kWh/m3 is 11,270. */
    | {
        readonly fact: 'conversion_coefficient';
        readonly value: number;
        readonly unit: 'Wh/m3';
        readonly from: Date;
        readonly to: Date;
      }
    | {
        readonly fact: 'tariff_calendar';
        readonly from: Date;
        readonly to: Date | null;
        readonly calendarId: string;
        readonly label: string;
        readonly registers: readonly {
          readonly register: string;
          readonly classId: string;
          readonly label: string;
        }[];
      }
  );

export type OperatorReading = IndexReading | IntervalReading | MissingReading | ContractFact;

/** Something wrong with the source. `lost`: a line was not read; `doubt`: it was, and deserves a look. */
export interface OperatorProblem {
  readonly kind: 'problem';
  readonly severity: 'lost' | 'doubt';
  /** Stable, snake_case. */
  readonly code: string;
  readonly file: string;
  readonly section: string;
  readonly line: number;
  readonly column: string;
  readonly reason: string;
  readonly remedy: string;
}

/** Omits from each member of a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
/** A reading before it has its key. */
export type Keyless = Without<OperatorReading, 'key'>;

/** Gives a reading its stable key. */
export function withKey(reading: Keyless): OperatorReading {
  return { ...reading, key: keyOf(reading) } as OperatorReading;
}

function keyOf(reading: Keyless): string {
  const point = `${reading.operator}/${reading.pointId}`;
  switch (reading.kind) {
    case 'index':
      return `${registerKey(reading)}/index/${reading.at.toISOString()}${reading.role === 'start' ? '/start' : ''}`;
    case 'interval':
      return `${registerKey(reading)}/interval/${reading.from.toISOString()}/${reading.to.toISOString()}`;
    case 'missing':
      return reading.of === 'index'
        ? `${registerKey(reading)}/index/${reading.from.toISOString()}`
        : `${registerKey(reading)}/interval/${reading.from.toISOString()}/${reading.to.toISOString()}`;
    case 'fact':
      return `${point}/fact/${reading.fact}/${validity(reading)}`;
  }
}

/** The name of the register, not only its channel: a water contract may have two meters at once. */
function registerKey(reading: Extract<Keyless, { quantity: OperatorQuantity }>): string {
  return [reading.operator, reading.pointId, reading.quantity, reading.register].join('/');
}

function validity(fact: Extract<Keyless, { kind: 'fact' }>): string {
  if (fact.fact === 'maximum_power') return fact.day;
  if (fact.fact === 'tariff_calendar') return `${fact.calendarId}/${fact.from.toISOString()}`;
  return fact.from === null ? 'now' : fact.from.toISOString();
}
