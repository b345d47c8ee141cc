import { QUANTITIES } from '@veilleur/domain';
import type { Language } from '@veilleur/runtime';
import type { Site } from '@veilleur/store';
import { aligned, unitOf } from './point-text.ts';
import type { ReportedMedium, SiteReport } from './site-report.ts';

const TEXTS = {
  en: {
    none: 'No site yet. veilleur site add makes one.',
    code: 'code',
    name: 'name',
    kind: 'kind',
    parent: 'part of',
    points: 'points',
    nothing: 'No month of this time is known. veilleur point list --site tells when the last readings were.',
    span: (from: string, to: string) => `from ${from} until ${to}`,
    total: (value: string, unit: string) => `${value} ${unit} in the months that are known`,
    estimated: (share: string) => `${share} of it estimated`,
    missing: (count: number) => `${count} points without a value in some month: not in the sum`,
    against: (months: number, change: string) => `${change} against the same ${months} months a year before`,
    legend: '█ this year  ░ a year before  ~ estimated  ? some points missing',
  },
  fr: {
    none: 'Aucun site. veilleur site add en crée un.',
    code: 'code',
    name: 'nom',
    kind: 'type',
    parent: 'partie de',
    points: 'points',
    nothing:
      'Aucun mois de cette période n’est connu. veilleur point list --site dit de quand datent les relevés.',
    span: (from: string, to: string) => `du ${from} au ${to}`,
    total: (value: string, unit: string) => `${value} ${unit} sur les mois connus`,
    estimated: (share: string) => `dont ${share} estimés`,
    missing: (count: number) => `${count} points sans valeur pour un mois au moins : hors de la somme`,
    against: (months: number, change: string) =>
      `${change} par rapport aux mêmes ${months} mois de l’année d’avant`,
    legend: '█ cette année  ░ l’année d’avant  ~ estimé  ? des points manquent',
  },
} as const;

const BAR = 40;

export function describeSites(sites: readonly Site[], language: Language): string {
  const t = TEXTS[language];
  if (sites.length === 0) return t.none;
  const rows = sites.map(({ code, name, kind, parent, points }) => [
    code,
    name,
    kind,
    parent ?? '',
    String(points),
  ]);
  return aligned([[t.code, t.name, t.kind, t.parent, t.points], ...rows], new Set([4]));
}

/** A page for a terminal: of each medium the sum, the year before, and the months as bars. */
export function describeReport({ site, from, to, timeZone, media }: SiteReport, language: Language): string {
  const t = TEXTS[language];
  const day = (moment: Date) =>
    Temporal.Instant.fromEpochMilliseconds(moment.getTime())
      .toZonedDateTimeISO(timeZone)
      .toPlainDate()
      .toString();
  const attributes = Object.entries(site.attributes).map(([name, value]) => `${name} ${value}`);
  const head = [`${site.name} (${site.kind}), ${t.span(day(from), day(to))}`, ...attributes].join('  ');
  if (media.length === 0) return `${head}\n\n${t.nothing}`;
  return [head, ...media.flatMap((medium) => ['', ...describeMedium(medium, language)]), '', t.legend].join(
    '\n',
  );
}

function describeMedium(medium: ReportedMedium, language: Language): string[] {
  const t = TEXTS[language];
  const { quantity, total, estimated, missing, months, comparison } = medium;
  const number = (micro: number) => (micro / 1e6).toLocaleString(language, { maximumFractionDigits: 1 });
  const percent = (share: number) =>
    share.toLocaleString(language, { style: 'percent', maximumFractionDigits: 1 });
  const signed = (share: number) => `${share > 0 ? '+' : ''}${percent(share)}`;
  const facts = [
    t.total(number(total), unitOf(quantity)),
    ...(estimated > 0 && total > 0 ? [t.estimated(percent(estimated / total))] : []),
    ...(missing > 0 ? [t.missing(missing)] : []),
    ...(comparison === null || comparison.before === 0
      ? []
      : [t.against(comparison.months, signed(comparison.now / comparison.before - 1))]),
  ];
  const most = Math.max(1, ...months.flatMap(({ value, yearBefore }) => [value ?? 0, yearBefore ?? 0]));
  const bar = (value: number | null, mark: string) =>
    mark.repeat(Math.max(value === null || value <= 0 ? 0 : 1, Math.round((BAR * (value ?? 0)) / most)));
  const width = Math.max(...months.map(({ value }) => number(value ?? 0).length));
  const lines = months.flatMap(({ month, value, quality, yearBefore }) => {
    const doubt = quality === 'missing' ? ' ?' : quality === 'estimated' ? ' ~' : '';
    const text = value === null ? '?' : number(value);
    const now = `  ${month}  ${text.padStart(width)}  ${bar(value, '█')}${doubt}`;
    return yearBefore === null
      ? [now]
      : [now, `  ${' '.repeat(month.length + width + 2)}  ${bar(yearBefore, '░')}`];
  });
  return [QUANTITIES[quantity].label[language], ...facts.map((fact) => `  ${fact}`), ...lines];
}
