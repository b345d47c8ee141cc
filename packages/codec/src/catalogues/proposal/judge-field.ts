import { QUANTITIES, type Quantity } from '@veilleur/domain';

import { conversionBetween } from '../../units.ts';
import { readFieldName } from './field-name.ts';
import { isUnitWord, readUnit } from './field-unit.ts';
import { type Confidence, judgeUnit } from './judge-unit.ts';
import { isPlausible } from './plausible.ts';
import type { SampleField } from './sample-field.ts';
import { growth, numbersOf, shownRange } from './sample-numbers.ts';
import {
  CONCEPTS,
  type Concept,
  DERIVED_WORDS,
  FLAG_REFUSALS,
  GENERIC_WORDS,
  INDEX_WORDS,
  REGISTERS,
  SETTING_WORDS,
  TIME_WORDS,
} from './vocabulary.ts';

export type Judgement =
  | {
      readonly kind: 'quantity';
      readonly quantity: Quantity;
      /** Only where it is not the quantity's own. */
      readonly unit: string | undefined;
      /** The number in the name, if there is one. */
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
  const concept = registerOf(field, conceptOf(own, all));
  if (concept === undefined) return none(`the name says no quantity that is known${growth(field.values)}`);
  const isFlag = QUANTITIES[concept.quantity].kind === 'flag';
  const said = isFlag ? sayFlag(field, concept, all) : sayNumber(field, concept, { own, all });
  if (said.kind === 'none') return said;
  return {
    ...said,
    kind: 'quantity',
    confidence: concept.isAmbiguous ? lower(said.confidence) : said.confidence,
    why: `${named(own, said.quantity)}${concept.isAmbiguous ? ', or something else' : ''}; ${said.why}`,
    number,
    reading: own.filter((word, at) => at === 0 || !isUnitWord(word)).join(' '),
  };
}

type Said =
  | (Pick<Judgement & { kind: 'quantity' }, 'quantity' | 'unit' | 'confidence' | 'why'> & {
      readonly kind: 'said';
    })
  | { readonly kind: 'none'; readonly why: string };

function named(own: readonly string[], quantity: Quantity): string {
  return `"${own.join(' ')}" names ${QUANTITIES[quantity].label.en.toLowerCase()}`;
}

function sayFlag({ values }: SampleField, { quantity, groups }: Concept, all: readonly string[]): Said {
  const refusal = all.find((word) => FLAG_REFUSALS.has(word) && !groups.some((group) => group.has(word)));
  if (refusal !== undefined) return none(`"${refusal}" says that it is about another field`);
  if (!values.every((value) => typeof value === 'boolean' || value === 0 || value === 1)) {
    return none(`${named(all, quantity)}, but not every value is true, false, 0 or 1`);
  }
  return values.every((value) => typeof value === 'boolean')
    ? { kind: 'said', quantity, unit: undefined, confidence: 'high', why: 'the values are true or false' }
    : { kind: 'said', quantity, unit: undefined, confidence: 'medium', why: 'the values are 0 or 1' };
}

function sayNumber(field: SampleField, concept: Concept, { own, all }: Pick<Words, 'own' | 'all'>): Said {
  const isIndex = QUANTITIES[concept.quantity].kind === 'index';
  const derived = all.find(
    (word) => DERIVED_WORDS.has(word) && !(isIndex && INDEX_WORDS.has(word)) && !isOfConcept(word, concept),
  );
  if (derived !== undefined) return none(`"${derived}" says that it is not the reading of the moment`);
  const numbers = numbersOf(field.values);
  if (numbers === undefined) return none(`${named(own, concept.quantity)}, but not every value is a number`);
  const unit = judgeUnit({ concept, words: own, numbers, statedUnit: field.statedUnit });
  if (unit.kind === 'none') return none(`${named(own, concept.quantity)}, but ${unit.why}`);
  const { quantity, confidence, why } = unit;
  if (
    !isPlausible(
      quantity,
      numbers.map((value) => converted(value, unit.unit, quantity)),
    )
  ) {
    return none(`${named(own, quantity)}, but ${shownRange(numbers)} ${unit.unit} is not plausible`);
  }
  return {
    kind: 'said',
    quantity,
    unit: unit.unit === QUANTITIES[quantity].unit ? undefined : unit.unit,
    confidence,
    why,
  };
}

function isOfConcept(word: string, { groups }: Concept): boolean {
  return groups.some((group) => group.has(word));
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
    ({ groups, never, standsAlone }) =>
      groups.every((group) => all.some((word) => group.has(word))) &&
      groups.some((group) => own.some((word) => group.has(word))) &&
      !all.some((word) => never.has(word)) &&
      !(standsAlone && own.length > 1),
  );
}

/** `{counter: 5, unit: 'm3'}` counts no pulses. */
function registerOf({ statedUnit }: SampleField, concept: Concept | undefined): Concept | undefined {
  if (concept?.quantity !== 'pulse_count' || statedUnit === undefined) return concept;
  const register = REGISTERS.find(
    ({ quantity }) => readUnit(statedUnit, QUANTITIES[quantity].unit).kind === 'convertible',
  );
  return register ?? concept;
}

function converted(value: number, from: string, quantity: Quantity): number {
  const conversion = conversionBetween(from, QUANTITIES[quantity].unit);
  return conversion === undefined ? value : (value * conversion.numerator) / conversion.denominator;
}

function lower(confidence: Confidence): Confidence {
  return confidence === 'high' ? 'medium' : 'low';
}

function none(why: string): { readonly kind: 'none'; readonly why: string } {
  return { kind: 'none', why };
}
