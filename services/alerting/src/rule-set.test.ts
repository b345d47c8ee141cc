import { loadRules } from '@veilleur/rules';
import type { StoredRule } from '@veilleur/store';
import { expect, it } from 'vitest';
import { compileRules } from './rule-set.ts';

const compiled = (yaml: string) => {
  const { rules, problems } = loadRules(yaml);
  expect(problems).toEqual([]);
  const stored = rules.map((rule) => ({
    name: rule.name,
    definition: rule as unknown as StoredRule['definition'],
    source: 'test',
  }));
  return compileRules(1, stored, { isHoliday: () => false });
};

it.each([
  ['expression: pulse_count_2 > 5.0', [0, 2]],
  ['expression: active_power < 2.0, given: digital_input_3 > 0.5', [0, 3]],
])('the tail is asked for every channel that a rule names: %s', (written, channels) => {
  const { told } = compiled(`[{ name: x, title: { en: X, fr: X }, kind: expression, ${written} }]`);
  expect(told.channels).toEqual(channels);
});
