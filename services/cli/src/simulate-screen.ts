import type { Language } from '@veilleur/runtime';
import type { GeneratorProgress, RunPlan } from '@veilleur/simulators';
import type { Latency } from './simulate-progress.ts';

export interface Screen {
  readonly words: (typeof WORDS)[Language];
  /** A line that stays. */
  say(line: string): void;
  show(progress: GeneratorProgress, stored: number | null, latency: Latency | null): void;
}

const WORDS = {
  en: {
    time: 'simulated',
    frames: 'frames',
    perSecond: '/s',
    published: 'published',
    stored: 'stored',
    unknown: 'not known',
    inFlight: 'in flight',
    behind: 'behind by',
    lost: 'lost on radio',
    latency: 'to the database',
    stopping: 'stopping: what is under way is waited for; Ctrl-C again ends at once',
    leaving: 'leaving without a comparison',
    isRepetition: 'frames of this simulation are there already: they will be duplicates',
    points: (added: number, seconds: number) =>
      `${added} metering points made known (${seconds.toFixed(1)} s)`,
    corrected: (registers: number) => `${registers} installations recorded anew, backwards`,
    settling: (points: number, changes: number) =>
      `consumption: ${points} points wait${changes === 0 ? '' : `, ${changes} changes are not taken yet`}`,
    stalled: (points: number) =>
      `consumption gets no further, ${points} points wait: is its service running (veilleur start consumption)?`,
    noConsumption:
      'nobody makes consumption of this database: veilleur start consumption does; --no-points leaves it out',
  },
  fr: {
    time: 'simulé',
    frames: 'trames',
    perSecond: '/s',
    published: 'publiés',
    stored: 'enregistrés',
    unknown: 'inconnu',
    inFlight: 'en cours',
    behind: 'retard',
    lost: 'perdues en radio',
    latency: 'jusqu’à la base',
    stopping: 'arrêt : on attend ce qui est en route ; Ctrl-C encore une fois arrête tout de suite',
    leaving: 'fin sans comparaison',
    isRepetition: 'des trames de cette simulation sont déjà là : elles seront des doublons',
    points: (added: number, seconds: number) =>
      `${added} points de comptage déclarés (${seconds.toFixed(1).replace('.', ',')} s)`,
    corrected: (registers: number) => `${registers} poses corrigées après coup`,
    settling: (points: number, changes: number) =>
      `consommations : ${points} points en attente${changes === 0 ? '' : `, ${changes} changements pas encore pris`}`,
    stalled: (points: number) =>
      `les consommations n’avancent plus, ${points} points en attente : leur service tourne-t-il (veilleur start consumption) ?`,
    noConsumption:
      'personne ne calcule les consommations de cette base : veilleur start consumption le fait ; --no-points les laisse de côté',
  },
} as const;

const LINE_EVERY_MS = 5000;

/** On standard error: a few lines that change in place, or, where nobody looks, a line every few seconds. */
export function simulationScreen(plan: RunPlan, language: Language): Screen {
  const words = WORDS[language];
  const { isTTY } = process.stderr;
  let shownLines = 0;
  let shownAtMs = Number.NEGATIVE_INFINITY;
  let before: { readonly atMs: number; readonly published: number; readonly stored: number } | undefined;
  let rates = { published: 0, stored: 0 };
  const clear = () => {
    if (shownLines > 0) process.stderr.write(`\x1b[${shownLines}A\x1b[J`);
    shownLines = 0;
  };
  const write = (lines: readonly string[]) => process.stderr.write(`${lines.join('\n')}\n`);

  return {
    words,
    say: (line) => {
      clear();
      write([`  ${line}`]);
    },
    show: (progress, stored, latency) => {
      const nowMs = performance.now();
      const { published } = progress.counts;
      if (before === undefined || nowMs - before.atMs > 1000) {
        const seconds = before === undefined ? 1 : (nowMs - before.atMs) / 1000;
        rates = {
          published: before === undefined ? 0 : (published - before.published) / seconds,
          stored: before === undefined ? 0 : ((stored ?? 0) - before.stored) / seconds,
        };
        before = { atMs: nowMs, published, stored: stored ?? 0 };
      }
      if (nowMs - shownAtMs < (isTTY ? 200 : LINE_EVERY_MS)) return;
      shownAtMs = nowMs;
      const lines = linesOf(plan, progress, stored, latency, rates, language);
      if (!isTTY) {
        write([lines.join('  ')]);
        return;
      }
      clear();
      write(lines);
      shownLines = lines.length;
    },
  };
}

function linesOf(
  { fromMs, untilMs }: RunPlan,
  { atMs, emissions, lost, counts, fresh }: GeneratorProgress,
  stored: number | null,
  latency: Latency | null,
  rates: { readonly published: number; readonly stored: number },
  language: Language,
): string[] {
  const w = WORDS[language];
  const n = (value: number) => Math.round(value).toLocaleString(language);
  const percent = Math.max(0, Math.min(100, (100 * (atMs - fromMs)) / (untilMs - fromMs)));
  const time = new Date(atMs).toISOString().slice(0, 16).replace('T', ' ');
  const causes = Object.entries(lost).filter(([, count]) => count > 0);
  const lostText = causes.map(([cause, count]) => `${cause} ${n(count)}`).join(', ');
  return [
    `  ${w.time} ${time} (${percent.toFixed(1)} %)  ${n(emissions)} ${w.frames}`,
    `  ${w.published} ${n(counts.published)} (${n(rates.published)}${w.perSecond})  ${w.inFlight} ${n(counts.published - counts.acknowledged)}`,
    `  ${w.stored} ${stored === null ? w.unknown : `${n(stored)} (${n(rates.stored)}${w.perSecond})  ${w.behind} ${n(Math.max(0, fresh - stored))}`}${latency === null ? '' : `  ${w.latency} p50 ${n(latency.p50_ms)} ms, p99 ${n(latency.p99_ms)} ms`}`,
    `  ${w.lost} ${lostText === '' ? '0' : lostText}`,
  ];
}
