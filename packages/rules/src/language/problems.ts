import type { z } from 'zod';
import { didYouMean } from './nearest.ts';
import { RULE_KINDS, type Rule } from './rule.ts';
import { fieldsAt } from './rules-schema.ts';

/** What is wrong in a file of rules, where, and what may stand there instead. */
export interface Problem {
  /** From 1 on, both. */
  readonly line: number;
  readonly column: number;
  /** Such as `2.with.over`: of the third entry. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

/** A problem before its place is known: `field` is a name that should not stand at `path`. */
export interface Finding {
  readonly path: readonly PropertyKey[];
  readonly field?: string;
  readonly message: string;
  readonly remedy: string;
  /** Characters into the text at `path`. */
  readonly at?: number | null;
}

type Issue = z.core.$ZodIssue;

/** What a person can do about what zod found in a rule of a kind. `more` are fields beside the kind's. */
export function findingsOf(
  issue: Issue,
  told: unknown,
  kind: Rule['kind'] | null,
  more: readonly string[] = [],
): Finding[] {
  const { path } = issue;
  const name = String(path.at(-1) ?? '');
  const value = path.reduce<unknown>(
    (inside, step) => (inside as Record<PropertyKey, unknown>)?.[step],
    told,
  );
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = kind === null ? [] : [...fieldsAt(kind, path), ...(path.length === 0 ? more : [])];
      return issue.keys.map((field) => unknownField(path, field, known));
    }
    case 'invalid_union': {
      if (issue.path.at(-1) === 'kind') return [unknownWord(path, 'kind', value, RULE_KINDS)];
      return [
        { path, message: `${name}: expected a text or a list of texts`, remedy: 'Put it between quotes.' },
      ];
    }
    case 'invalid_value':
      // A list of every quantity says less than the one that is meant.
      if (issue.message.includes('is not a quantity')) break;
      return [unknownWord(path, name, value, issue.values.map(String))];
    case 'invalid_type':
      if (value !== undefined && !issue.message.startsWith('Invalid input')) break;
      return [
        {
          path,
          message:
            value === undefined
              ? `${name} is missing`
              : `${name}: expected ${nounOf(issue.expected)}, found ${JSON.stringify(value)}`,
          remedy: `Write ${name} as ${nounOf(issue.expected)}.`,
        },
      ];
    default:
  }
  return [
    { path, message: name === '' ? issue.message : `${name}: ${issue.message}`, remedy: remedyFor(issue) },
  ];
}

export function unknownField(path: Finding['path'], field: string, known: readonly string[]): Finding {
  return {
    path,
    field,
    message: `"${field}" is not known here${didYouMean(field, known)}`,
    remedy: known.length === 0 ? `Take ${field} out.` : `Known here: ${known.join(', ')}.`,
  };
}

export function unknownWord(
  path: Finding['path'],
  what: string,
  value: unknown,
  known: readonly string[],
): Finding {
  return {
    path,
    message:
      value === undefined
        ? `${what} is missing`
        : `${what}: ${JSON.stringify(value)} is not known${typeof value === 'string' ? didYouMean(value, known) : ''}`,
    remedy: `Write one of: ${known.join(', ')}.`,
  };
}

function nounOf(expected: string): string {
  const nouns: Readonly<Record<string, string>> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    tuple: 'a list',
    object: 'fields and their values',
    record: 'fields and their values',
  };
  return nouns[expected] ?? expected;
}

function remedyFor(issue: Issue): string {
  if (issue.code === 'too_small') return `The least that is allowed is ${issue.minimum}.`;
  if (issue.code === 'too_big') return `The most that is allowed is ${issue.maximum}.`;
  return 'Correct the value; docs/rules.md shows each kind with an example.';
}
