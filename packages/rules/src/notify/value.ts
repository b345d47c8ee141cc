import { QUANTITIES } from '@veilleur/domain';
import type { Rule } from '../language/rule.ts';

/** A rule's number and what it is a number of. */
export interface MeasuredValue {
  readonly value: number;
  /** As people write it: m³/h, °C, kWh; empty: a pure number. */
  readonly unit: string;
  /** What is counted where it is no measurement. */
  readonly of: 'measurement' | 'times' | 'sigma' | 'events' | 'members' | 'samples';
}

const UNITS: Readonly<Record<string, string>> = {
  '1': '',
  m3: 'm³',
  'm3/h': 'm³/h',
  'kW.h': 'kWh',
  'V.A': 'VA',
  Cel: '°C',
  '[ppm]': 'ppm',
  '[ppb]': 'ppb',
};

/** @returns Null where the number says nothing to people: a flag, an expression, a silence. */
export function measuredValue(rule: Rule, value: number): MeasuredValue | null {
  switch (rule.kind) {
    case 'absence':
    case 'expression':
    case 'site':
      return null;
    case 'many':
      return { value, unit: '', of: 'members' };
    case 'events':
      return { value, unit: '', of: 'events' };
    case 'rate':
      return { value, unit: per(unitOf(rule.quantity), rule.per), of: 'measurement' };
    case 'continuous_flow':
    case 'night_minimum':
      return { value, unit: per(unitOf(rule.quantity), 3_600_000), of: 'measurement' };
    case 'past':
      if (rule.as === 'ratio') return { value, unit: '', of: 'times' };
      if (rule.as === 'sigma') return { value, unit: '', of: 'sigma' };
      return { value, unit: unitOf(rule.quantity), of: 'measurement' };
    case 'window':
      if (rule.function === 'count') return { value, unit: '', of: 'samples' };
      return { value, unit: unitOf(rule.quantity), of: 'measurement' };
    case 'value':
      if (QUANTITIES[rule.quantity].kind === 'flag') return null;
      return { value, unit: unitOf(rule.quantity), of: 'measurement' };
  }
}

function unitOf(quantity: keyof typeof QUANTITIES): string {
  const { unit } = QUANTITIES[quantity];
  return UNITS[unit] ?? unit;
}

const PERIODS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

function per(unit: string, periodMs: number): string {
  const [ms, symbol] = PERIODS.find(([one]) => periodMs % one === 0) ?? [1, 'ms'];
  const count = periodMs / ms;
  return `${unit}/${count === 1 ? symbol : `${count} ${symbol}`}`;
}
