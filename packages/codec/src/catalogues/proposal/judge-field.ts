import { QUANTITIES, type Quantity } from '@veilleur/domain';

import { conversionBetween } from '../../units.ts';
import { readFieldName } from './field-name.ts';
import { isUnitWord, readUnit } from './field-unit.ts';
import { guessUnit, isPlausible } from './plausible.ts';
import type { SampleField } from './sample-field.ts';
import {
  CONCEPTS,
  type Concept,
  DERIVED_WORDS,
  GENERIC_WORDS,
  INDEX_WORDS,
  SETTING_WORDS,
  TIME_WORDS,
} from './vocabulary.ts';

/**
 * `high`: name, unit and values agree. `medium`: the name is clear, and the unit is the one that nearly
 * everybody means. `low`: a guess that a person has to confirm.
 */
export type Confidence = 'high' | 'medium' | 'low';

export type Judgement =
  | {
      readonly kind: 'quantity';
      readonly quantity: Quantity;
      /** Only where it is not the quantity's own. */
      readonly unit: string | undefined;
      readonly number: number | undefined;
      readonly confidence: Confidence;
      readonly why: string;
      /** The name without units: two fields that share it are one reading in two units. */
      readonly reading: string;
    }
  | { readonly kind: 'none'; readonly why: string };

/** What one field measures, from its name, its unit and its values. */
export function judgeField(field: SampleField): Judgement {
  const { own, all, number } = wordsOf(field.names);
  const setting = all.find((word) => SETTING_WORDS.has(word));
  if (setting !== undefined) return none(`"${setting}" says that it is a setting or an identity`);
  if (own.every((word) => TIME_WORDS.has(word))) return none('a time; it may date the readings beside it');
  const concept = conceptOf(own, all);
  if (concept === undefined) return none('the name says no quantity that is known');
  const { quantity } = concept;
  const reading = own.filter((word) => !isUnitWord(word)).join(' ');
  const named = `"${reading || own.join(' ')}" names ${QUANTITIES[quantity].label.en.toLowerCase()}`;
  if (QUANTITIES[quantity].kind === 'flag') return judgeFlag(field, concept, { named, reading, number });
  const numbers = numbersOf(field.values);
  if (numbers === undefined) return none(`${named}, but not every value is a number`);
  const isIndex = QUANTITIES[quantity].kind === 'index';
  const derived = all.find((word) => DERIVED_WORDS.has(word) && !(isIndex && INDEX_WORDS.has(word)));
  if (derived !== undefined) return none(`"${derived}" says that it is not the reading of the moment`);
  const unit = unitOf(concept, field, own, numbers);
  if (unit.kind === 'none') return none(`${named}, but ${unit.why}`);
  const values = numbers.map((value) => converted(value, unit.unit, unit.quantity));
  if (!isPlausible(unit.quantity, values)) {
    return none(`${named}, but ${shownRange(numbers)} ${unit.unit} is not plausible`);
  }
  const ambiguous = concept.clarity === 'ambiguous';
  return {
    kind: 'quantity',
    quantity: unit.quantity,
    unit: unit.unit === QUANTITIES[unit.quantity].unit ? undefined : unit.unit,
    number,
    confidence: ambiguous ? lower(unit.confidence) : unit.confidence,
    why: `${named}${ambiguous ? ', or something else' : ''}; ${unit.why}`,
    reading,
  };
}

function judgeFlag(
  { values }: SampleField,
  { quantity, clarity }: Concept,
  { named, reading, number }: { named: string; reading: string; number: number | undefined },
): Judgement {
  if (!values.every((value) => typeof value === 'boolean' || value === 0 || value === 1)) {
    return none(`${named}, but not every value is true, false, 0 or 1`);
  }
  const areBooleans = values.every((value) => typeof value === 'boolean');
  const confidence: Confidence = areBooleans ? 'high' : 'medium';
  return {
    kind: 'quantity',
    quantity,
    unit: undefined,
    number,
    confidence: clarity === 'ambiguous' ? lower(confidence) : confidence,
    why: `${named}${clarity === 'ambiguous' ? ', or something else' : ''}; the values are ${areBooleans ? 'true or false' : '0 or 1'}`,
    reading,
  };
}

interface Words {
  /** The words of the name that says what the field is: its own, or its parent's where it is called `value`. */
  readonly own: readonly string[];
  readonly all: readonly string[];
  readonly number: number | undefined;
}

function wordsOf(names: readonly string[]): Words {
  const read = names.map(readFieldName);
  const telling = read.findIndex(
    ({ words }) => !words.every((word) => GENERIC_WORDS.has(word) || isUnitWord(word)),
  );
  // `battery.v`: the generic name still says the unit.
  const own = read
    .slice(0, Math.max(1, telling + 1))
    .toReversed()
    .flatMap(({ words }) => words);
  return {
    own: own.filter((word, at) => at === own.length - 1 || !GENERIC_WORDS.has(word)),
    all: read.flatMap(({ words }) => words),
    number: read.find(({ number }) => number !== undefined)?.number,
  };
}

function conceptOf(own: readonly string[], all: readonly string[]): Concept | undefined {
  return CONCEPTS.find(
    ({ groups, never = [] }) =>
      groups.every((group) => group.some((word) => all.includes(word))) &&
      groups.some((group) => group.some((word) => own.includes(word))) &&
      !never.some((word) => all.includes(word)),
  );
}

type Unit =
  | {
      readonly kind: 'unit';
      /** A battery's % is another quantity than its V. */
      readonly quantity: Quantity;
      readonly unit: string;
      readonly confidence: Confidence;
      readonly why: string;
    }
  | { readonly kind: 'none'; readonly why: string };

function unitOf(
  concept: Concept,
  field: SampleField,
  own: readonly string[],
  numbers: readonly number[],
): Unit {
  const { quantity } = concept;
  if (concept.unit === 'none') {
    return { kind: 'unit', quantity, unit: '1', confidence: 'high', why: 'it is a pure number' };
  }
  const alternatives: readonly Quantity[] =
    quantity === 'battery_voltage' ? [quantity, 'battery_level'] : [quantity];
  const last = own.at(-1) ?? '';
  const hints = [
    { text: field.statedUnit, where: 'beside it' },
    // `v` alone is a short `value`; with a name before it, it is the unit.
    { text: own.length > 1 ? unitWord(last, own) : undefined, where: 'in the name' },
  ];
  for (const { text, where } of hints) {
    if (text === undefined) continue;
    const stated = alternatives.map((as) => ({ as, said: readUnit(text, QUANTITIES[as].unit) }));
    for (const { as, said } of stated) {
      if (said.kind !== 'convertible') continue;
      return {
        kind: 'unit',
        quantity: as,
        unit: said.unit,
        confidence: 'high',
        why: `its unit ${said.unit} stands ${where}`,
      };
    }
    if (stated.some(({ said }) => said.kind === 'foreign')) {
      return { kind: 'none', why: `there is no conversion from ${text} to ${QUANTITIES[quantity].unit}` };
    }
  }
  if (
    quantity === 'battery_voltage' &&
    own.some((word) => ['level', 'soc', 'niveau', 'capacity'].includes(word))
  ) {
    if (isPlausible('battery_level', numbers) && Math.max(...numbers) > 5) {
      return {
        kind: 'unit',
        quantity: 'battery_level',
        unit: '%',
        confidence: 'medium',
        why: 'a level is mostly in %',
      };
    }
  }
  const guess = guessUnit(quantity, numbers);
  if (guess !== undefined) return { kind: 'unit', confidence: 'medium', ...guess, why: guess.because };
  if (alternatives.length > 1) {
    return { kind: 'none', why: `${shownRange(numbers)} could be V, mV, % or a scale of its own` };
  }
  const { unit } = QUANTITIES[quantity];
  return concept.unit === 'usual'
    ? { kind: 'unit', quantity, unit, confidence: 'medium', why: `${unit} is what nearly every codec means` }
    : {
        kind: 'unit',
        quantity,
        unit,
        confidence: 'low',
        why: `its unit is not stated and taken for ${unit}`,
      };
}

/** `temp_c_sht` has its unit in the middle: one letter counts where nothing else names the reading behind it. */
function unitWord(last: string, own: readonly string[]): string | undefined {
  if (isUnitWord(last)) return last;
  return own.slice(1).findLast((word) => isUnitWord(word));
}

function numbersOf(values: readonly unknown[]): readonly number[] | undefined {
  const numbers: number[] = [];
  for (const value of values) {
    // The mapping reads the same texts as numbers.
    const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
    numbers.push(number);
  }
  return numbers;
}

function converted(value: number, from: string, quantity: Quantity): number {
  const conversion = conversionBetween(from, QUANTITIES[quantity].unit);
  return conversion === undefined ? value : (value * conversion.numerator) / conversion.denominator;
}

function shownRange(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? `${least}` : `${least} to ${most}`;
}

function lower(confidence: Confidence): Confidence {
  return confidence === 'high' ? 'medium' : 'low';
}

function none(why: string): Judgement {
  return { kind: 'none', why };
}
