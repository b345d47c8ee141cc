import type { FailedPoint, PullDetail } from '@veilleur/consumption';
import type { Language } from '@veilleur/runtime';
import type { LastRun } from '@veilleur/store';
import { aligned } from './point-text.ts';

const TEXTS = {
  en: {
    none: 'No job has run yet: they run in veilleur start, and in veilleur start consumption.',
    head: ['job', 'began', 'took', 'outcome', 'what it did'],
    outcome: { done: 'done', failed: 'failed', running: 'running', cut_off: 'cut off' },
    goesOn: 'its process died; the next run goes on from there',
    lastDone: (at: string | null) => (at === null ? 'it never ended well' : `last ended well ${at}`),
    pulled: ({ points, readings, changed, upTo }: PullDetail) =>
      `${readings} readings of ${points} points: ${changed} new or revised${upTo === null ? '' : `; days before ${upTo}`}`,
    noPoint: 'no metering point to ask for',
    problems: (count: number) => `${count} problems`,
  },
  fr: {
    none: 'Aucune tâche n’a encore tourné : elles tournent dans veilleur start et veilleur start consumption.',
    head: ['tâche', 'début', 'durée', 'résultat', 'ce qu’elle a fait'],
    outcome: { done: 'faite', failed: 'échouée', running: 'en cours', cut_off: 'interrompue' },
    goesOn: 'son processus est mort ; la prochaine exécution reprend là',
    lastDone: (at: string | null) =>
      at === null ? 'elle n’a jamais abouti' : `a abouti pour la dernière fois le ${at}`,
    pulled: ({ points, readings, changed, upTo }: PullDetail) =>
      `${readings} relevés de ${points} points : ${changed} nouveaux ou révisés${upTo === null ? '' : ` ; jours avant le ${upTo}`}`,
    noPoint: 'aucun point de comptage à demander',
    problems: (count: number) => `${count} problèmes`,
  },
} as const;

export function describeJobs(jobs: readonly LastRun[], language: Language): string {
  const t = TEXTS[language];
  if (jobs.length === 0) return t.none;
  const lines = aligned([
    t.head,
    ...jobs.map(({ job, startedAt, endedAt, outcome, detail }) => [
      job,
      startedAt.toISOString(),
      endedAt === null ? '' : tookText(endedAt.getTime() - startedAt.getTime()),
      t.outcome[outcome],
      didText(detail, language),
    ]),
  ]).split('\n');
  return [
    lines[0] ?? '',
    ...jobs.flatMap((run, i) => [lines[i + 1] ?? '', ...troubleOf(run, language).map((line) => `  ${line}`)]),
  ].join('\n');
}

/** What a pull did, in a sentence; of other jobs their figures. */
export function didText(detail: Readonly<Record<string, unknown>>, language: Language): string {
  const t = TEXTS[language];
  if (!isPull(detail)) {
    const told = Object.entries(detail).filter(([name]) => name !== 'error');
    return told.map(([name, value]) => `${name} ${String(value)}`).join(', ');
  }
  if (detail.points === 0 && detail.problems === 0) return t.noPoint;
  return detail.problems === 0 ? t.pulled(detail) : `${t.pulled(detail)}; ${t.problems(detail.problems)}`;
}

/** Each point and line that a pull could not take, with what to do. */
export function problemsText(detail: Readonly<Record<string, unknown>>): string[] {
  if (!isPull(detail)) return [];
  const line = ({ point, reason, remedy }: FailedPoint) => `${point}: ${reason}. ${remedy}`;
  return [...detail.failedPoints, ...detail.shownProblems].map(line);
}

function troubleOf({ outcome, detail, lastDoneAt }: LastRun, language: Language): string[] {
  const t = TEXTS[language];
  if (outcome === 'cut_off') return [t.goesOn];
  if (outcome !== 'failed') return problemsText(detail);
  const { error, remedy } = detail;
  const sentences = [String(error), ...(typeof remedy === 'string' ? [remedy] : [])];
  return [sentences.join('. '), t.lastDone(lastDoneAt?.toISOString() ?? null), ...problemsText(detail)];
}

/** Written by this version or an earlier one: only what is there is shown. */
function isPull(detail: Readonly<Record<string, unknown>>): detail is PullDetail {
  return typeof detail.readings === 'number' && Array.isArray(detail.failedPoints);
}

function tookText(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
