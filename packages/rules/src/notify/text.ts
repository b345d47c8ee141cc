import type { Severity } from '../language/rule.ts';
import type { AlertInMessage, Message, MessageKind } from './message.ts';
import type { Language } from './settings.ts';
import type { MeasuredValue } from './value.ts';

/** A message for people. */
export interface MessageText {
  /** One line: a subject. */
  readonly subject: string;
  /** All of it, in lines. */
  readonly text: string;
  /** For a telephone: 160 characters at most. */
  readonly short: string;
}

const SHORT = 160;
const LISTED = 50;

const TEXTS = {
  en: {
    locale: 'en-GB',
    severity: { info: 'Info', warning: 'Warning', critical: 'CRITICAL' },
    kind: {
      raised: '',
      reopened: 'again: ',
      worsened: 'worse: ',
      escalated: 'nobody has taken it up: ',
      cleared: 'over: ',
      withdrawn: 'withdrawn: ',
      over: 'came and went: ',
      digest: '',
    } satisfies Record<MessageKind, string>,
    since: (time: string) => `since ${time}`,
    span: (from: string, to: string, length: string) => `from ${from} to ${to} (${length})`,
    withdrawn: 'What is known now says that it never was.',
    devices: (count: number) => `${count} devices`,
    members: (count: string) => `${count} devices at once`,
    events: (count: string) => `${count} events`,
    samples: (count: string) => `${count} values`,
    more: (count: number) => `and ${count} more`,
    rule: 'Rule: ',
  },
  fr: {
    locale: 'fr-FR',
    severity: { info: 'Info', warning: 'Avertissement', critical: 'CRITIQUE' },
    kind: {
      raised: '',
      reopened: 'de nouveau : ',
      worsened: 'aggravation : ',
      escalated: 'sans prise en charge : ',
      cleared: 'terminé : ',
      withdrawn: 'retirée : ',
      over: 'survenu et terminé : ',
      digest: '',
    } satisfies Record<MessageKind, string>,
    since: (time: string) => `depuis le ${time}`,
    span: (from: string, to: string, length: string) => `du ${from} au ${to} (${length})`,
    withdrawn: 'D’après ce que l’on sait maintenant, elle n’a pas eu lieu.',
    devices: (count: number) => `${count} appareils`,
    members: (count: string) => `${count} appareils à la fois`,
    events: (count: string) => `${count} événements`,
    samples: (count: string) => `${count} valeurs`,
    more: (count: number) => `et ${count} autres`,
    rule: 'Règle : ',
  },
} as const;

/** What a channel's people read, in their language and the clock of the city. */
export function textOf(message: Message, language: Language, timeZone: string): MessageText {
  const texts = TEXTS[language];
  const { kind, severity, alerts, group, title } = message;
  const [only] = alerts;
  const isMany = alerts.length > 1;
  const who = isMany
    ? [group, texts.devices(alerts.length)].filter((part) => part !== null).join(', ')
    : (only?.name ?? '');
  const headline = `${texts.kind[kind]}${title[language]} - ${who}`;
  const subject = `[${texts.severity[severity]}] ${headline[0]?.toUpperCase()}${headline.slice(1)}`;
  const lines = alerts.slice(0, LISTED).map((alert) => {
    const detail = detailOf(alert, kind, language, timeZone);
    return isMany ? `- ${alert.name}: ${detail}` : detail;
  });
  if (alerts.length > LISTED) lines.push(`- ${texts.more(alerts.length - LISTED)}`);
  const reference = alerts.map(({ id }) => `#${id}`);
  const numbers = reference.length > LISTED ? `${reference[0]} … ${reference.at(-1)}` : reference.join(' ');
  const tail = [
    ...(kind === 'withdrawn' ? [texts.withdrawn] : []),
    `${texts.rule}${message.rule}, ${numbers}`,
  ];
  const short =
    only === undefined || isMany ? subject : `${subject}, ${detailOf(only, kind, language, timeZone)}`;
  return {
    subject,
    text: [subject, '', ...lines, '', ...tail].join('\n'),
    short: shortened(short),
  };
}

/** Half a character beyond the first 65,536 is none: no address can hold it. */
function shortened(text: string): string {
  if (text.length <= SHORT) return text;
  return `${text.slice(0, SHORT - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

function detailOf(alert: AlertInMessage, kind: MessageKind, language: Language, timeZone: string): string {
  const { value, name, subject } = alert;
  const isOver = kind === 'cleared' || kind === 'over';
  return [
    ...(value === null ? [] : [valueText(value, language)]),
    spanText(isOver ? alert : { ...alert, clearedAt: null }, language, timeZone),
    ...(name === subject ? [] : [subject]),
  ].join(', ');
}

export const severityWord = (severity: Severity, language: Language) => TEXTS[language].severity[severity];

/** `since 10/03/2026 02:00`, or from then until then. */
export function spanText(
  { beganAt, clearedAt }: AlertInMessage,
  language: Language,
  timeZone: string,
): string {
  const texts = TEXTS[language];
  const from = localMoment(beganAt, language, timeZone);
  if (clearedAt === null) return texts.since(from);
  const to = localMoment(clearedAt, language, timeZone);
  return texts.span(from, to, durationText(clearedAt - beganAt, language));
}

/** `2.4 m³/h`, `2,4 fois`, `12 events`. */
export function valueText({ value, unit, of }: MeasuredValue, language: Language): string {
  const texts = TEXTS[language];
  const number = value.toLocaleString(texts.locale, { maximumSignificantDigits: 4 });
  switch (of) {
    case 'measurement':
      return unit === '' ? number : `${number} ${unit}`;
    case 'times':
      return `× ${number}`;
    case 'sigma':
      return `${number} σ`;
    case 'events':
      return texts.events(number);
    case 'members':
      return texts.members(number);
    case 'samples':
      return texts.samples(number);
  }
}

/** `29/03/2026 03:40` by the local clock. */
export function localMoment(time: number, language: Language, timeZone: string): string {
  const { locale } = TEXTS[language];
  const at = new Date(time);
  const day = at.toLocaleDateString(locale, { timeZone, day: '2-digit', month: '2-digit', year: 'numeric' });
  const clock = at.toLocaleTimeString(locale, {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  return `${day} ${clock}`;
}

/** `3 d 4 h`, `2 h 5 min`, `40 min`, `20 s`. */
export function durationText(ms: number, language: Language): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const day = language === 'fr' ? 'j' : 'd';
  const [big, small, bigUnit, smallUnit] =
    minutes < 1440
      ? [Math.floor(minutes / 60), minutes % 60, 'h', 'min']
      : [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), day, 'h'];
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}
