import { QUANTITIES, type Quantity } from '@veilleur/domain';

import { isUnitWord, readUnit } from './field-unit.ts';
import { guessUnit, isPlausible } from './plausible.ts';
import { grows, growth, shownRange } from './sample-numbers.ts';
import { type Concept, LEVEL_WORDS } from './vocabulary.ts';

/**
 * `high`: name, unit and values agree. `medium`: the name is clear, and the unit is the one that nearly
 * everybody means. `low`: a guess that a person has to confirm.
 */
export type Confidence = 'high' | 'medium' | 'low';

export type UnitJudgement =
  | {
      readonly kind: 'unit';
      /** A battery's % is another quantity than its V. */
      readonly quantity: Quantity;
      readonly unit: string;
      readonly confidence: Confidence;
      readonly why: string;
    }
  | { readonly kind: 'none'; readonly why: string };

/** What is known of a numeric field when its name has said what it is about. */
export interface NumericField {
  readonly concept: Concept;
  /** The words of its name. */
  readonly words: readonly string[];
  readonly numbers: readonly number[];
  readonly statedUnit: string | undefined;
}

/** The unit of a field's numbers: stated beside it or in its name, or spoken for by values or custom. */
export function judgeUnit(field: NumericField): UnitJudgement {
  const { quantity, unit } = field.concept;
  if (unit === 'none') return pureNumber(field);
  const said = statedUnitOf(field);
  if (said !== undefined) return said;
  return guessedUnitOf(field) ?? customaryUnit(quantity, unit);
}

function pureNumber({ concept, numbers }: NumericField): UnitJudgement {
  const isSure = !concept.isAmbiguous || grows(numbers);
  return {
    kind: 'unit',
    quantity: concept.quantity,
    unit: '1',
    confidence: isSure ? 'high' : 'medium',
    why: `it is a pure number${growth(numbers)}`,
  };
}

function statedUnitOf({ concept: { quantity }, words, statedUnit }: NumericField): UnitJudgement | undefined {
  const hints = [
    { text: statedUnit, where: 'beside it' },
    // `v` alone is a short `value`; with a name before it, it is the unit.
    { text: words.slice(1).findLast(isUnitWord), where: 'in the name' },
  ] as const;
  for (const { text, where } of hints) {
    if (text === undefined) continue;
    const said = quantitiesOf(quantity).map((as) => ({ as, ...readUnit(text, QUANTITIES[as].unit) }));
    for (const one of said) {
      if (one.kind !== 'convertible') continue;
      const why = `its unit ${one.unit} stands ${where}`;
      return { kind: 'unit', quantity: one.as, unit: one.unit, confidence: 'high', why };
    }
    // The `a` of `temp_a` is no ampere, but the `f` of `temp_f` is Fahrenheit.
    const isLetter = where === 'in the name' && text.length === 1;
    if (said.some(({ kind }) => kind === 'unconvertible' || (kind === 'foreign' && !isLetter))) {
      return { kind: 'none', why: `there is no conversion from ${text} to ${QUANTITIES[quantity].unit}` };
    }
  }
  return undefined;
}

/** Public codecs call charge and voltage of a battery by one word. */
function quantitiesOf(quantity: Quantity): readonly Quantity[] {
  return quantity === 'battery_voltage' ? ['battery_voltage', 'battery_level'] : [quantity];
}

function guessedUnitOf({ concept: { quantity }, words, numbers }: NumericField): UnitJudgement | undefined {
  if (quantity === 'battery_voltage' && words.some((word) => LEVEL_WORDS.has(word))) {
    if (isPlausible('battery_level', numbers) && Math.max(...numbers) > 5) {
      const why = 'a level is mostly in %';
      return { kind: 'unit', quantity: 'battery_level', unit: '%', confidence: 'medium', why };
    }
  }
  const guess = guessUnit(quantity, numbers);
  if (guess !== undefined) return { kind: 'unit', ...guess };
  if (quantity !== 'battery_voltage') return undefined;
  return { kind: 'none', why: `${shownRange(numbers)} could be V, mV, % or a scale of its own` };
}

function customaryUnit(quantity: Quantity, custom: 'usual' | 'open'): UnitJudgement {
  const { unit } = QUANTITIES[quantity];
  return custom === 'usual'
    ? { kind: 'unit', quantity, unit, confidence: 'medium', why: `${unit} is what nearly every codec means` }
    : {
        kind: 'unit',
        quantity,
        unit,
        confidence: 'low',
        why: `its unit is not stated and taken for ${unit}`,
      };
}
