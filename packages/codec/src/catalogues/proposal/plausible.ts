import { QUANTITIES, type Quantity } from '@veilleur/domain';

/** What a healthy sensor of a city can say, in the quantity's unit. Outside, the field is something else. */
const RANGES: Partial<Record<Quantity, readonly [number, number]>> = {
  temperature: [-60, 200],
  relative_humidity: [0, 100],
  air_pressure: [300, 1200],
  carbon_dioxide: [0, 20_000],
  volatile_organic_compounds: [0, 100_000],
  illuminance: [0, 200_000],
  distance: [0, 100],
  fill_level: [0, 100],
  light_level: [0, 100],
  battery_level: [0, 100],
  battery_voltage: [1, 30],
  voltage: [50, 1000],
  current: [0, 10_000],
  power_factor: [-1, 1],
  frequency: [40, 70],
  flow_rate: [-10_000, 10_000],
  link_margin: [-40, 40],
  motion_count: [0, 100_000],
};

export function isPlausible(quantity: Quantity, values: readonly number[]): boolean {
  const [least, most] = RANGES[quantity] ?? [QUANTITIES[quantity].kind === 'index' ? 0 : -Infinity, Infinity];
  return values.every((value) => value >= least && value <= most);
}

/** A unit that the values alone speak for, and in which words. */
export interface GuessedUnit {
  readonly quantity: Quantity;
  readonly unit: string;
  readonly confidence: 'medium' | 'low';
  readonly why: string;
}

/**
 * What an unnamed unit must be, where the values leave one way only: 3312 of a battery is mV, 3.312 is V,
 * 98 is %, and 3 could be either. Undefined where they leave more.
 */
export function guessUnit(quantity: Quantity, values: readonly number[]): GuessedUnit | undefined {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const within = (from: number, to: number) => values.length > 0 && least >= from && most <= to;
  const guess = (as: Quantity, unit: string, confidence: GuessedUnit['confidence']): GuessedUnit => {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    return { quantity: as, unit, confidence, why: `the values ${range} fit ${unit} best` };
  };
  const isFraction = values.some((value) => !Number.isInteger(value));
  switch (quantity) {
    case 'battery_voltage':
      if (within(1000, 20_000)) return guess('battery_voltage', 'mV', 'medium');
      if (within(1.5, 16) && isFraction) return guess('battery_voltage', 'V', 'medium');
      return within(0, 100) && most > 30 ? guess('battery_level', '%', 'medium') : undefined;
    case 'voltage':
      // A cell's voltage that is just called `volt`: no mains has 3.6 V.
      if (within(1.5, 5) && isFraction) return guess('battery_voltage', 'V', 'low');
      return within(80, 480) ? guess('voltage', 'V', 'medium') : undefined;
    case 'air_pressure':
      if (within(300, 1200)) return guess('air_pressure', 'hPa', 'medium');
      return within(30_000, 120_000) ? guess('air_pressure', 'Pa', 'medium') : undefined;
    case 'distance':
      return least >= 0 && most > 100 ? guess('distance', 'mm', 'low') : undefined;
    default:
      return undefined;
  }
}
