import { readYamlText } from '@veilleur/yaml-text';
import { type ExpressionProblem, expressionProblem, expressionProblemOver } from '../expression.ts';
import { TEMPLATES, templateNamed } from '../templates/index.ts';
import { type Finding, findingsOf, type Problem, unknownField, unknownWord } from './problems.ts';
import {
  type Bounds,
  boundProblems,
  isBoundedKind,
  isDeviceRule,
  RULE_KINDS,
  type Rule,
  rule,
} from './rule.ts';

/** The rules of a file. Whoever uses them refuses a file with problems: half a file is another one. */
export interface RulesFile {
  /** Those that are right, in the order of the file. */
  readonly rules: readonly Rule[];
  /** All that is wrong, in the order of the file. */
  readonly problems: readonly Problem[];
}

interface Entry {
  readonly index: number;
  readonly rule: Rule;
}

/**
 * Reads a file of rules, YAML or JSON: a list of rules, each written out or from a template:
 * `{ template: water-leak, name: leak, with: { over: 12h }, severity: critical }`. What stands beside
 * `with` takes the place of what the template says.
 */
export function loadRules(text: string): RulesFile {
  const yaml = readYamlText(text);
  const remedy = 'Correct the YAML: a value that contains ": " or begins with a quote needs quotes.';
  if (yaml.errors.length > 0) {
    return {
      rules: [],
      problems: yaml.errors.map(({ place, message }) => ({ ...place, path: '', message, remedy })),
    };
  }
  const findings: Finding[] = [];
  const entries: Entry[] = [];
  if (!Array.isArray(yaml.value)) {
    findings.push({
      path: [],
      message: 'expected a list of rules',
      remedy: 'Begin each rule with a dash: `- name: ...`.',
    });
  } else {
    for (const [index, told] of yaml.value.entries()) {
      const read = isFields(told) ? readEntry(told) : { findings: [notFields()] };
      findings.push(...read.findings.map((finding) => ({ ...finding, path: [index, ...finding.path] })));
      if ('rule' in read) entries.push({ index, rule: read.rule });
    }
    findings.push(...namesTwice(yaml.value), ...namesUnknown(entries, yaml.value));
  }
  const problems = findings.map(({ path, field, message, remedy, at }): Problem => {
    const place = field === undefined ? yaml.placeOf(path, at ?? 0) : yaml.placeOfField(path, field);
    return {
      ...place,
      path: [...path, ...(field === undefined ? [] : [field])].map(String).join('.'),
      message,
      remedy,
    };
  });
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { rules: entries.map((entry) => entry.rule), problems };
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function notFields(): Finding {
  return {
    path: [],
    message: 'expected a rule: fields and their values',
    remedy: 'Write at least name, title and kind, or name and template.',
  };
}

type Read =
  | { readonly findings: readonly Finding[] }
  | { readonly findings: readonly []; readonly rule: Rule };

function readEntry(told: Fields): Read {
  return 'template' in told ? readFromTemplate(told) : readRule(told, []);
}

function readFromTemplate(entry: Fields): Read {
  const { template: name, with: given = {}, ...beside } = entry;
  const template = templateNamed(String(name));
  if (template === undefined) {
    return {
      findings: [
        unknownWord(
          ['template'],
          'template',
          name,
          TEMPLATES.map((one) => one.name),
        ),
      ],
    };
  }
  const findings: Finding[] = [];
  if ('kind' in beside) {
    findings.push({
      path: ['kind'],
      message: `kind: the template ${template.name} is of the kind ${template.kind}`,
      remedy: 'Take kind out.',
    });
  }
  if (!isFields(given)) {
    const message = 'with: expected parameters and their values';
    return { findings: [{ path: ['with'], message, remedy: 'Write with: { parameter: value }.' }] };
  }
  const known = Object.keys(template.parameters);
  for (const [parameter, value] of Object.entries(given)) {
    const schema = template.parameters[parameter]?.schema;
    if (schema === undefined) findings.push(unknownField(['with'], parameter, known));
    for (const issue of schema?.safeParse(value).error?.issues ?? []) {
      const path = ['with', parameter, ...issue.path];
      findings.push(...findingsOf({ ...issue, path }, entry, null));
    }
  }
  if (findings.length > 0) return { findings };
  const { title, description } = template;
  const read = readRule({ title, description, ...template.rule(given), ...beside }, ['template', 'with']);
  return { ...read, findings: read.findings.map((one) => ofEntry(one, entry, template.name)) } as Read;
}

/** A finding in what the template filled in concerns the parameters that made it. */
function ofEntry(finding: Finding, entry: Fields, template: string): Finding {
  const [first] = finding.path;
  if (finding.field !== undefined || first === undefined || first === 'name' || String(first) in entry) {
    return finding;
  }
  return {
    path: ['with'],
    message: `the template ${template} with these parameters: ${finding.message}`,
    remedy: finding.remedy,
  };
}

function readRule(told: Fields, more: readonly string[]): Read {
  const parsed = rule.safeParse(told);
  if (parsed.success) {
    const findings = findingsInExpressions(parsed.data);
    return findings.length > 0 ? { findings } : { findings: [], rule: parsed.data };
  }
  const kind = RULE_KINDS.find((one) => one === told.kind) ?? null;
  const findings = parsed.error.issues.flatMap((issue) => findingsOf(issue, told, kind, more));
  const hasBoundIssue = findings.some(({ path }) => BOUND_FIELDS.has(String(path[0])));
  if (kind !== null && isBoundedKind(kind) && !hasBoundIssue) {
    // Bounds are compared with each other by zod only where all else is right.
    for (const { field, message } of boundProblems(told as Bounds)) {
      findings.push({ path: [field], message: `${field}: ${message}`, remedy: BOUNDS_REMEDY });
    }
  }
  return { findings };
}

const BOUND_FIELDS = new Set(['above', 'below', 'clearAbove', 'clearBelow', 'worse']);
const BOUNDS_REMEDY = 'Write `above: 5` with `clearBelow: 4`, or `below: 5` with `clearAbove: 6`.';

function findingsInExpressions(told: Rule): Finding[] {
  if (told.kind !== 'expression' && told.kind !== 'site') return [];
  const problemOf = (text: string): ExpressionProblem | null =>
    told.kind === 'site' ? expressionProblemOver(Object.keys(told.values), text) : expressionProblem(text);
  return (['expression', 'given'] as const).flatMap((field) => {
    const text = told[field];
    const problem = text === undefined ? null : problemOf(text);
    if (problem === null) return [];
    return [
      { path: [field], message: `${field}: ${problem.message}`, remedy: problem.remedy, at: problem.at },
    ];
  });
}

function namesTwice(told: readonly unknown[]): Finding[] {
  const seen = new Set<string>();
  return told.flatMap((entry, index): Finding[] => {
    const name = isFields(entry) ? entry.name : undefined;
    if (typeof name !== 'string') return [];
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const message = `name: "${name}" is taken by a rule above`;
    return [
      { path: [index, 'name'], message, remedy: 'An alert is told by its rule’s name: choose another.' },
    ];
  });
}

/** Rules that others name, and that are not in the file. */
function namesUnknown(entries: readonly Entry[], told: readonly unknown[]): Finding[] {
  const named = (entry: unknown) => (isFields(entry) && typeof entry.name === 'string' ? [entry.name] : []);
  const known = told.flatMap(named);
  const ruleOf = new Map(entries.map((entry) => [entry.rule.name, entry.rule]));
  return entries.flatMap(({ index, rule }) => {
    const fields = rule.kind === 'many' ? (['inhibitedBy', 'of'] as const) : (['inhibitedBy'] as const);
    return fields.flatMap((field) => {
      const names = field === 'of' && rule.kind === 'many' ? rule.of : rule.inhibitedBy;
      return names.flatMap((name, at): Finding[] => {
        const isWritten = isFields(told[index]) && field in told[index];
        const path = isWritten ? [index, field, at] : [index, 'with', field, at];
        if (!known.includes(name)) {
          return [
            { ...unknownWord(path, field, name, known), remedy: `Rules of this file: ${known.join(', ')}.` },
          ];
        }
        const member = ruleOf.get(name);
        if (field !== 'of' || member === undefined || isDeviceRule(member)) return [];
        const message = `of: "${name}" is of the kind ${member.kind}${member.kind === rule.kind ? ' itself' : ''}`;
        return [{ path, message, remedy: 'Name rules that speak of devices one by one.' }];
      });
    });
  });
}
