import {
  type AlertDifference,
  type AlertFigures,
  durationText,
  type FoundAlert,
  type TimelineCell,
  timelineOf,
} from '@veilleur/rules';
import type { Language } from '@veilleur/runtime';
import { severityText } from './alerts-text.ts';
import { localText } from './alerts-time.ts';
import { aligned } from './point-text.ts';
import type { BacktestReport } from './rules-backtest.ts';

const TEXTS = {
  en: {
    head: (from: string, to: string, zone: string, devices: number) =>
      `From ${from} to ${to} (${zone}), over ${devices} devices:`,
    none: 'These rules would have raised nothing.',
    noDevice: 'These rules choose none of the devices.',
    columns: ['rule', 'alerts', 'at night', 'of', 'before', 'still open', 'median', 'longest'],
    all: 'all',
    marks: (days: number) =>
      `A mark is ${days === 1 ? 'a day' : `${days} days`}: a digit says how many alerts opened, ░ ▒ █ for how much of it one was open, · nothing`,
    subjects: 'Most often:',
    alertColumns: ['opened', 'severity', 'rule', 'of', 'lasted'],
    more: (count: number) => `and ${count} more: --list ${count + 50}, or --json`,
    open: 'still open',
    difference: ({ added, gone, changed, unchanged }: AlertDifference) =>
      `${added.length} alerts added, ${gone.length} gone, ${changed.length} changed, ${unchanged} as they are`,
    night: 'At night is from 22:00 to 06:00; "before" were open when the time began.',
  },
  fr: {
    head: (from: string, to: string, zone: string, devices: number) =>
      `Du ${from} au ${to} (${zone}), sur ${devices} appareils :`,
    none: 'Ces règles n’auraient rien déclenché.',
    noDevice: 'Ces règles ne choisissent aucun appareil.',
    columns: ['règle', 'alertes', 'la nuit', 'de', 'avant', 'ouvertes', 'médiane', 'la plus longue'],
    all: 'toutes',
    marks: (days: number) =>
      `Un signe vaut ${days === 1 ? 'un jour' : `${days} jours`} : un chiffre dit combien d’alertes se sont ouvertes, ░ ▒ █ la part du temps où l’une était ouverte, · rien`,
    subjects: 'Le plus souvent :',
    alertColumns: ['ouverte', 'gravité', 'règle', 'de', 'durée'],
    more: (count: number) => `et ${count} autres : --list ${count + 50}, ou --json`,
    open: 'encore ouverte',
    difference: ({ added, gone, changed, unchanged }: AlertDifference) =>
      `${added.length} alertes en plus, ${gone.length} en moins, ${changed.length} changées, ${unchanged} inchangées`,
    night: 'La nuit va de 22:00 à 06:00 ; « avant » étaient ouvertes quand la période a commencé.',
  },
} as const;

/** Columns of the chart: with a name before it, it fits a terminal of 100. */
const CELLS = 62;
const SUBJECTS = 10;

export function describeBacktest(report: BacktestReport, language: Language, listed: number): string {
  const t = TEXTS[language];
  const { span, timeZone, devices, total, rules, alerts } = report;
  const head = t.head(localText(span.from, timeZone), localText(span.to, timeZone), timeZone, devices);
  if (devices === 0) return `${head}\n${t.noDevice}`;
  const ofRule = Map.groupBy(alerts, ({ rule }) => rule);
  const ofSubject = Map.groupBy(alerts, ({ subject }) => subject);
  const figures = [
    ...rules.map((one) => figureRow(one.rule, one, language)),
    ...(rules.length > 1 ? [figureRow(t.all, total, language)] : []),
  ];
  const charted = rules.filter(({ rule }) => ofRule.has(rule)).map(({ rule }) => rule);
  const most = report.subjects.slice(0, SUBJECTS).map(({ subject }) => subject);
  const lanes = new Map([
    ...charted.map((rule) => [rule, ofRule.get(rule) ?? []] as const),
    ...most.map((subject) => [report.names.get(subject) ?? subject, ofSubject.get(subject) ?? []] as const),
  ]);
  return [
    head,
    '',
    aligned([t.columns, ...figures], new Set([1, 2, 3, 4, 5, 6, 7])),
    t.night,
    ...(alerts.length === 0
      ? ['', t.none]
      : [
          '',
          ...chartOf(lanes, charted.length, report, language),
          '',
          aligned([
            t.alertColumns,
            ...alerts.slice(0, listed).map((alert) => alertRow(alert, report, language)),
          ]),
          ...(alerts.length > listed ? [t.more(alerts.length - listed)] : []),
        ]),
    ...(report.difference === null ? [] : ['', describeDifference(report.difference, report, language)]),
  ].join('\n');
}

function figureRow(name: string, figures: AlertFigures, language: Language): string[] {
  const time = (ms: number | null) => (ms === null ? '' : durationText(ms, language));
  return [
    name,
    String(figures.alerts),
    String(figures.atNight),
    String(figures.subjects),
    String(figures.openBefore),
    String(figures.openAfter),
    time(figures.medianMs),
    time(figures.longestMs),
  ];
}

/** Lines of days, one a rule, then one a device. */
function chartOf(
  lanes: ReadonlyMap<string, readonly FoundAlert[]>,
  rules: number,
  { span, timeZone }: BacktestReport,
  language: Language,
): string[] {
  const t = TEXTS[language];
  const width = Math.max(...Array.from(lanes.keys(), (name) => name.length));
  const drawn = Array.from(lanes, ([name, alerts]) => {
    const { days, cells } = timelineOf(alerts, span, timeZone, CELLS);
    return { days, cells, line: `${name.padEnd(width)}  ${cells.map(markOf).join('')}` };
  });
  const [first] = drawn;
  const length = first?.cells.length ?? 0;
  const [from, to] = [span.from, span.to - 1].map((time) => localText(time, timeZone).slice(0, 10));
  const axis = length >= 22 ? `${from}${String(to).padStart(length - 10)}` : `${from} … ${to}`;
  return [
    t.marks(first?.days ?? 1),
    `${''.padEnd(width)}  ${axis}`,
    ...drawn.slice(0, rules).map(({ line }) => line),
    '',
    t.subjects,
    ...drawn.slice(rules).map(({ line }) => line),
  ];
}

function markOf({ opened, share }: TimelineCell): string {
  if (opened > 0) return opened > 9 ? '+' : String(opened);
  if (share === 0) return '·';
  if (share < 1 / 3) return '░';
  return share < 2 / 3 ? '▒' : '█';
}

function alertRow(alert: FoundAlert, { timeZone, names }: BacktestReport, language: Language): string[] {
  return [
    localText(alert.openedAt, timeZone),
    severityText(alert.severity, language),
    alert.rule,
    names.get(alert.subject) ?? alert.subject,
    alert.clearedAt === null
      ? TEXTS[language].open
      : durationText(alert.clearedAt - alert.openedAt, language),
  ];
}

const LISTED_DIFFERENCES = 30;

/** What is added, gone and changed, line by line. */
export function describeDifference(
  difference: AlertDifference,
  report: BacktestReport,
  language: Language,
): string {
  const t = TEXTS[language];
  const { added, gone, changed } = difference;
  const row = (sign: string, alert: FoundAlert) => [sign, ...alertRow(alert, report, language)];
  const rows = [
    ...added.map((alert) => row('+', alert)),
    ...gone.map((alert) => row('-', alert)),
    ...changed.flatMap(({ before, after }) => [row('~', before), row('', after)]),
  ];
  return [
    t.difference(difference),
    ...(rows.length === 0 ? [] : [aligned(rows.slice(0, LISTED_DIFFERENCES))]),
    ...(rows.length > LISTED_DIFFERENCES ? ['…'] : []),
  ].join('\n');
}
