import type { Imported, ImportProblem } from '@veilleur/consumption';
import type { OperatorProblem, OperatorReading } from '@veilleur/operators';
import type { Language } from '@veilleur/runtime';

const TEXTS = {
  en: {
    before: (at: Date) => `This very file was imported at ${at.toISOString()}: nothing to do.`,
    imported: ({ readings, changed, facts, missing }: Imported) =>
      `${readings} readings read: ${changed} new or revised, ${readings - changed} known already. ${facts} facts of the contract. ${missing} times the operator says that it does not know.`,
    added: (codes: readonly string[]) =>
      `Added ${codes.length} metering points: ${codes.slice(0, 10).join(', ')}`,
    problems: (count: number) => `${count} problems:`,
    line: 'line',
    unknown: (point: string) => `there is no metering point ${point}`,
    holds: (points: number, first: string, last: string) =>
      `Holds readings of ${points} metering points from ${first} to ${last}. Nothing was written.`,
    empty: 'Holds no reading.',
  },
  fr: {
    before: (at: Date) => `Ce même fichier a été importé le ${at.toISOString()} : rien à faire.`,
    imported: ({ readings, changed, facts, missing }: Imported) =>
      `${readings} relevés lus : ${changed} nouveaux ou révisés, ${readings - changed} déjà connus. ${facts} faits du contrat. ${missing} fois l’opérateur dit ne pas savoir.`,
    added: (codes: readonly string[]) =>
      `${codes.length} points de comptage ajoutés : ${codes.slice(0, 10).join(', ')}`,
    problems: (count: number) => `${count} problèmes :`,
    line: 'ligne',
    unknown: (point: string) => `il n’y a pas de point de comptage ${point}`,
    holds: (points: number, first: string, last: string) =>
      `Contient des relevés de ${points} points de comptage du ${first} au ${last}. Rien n’a été écrit.`,
    empty: 'Ne contient aucun relevé.',
  },
} as const;

export function describeProblem(problem: ImportProblem, language: Language): string {
  const t = TEXTS[language];
  if (problem.kind === 'point_unknown') {
    return `${t.line} ${problem.line}: ${t.unknown(problem.pointId)}. ${problem.remedy}`;
  }
  const { file, section, line, column, reason, remedy } = problem;
  const place = [file, section, `${t.line} ${line}`, column].filter((part) => part !== '');
  return `${place.join(', ')}: ${reason}. ${remedy}`;
}

export function describeImport(
  what: { readonly imported: Imported } | { readonly before: Date },
  problems: readonly ImportProblem[],
  language: Language,
): string {
  const t = TEXTS[language];
  if ('before' in what) return t.before(what.before);
  const { imported } = what;
  return [
    t.imported(imported),
    ...(imported.added.length === 0 ? [] : [t.added(imported.added)]),
    ...problemLines(problems, imported.problems, language),
  ].join('\n');
}

export function describeDryRun(
  readings: readonly OperatorReading[],
  problems: readonly OperatorProblem[],
  language: Language,
): string {
  const t = TEXTS[language];
  const times = readings.flatMap((reading) =>
    reading.kind === 'index' ? [reading.at] : reading.kind === 'interval' ? [reading.from, reading.to] : [],
  );
  if (times.length === 0) return [t.empty, ...problemLines(problems, problems.length, language)].join('\n');
  const ms = times.map((time) => time.getTime());
  const at = (time: number) => new Date(time).toISOString();
  const first = ms.reduce((a, b) => Math.min(a, b));
  const last = ms.reduce((a, b) => Math.max(a, b));
  const counts = new Map<string, number>();
  for (const reading of readings) {
    const name =
      'register' in reading ? `${reading.kind} ${reading.quantity} ${reading.register}` : reading.kind;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [
    t.holds(new Set(readings.map(({ pointId }) => pointId)).size, at(first), at(last)),
    ...Array.from(counts, ([name, count]) => `  ${count}  ${name}`),
    ...problemLines(problems.slice(0, 20), problems.length, language),
  ].join('\n');
}

function problemLines(problems: readonly ImportProblem[], count: number, language: Language): string[] {
  if (count === 0) return [];
  return [
    TEXTS[language].problems(count),
    ...problems.map((problem) => `  ${describeProblem(problem, language)}`),
    ...(problems.length < count ? ['  …'] : []),
  ];
}
