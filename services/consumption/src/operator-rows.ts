import type { OperatorReading, ReadingUnit } from '@veilleur/operators';
import type { NewOperatorFact, NewOperatorReading } from '@veilleur/store';

export type OperatorRow =
  | { readonly kind: 'reading'; readonly row: NewOperatorReading }
  | { readonly kind: 'fact'; readonly row: NewOperatorFact }
  /** The operator does not know. Nothing is stored of that: unknown is what has no reading. */
  | { readonly kind: 'missing' };

/** An operator's reading as the store takes it: amounts in millionths of kWh or m3. */
export function rowOf(reading: OperatorReading): OperatorRow {
  switch (reading.kind) {
    case 'index':
    case 'interval': {
      const index = reading.kind === 'index';
      return {
        kind: 'reading',
        row: {
          point: reading.pointId,
          quantity: reading.quantity,
          channel: reading.channel,
          register: reading.register,
          kind: reading.kind,
          from: index ? reading.at : reading.from,
          to: index ? reading.at : reading.to,
          value: microOf(reading.value, reading.unit),
          quality: reading.quality,
          published: !index && reading.basis === 'published',
          starts: index && reading.role === 'start',
          meterSerial: index ? (reading.meterSerial ?? null) : null,
          key: reading.key,
          sourceLine: reading.sourceLine,
        },
      };
    }
    case 'missing':
      return { kind: 'missing' };
    case 'fact': {
      const { key, pointId: point, fact, kind: _, operator, sourceLine: __, ...detail } = reading;
      return {
        kind: 'fact',
        row: { point, key, fact, ...validityOf(reading), detail: { ...detail, operator } },
      };
    }
  }
}

function validityOf(fact: Extract<OperatorReading, { kind: 'fact' }>): {
  from: Date | null;
  to: Date | null;
} {
  switch (fact.fact) {
    case 'subscribed_power':
      return { from: fact.from, to: null };
    case 'maximum_power':
      return { from: fact.at, to: null };
    case 'conversion_coefficient':
    case 'tariff_calendar':
      return { from: fact.from, to: fact.to };
  }
}

function microOf(value: number, unit: ReadingUnit): number {
  switch (unit) {
    case 'Wh':
    case 'dm3':
    case 'L':
      return value * 1000;
    // A watt over ten minutes is no whole number of mWh: off by half of one at most, never by a sum.
    case 'Ws':
      return Math.round(value / 3.6);
  }
}
