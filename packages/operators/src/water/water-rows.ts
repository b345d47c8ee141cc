import { plain } from '../cells.ts';
import { wholeNumber } from '../exact.ts';
import type { Draft } from '../import.ts';
import { dayFirst, dayOf, resolveBySequence } from '../local-time.ts';
import { type Place, problemAt, shown } from '../problem.ts';
import { withKey } from '../reading.ts';
import type { WaterMapping } from './mapping.ts';

/** A line's cells by what the mapping says that they are; empty where there is none. */
export interface WaterCells {
  readonly contract: string;
  readonly meterSerial: string;
  readonly date: string;
  readonly time: string;
  readonly index: string;
  readonly unit: string;
  readonly quality: string;
}

/** Powers of ten from a unit, as it is written, to litres. */
const UNIT_POWERS: Readonly<Record<string, number>> = { m3: 3, 'm³': 3, l: 0, litre: 0, litres: 0, dm3: 0 };

/** An hour: what orders two readings of October's night is that one is later. */
const HOUR_MS = 3_600_000;

/** Turns a line's cells into an index in litres. */
export class WaterRows {
  readonly #mapping: WaterMapping;
  readonly #previous = new Map<string, number>();
  readonly #estimated: ReadonlySet<string>;

  constructor(mapping: WaterMapping) {
    this.#mapping = mapping;
    this.#estimated = new Set(mapping.estimated.map(plain));
  }

  *read(cells: WaterCells, place: Place): Generator<Draft> {
    const { columns } = this.#mapping;
    const serial = cells.meterSerial;
    if (cells.contract === '') {
      yield problemAt(
        place,
        columns.contract,
        'contract_empty',
        'the contract is empty',
        'Enter the contract of this line.',
      );
      return;
    }
    const series = `${cells.contract}\u0000${serial}`;
    const at = yield* this.#instant(cells, series, place);
    if (at === null) return;
    this.#previous.set(series, at);
    const common = {
      operator: 'water',
      pointId: cells.contract,
      quantity: 'water_volume',
      register: serial === '' ? 'total' : serial,
      channel: 0,
      sourceLine: place.line,
    } as const;
    const date = new Date(at);
    if (cells.index === '') {
      yield withKey({ ...common, kind: 'missing', of: 'index', from: date, to: date, reason: 'empty_value' });
      return;
    }
    const power = UNIT_POWERS[(cells.unit === '' ? this.#mapping.unit : cells.unit).toLowerCase()];
    if (power === undefined) {
      const remedy = 'Write m3 or L.';
      yield problemAt(
        place,
        columns.unit ?? 'unit',
        'unit_unknown',
        `${shown(cells.unit)} is no unit of water`,
        remedy,
      );
      return;
    }
    const value = wholeNumber(this.#number(cells.index), power);
    if (value === null) {
      const reason = `${shown(cells.index)} is no index in whole litres`;
      yield problemAt(
        place,
        columns.index,
        'value_unreadable',
        reason,
        'Correct the index, or leave it empty.',
      );
      return;
    }
    yield withKey({
      ...common,
      kind: 'index',
      at: date,
      value,
      unit: 'L',
      quality: this.#estimated.has(plain(cells.quality)) ? 'estimated' : 'measured',
      role: 'reading',
      ...(serial === '' ? {} : { meterSerial: serial }),
    });
  }

  /** With a known decimal mark, the other one parts thousands. */
  #number(text: string): string {
    const { decimal } = this.#mapping;
    if (decimal === 'auto') return text;
    return text.replaceAll(decimal === ',' ? '.' : ',', '');
  }

  *#instant({ date, time }: WaterCells, series: string, place: Place): Generator<Draft, number | null> {
    const { columns, dates, readAt, zone } = this.#mapping;
    const [dayText = '', ...rest] = date.split(/[\sT]+/);
    const day = dates === 'iso' ? dayOf(dayText) : dayFirst(dayText);
    const clock = timeOf(time || rest.join(' ') || readAt);
    if (day === null || clock === null) {
      const remedy = dates === 'iso' ? 'Write it as 2026-03-31.' : 'Write it as 31/03/2026, day first.';
      yield problemAt(
        place,
        columns.date,
        'stamp_unreadable',
        `${shown(`${date} ${time}`.trim())} is no date`,
        remedy,
      );
      return null;
    }
    const local = day.toPlainDateTime(clock);
    const found = resolveBySequence(local, zone, this.#previous.get(series) ?? null, HOUR_MS);
    if (found.outcome === 'resolved') return found.at;
    const reason =
      found.outcome === 'ambiguous'
        ? `${date} ${time} comes twice on that night and no line before it tells which one it is`
        : `${date} ${time} does not exist: the clocks were put forward`;
    yield problemAt(
      place,
      columns.date,
      `local_time_${found.outcome}`,
      reason,
      'Ask the operator for UTC or for the offset.',
    );
    return null;
  }
}

function timeOf(text: string): Temporal.PlainTime | null {
  const match = /^(\d{1,2})[:hH](\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (match === null) return null;
  const [hour = 0, minute = 0, second = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return hour < 24 && minute < 60 && second < 60 ? new Temporal.PlainTime(hour, minute, second) : null;
}
