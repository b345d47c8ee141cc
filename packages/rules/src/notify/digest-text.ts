import type { Digest } from './digest.ts';
import type { AlertInMessage } from './message.ts';
import type { Language } from './settings.ts';
import { localMoment, type MessageText, severityWord, spanText, valueText } from './text.ts';

const LISTED = 50;

const TEXTS = {
  en: {
    subject: (day: string, open: number, opened: number, cleared: number) =>
      `Alerts until ${day}: ${open} open, ${opened} new, ${cleared} over`,
    quiet: 'Nothing is open, and nothing was.',
    opened: 'New in the last day',
    cleared: 'Over in the last day',
    open: 'Open before, and still',
    none: 'none',
    more: (count: number) => `and ${count} more`,
  },
  fr: {
    subject: (day: string, open: number, opened: number, cleared: number) =>
      `Alertes jusqu’au ${day} : ${open} ouverte${open > 1 ? 's' : ''}, ${opened} nouvelle${opened > 1 ? 's' : ''}, ${cleared} terminée${cleared > 1 ? 's' : ''}`,
    quiet: 'Rien n’est ouvert, et rien ne l’a été.',
    opened: 'Nouvelles depuis un jour',
    cleared: 'Terminées depuis un jour',
    open: 'Ouvertes avant, et toujours',
    none: 'aucune',
    more: (count: number) => `et ${count} autres`,
  },
} as const;

type Titles = ReadonlyMap<number, Readonly<Record<Language, string>>>;

/** What a channel's people read in the morning. */
export function digestText(
  { to }: { readonly from: number; readonly to: number },
  { opened, cleared, open }: Digest,
  titles: Titles,
  language: Language,
  timeZone: string,
): MessageText {
  const t = TEXTS[language];
  const subject = t.subject(localMoment(to, language, timeZone), open.length, opened.length, cleared.length);
  const isNew = new Set(opened.map(({ id }) => id));
  const lineOf = (alert: AlertInMessage) =>
    [
      `- #${alert.id} [${severityWord(alert.severity, language)}] ${titles.get(alert.id)?.[language] ?? ''} - ${alert.name}: ${spanText(alert, language, timeZone)}`,
      ...(alert.value === null ? [] : [valueText(alert.value, language)]),
    ].join(', ');
  const section = (title: string, alerts: readonly AlertInMessage[]) => [
    `${title} (${alerts.length})`,
    ...(alerts.length === 0 ? [`- ${t.none}`] : alerts.slice(0, LISTED).map(lineOf)),
    ...(alerts.length > LISTED ? [`- ${t.more(alerts.length - LISTED)}`] : []),
    '',
  ];
  const lines =
    open.length + opened.length + cleared.length === 0
      ? [t.quiet]
      : [
          ...section(t.opened, opened),
          ...section(t.cleared, cleared),
          ...section(
            t.open,
            open.filter(({ id }) => !isNew.has(id)),
          ),
        ];
  return { subject, text: [subject, '', ...lines].join('\n').trimEnd(), short: subject };
}
