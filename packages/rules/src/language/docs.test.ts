import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { TEMPLATES } from '../templates/index.ts';
import type { Template } from '../templates/template.ts';
import { RULE_KINDS } from './rule.ts';
import { loadRules } from './rules-file.ts';

const docs = await readFile(new URL('../../../../docs/rules.md', import.meta.url), 'utf8');
const examples = [...docs.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => text ?? '').join('\n');

/** As the table tells it; a cell of a table has no line of its own. */
function cellsOf({ name, title, description, parameters }: Template): string[] {
  const [sentence = ''] = description.en.split('. ');
  const given = Object.entries(parameters).map(([parameter, { default: value, unit }]) => {
    const text = Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
    return `\`${parameter}: ${text}\`${unit === null ? '' : ` ${unit}`}`;
  });
  return [`\`${name}\``, `${title.en}: ${sentence.replace(/\.$/, '')}`, given.join(', ')];
}

const tableOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('docs/rules.md', () => {
  it('shows rules that can be loaded, of every kind', () => {
    const { rules, problems } = loadRules(examples);
    expect(problems).toEqual([]);
    expect([...new Set(rules.map(({ kind }) => kind))].sort()).toEqual([...RULE_KINDS].sort());
  });

  it('lists the templates as they are', () => {
    const [, table = ''] = docs.split('## The templates');
    expect(tableOf(table)).toEqual(TEMPLATES.map(cellsOf));
  });
});
