import { conversionBetween } from '../../units.ts';

/** Public codecs' spellings of the units that a mapping can convert from, in lower case. */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  V: ['v', 'volt', 'volts'],
  mV: ['mv', 'millivolt', 'millivolts'],
  A: ['a', 'amp', 'amps', 'ampere', 'amperes'],
  mA: ['ma', 'milliampere', 'milliamperes'],
  W: ['w', 'watt', 'watts'],
  kW: ['kw', 'kilowatt', 'kilowatts'],
  'W.h': ['wh', 'w.h'],
  'kW.h': ['kwh', 'kw.h'],
  'MW.h': ['mwh', 'mw.h'],
  J: ['j'],
  kJ: ['kj'],
  MJ: ['mj'],
  'V.A': ['va'],
  'kV.A': ['kva'],
  'A.h': ['ah'],
  Cel: ['c', 'cel', 'celsius', 'degc', '°c', 'ºc', '℃', 'degrees celsius', 'degree celsius'],
  '%': ['%', 'percent', 'pct', 'percentage', 'perc', '%rh', '% rh', '%hr', '% hr', 'pourcent'],
  '[ppm]': ['ppm'],
  '[ppb]': ['ppb'],
  hPa: ['hpa', 'mbar'],
  kPa: ['kpa'],
  Pa: ['pa', 'pascal'],
  bar: ['bar'],
  lx: ['lx', 'lux'],
  L: ['l', 'liter', 'liters', 'litre', 'litres'],
  hL: ['hl'],
  mL: ['ml'],
  m3: ['m3', 'm^3', 'cubic meters', 'cubic metres'],
  'm3/h': ['m3/h', 'm3h', 'm^3/h'],
  'L/h': ['l/h', 'lph'],
  mm: ['mm', 'millimeter', 'millimeters', 'millimetre', 'millimetres'],
  cm: ['cm', 'centimeter', 'centimeters', 'centimetre', 'centimetres'],
  m: ['m', 'meter', 'meters', 'metre', 'metres'],
  Hz: ['hz', 'hertz'],
  s: ['s', 'sec', 'second', 'seconds', 'secondes'],
  min: ['min', 'minute', 'minutes'],
  h: ['h', 'hour', 'hours', 'heure', 'heures'],
  d: ['d', 'day', 'days', 'jour', 'jours'],
  dB: ['db'],
};

/** Units that say clearly what a number is not in: there is no conversion from them. */
const UNCONVERTIBLE = new Set([
  'f',
  '°f',
  'ºf',
  '℉',
  'fahrenheit',
  'degf',
  'k',
  'kelvin',
  'gal',
  'gallon',
  'gallons',
  'ft3',
  'cf',
  'psi',
  'l/min',
  'lpm',
  'inch',
  'in',
  'ft',
]);

const UNIT_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(SPELLINGS).flatMap(([unit, spellings]) => spellings.map((text) => [text, unit] as const)),
);

/** What a text or the last word of a name says about the unit of a number that should become `target`. */
export type StatedUnit =
  | { readonly kind: 'convertible'; readonly unit: string }
  /** A unit of something else. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'unconvertible' }
  | { readonly kind: 'none' };

export function readUnit(text: string, target: string): StatedUnit {
  const spelling = text.trim().replaceAll('³', '3').toLowerCase();
  // mW and MW differ by their case alone. A megawatt is no unit of ours.
  if (text.trim() === 'mW') return foreignUnless('mW', target);
  const unit = UNIT_OF.get(spelling);
  if (unit !== undefined) return foreignUnless(unit, target);
  if (UNCONVERTIBLE.has(spelling) || spelling === 'mw') return { kind: 'unconvertible' };
  return { kind: 'none' };
}

export function isUnitWord(word: string): boolean {
  return UNIT_OF.has(word) || UNCONVERTIBLE.has(word);
}

function foreignUnless(unit: string, target: string): StatedUnit {
  if (conversionBetween(unit, target) === undefined) return { kind: 'foreign' };
  return { kind: 'convertible', unit };
}
