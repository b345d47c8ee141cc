import { QUANTITIES } from '@veilleur/domain';
import type { Problem, Rule, Template } from '@veilleur/rules';
import type { Language } from '@veilleur/runtime';
import type { RuleRow } from '@veilleur/store';
import { localText } from './alerts-time.ts';
import { aligned } from './point-text.ts';
import { problemText } from './rules-file.ts';
import { rulesInWords } from './rules-words.ts';

const TEXTS = {
  en: {
    right: (count: number) =>
      count === 1 ? 'One rule, and it is right:' : `${count} rules, and all are right:`,
    problems: (count: number) => (count === 1 ? 'One problem:' : `${count} problems:`),
    none: 'No rule is in force. veilleur rules load puts a file of rules in force.',
    columns: ['rule', 'kind', 'severity', 'open alerts', 'since', 'by', 'title'],
    off: 'not enabled',
    templates: ['template', 'kind', 'title'],
    more: 'veilleur rules templates <name> shows one with its parameters, and how to use it.',
    parameters: 'Parameters:',
    use: 'In a rules file:',
    quantities: ['quantity', 'unit', 'kind', 'what it is'],
    kinds: { index: 'index', gauge: 'gauge', flag: 'flag' },
  },
  fr: {
    right: (count: number) =>
      count === 1 ? 'Une règle, et elle est juste :' : `${count} règles, toutes justes :`,
    problems: (count: number) => (count === 1 ? 'Un problème :' : `${count} problèmes :`),
    none: 'Aucune règle n’est en vigueur. veilleur rules load met en vigueur un fichier de règles.',
    columns: ['règle', 'type', 'gravité', 'alertes ouvertes', 'depuis', 'par', 'titre'],
    off: 'désactivée',
    templates: ['modèle', 'type', 'titre'],
    more: 'veilleur rules templates <nom> en montre un avec ses paramètres, et comment s’en servir.',
    parameters: 'Paramètres :',
    use: 'Dans un fichier de règles :',
    quantities: ['grandeur', 'unité', 'type', 'ce que c’est'],
    kinds: { index: 'index', gauge: 'valeur', flag: 'indicateur' },
  },
} as const;

export function describeCheck(
  file: string,
  { rules, problems }: { readonly rules: readonly Rule[]; readonly problems: readonly Problem[] },
  language: Language,
): string {
  const t = TEXTS[language];
  if (problems.length > 0) {
    return [
      t.problems(problems.length),
      ...problems.flatMap((problem) => [`  ${problemText(file, problem)}`, `      ${problem.remedy}`]),
    ].join('\n');
  }
  return [t.right(rules.length), ...rules.flatMap((rule) => ['', ...rulesInWords(rule, language)])].join(
    '\n',
  );
}

export function describeRules(rules: readonly RuleRow[], language: Language, zone: string): string {
  const t = TEXTS[language];
  if (rules.length === 0) return t.none;
  const rows = rules.map(({ name, definition, recordedAt, recordedBy, openAlerts }) => {
    // What is stored was parsed.
    const rule = definition as unknown as Rule;
    const severity = rule.enabled ? rule.severity : t.off;
    return [
      name,
      rule.kind,
      severity,
      String(openAlerts),
      localText(recordedAt, zone),
      recordedBy,
      rule.title[language],
    ];
  });
  return aligned([t.columns, ...rows], new Set([3]));
}

export function describeTemplates(templates: readonly Template[], language: Language): string {
  const t = TEXTS[language];
  const rows = templates.map(({ name, kind, title }) => [name, kind, title[language]]);
  return `${aligned([t.templates, ...rows])}\n\n${t.more}`;
}

export function describeTemplate(
  { name, kind, title, description, parameters }: Template,
  language: Language,
): string {
  const t = TEXTS[language];
  const known = Object.entries(parameters).map(([parameter, told]) => [
    `  ${parameter}`,
    valueText(told.default),
    told.unit ?? '',
    told.description[language],
  ]);
  const [first] = Object.entries(parameters);
  return [
    `${name} (${kind}): ${title[language]}`,
    `  ${description[language]}`,
    ...(known.length === 0 ? [] : ['', t.parameters, aligned(known)]),
    '',
    t.use,
    `  - template: ${name}`,
    `    name: ${name}`,
    ...(first === undefined ? [] : [`    with: { ${first[0]}: ${valueText(first[1].default)} }`]),
  ].join('\n');
}

/** As it is written in a rules file. */
const valueText = (value: unknown) =>
  typeof value === 'string' && /^[\w.-]+$/.test(value) ? value : JSON.stringify(value);

export function describeQuantities(language: Language): string {
  const t = TEXTS[language];
  const rows = Object.entries(QUANTITIES).map(([name, { unit, kind, label }]) => [
    name,
    unit,
    t.kinds[kind],
    label[language],
  ]);
  return aligned([t.quantities, ...rows]);
}
