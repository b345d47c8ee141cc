import { durationText, measuredValue, type Rule, valueText } from '@veilleur/rules';
import type { Language } from '@veilleur/runtime';
import type {
  AlertSeverity,
  AlertState,
  AlertStep,
  AlertStory,
  AlertSummary,
  NotificationRow,
  NotificationState,
  SilenceRow,
} from '@veilleur/store';
import { localText } from './alerts-time.ts';
import { aligned } from './point-text.ts';

const TEXTS = {
  en: {
    colon: ':',
    none: 'No alert fits.',
    head: ['alert', 'severity', 'state', 'rule', 'of', 'since', 'lasted', 'worst', 'whose'],
    severity: { info: 'info', warning: 'warning', critical: 'critical' },
    state: { open: 'open', acknowledged: 'acknowledged', cleared: 'cleared', withdrawn: 'withdrawn' },
    more: (after: number) => `There are more: --after ${after}`,
    began: (at: string) => `The condition began ${at}`,
    opened: (at: string) => `open since ${at}`,
    lasted: (at: string, duration: string) => `until ${at} (${duration})`,
    withdrawn: (at: string) => `withdrawn ${at}: what is known now says that it never was`,
    known: (at: string, late: string) => `known ${at}, ${late} after it opened`,
    worst: (value: string, at: string) => `furthest beyond its bound: ${value}, ${at}`,
    acknowledged: (by: string, at: string) => `acknowledged by ${by}, ${at}`,
    assigned: (to: string) => `assigned to ${to}`,
    pause: (from: string, to: string) => `had cleared ${from}, and began again ${to}`,
    history: 'What happened, the oldest first (as of when, by whom):',
    recorded: (at: string) => `recorded ${at}`,
    told: 'Who was told, the newest first:',
    toldNobody: 'Nobody was told.',
    hidden: (why: string) => `not told: ${why}`,
    held: (why: string) => `not told for now: ${why}`,
    undecided: 'nobody has decided yet whom it concerns',
    until: (state: string, at: string) => `${state} until ${at}`,
    steps: {
      raised: 'raised',
      worsened: 'worsened',
      cleared: 'cleared',
      reopened: 'reopened',
      corrected: 'corrected',
      withdrawn: 'withdrawn',
      acknowledged: 'acknowledged',
      unacknowledged: 'acknowledgement taken back',
      assigned: 'assigned',
      commented: 'comment',
      escalated: 'escalated',
    },
    noSilence: 'Nothing is silenced.',
    silenceHead: ['silence', 'kind', 'from', 'to', 'what', 'by', 'why'],
    kind: { silence: 'silence', maintenance: 'maintenance' },
    everything: 'everything',
    ended: (by: string, at: string) => `ended by ${by} ${at}`,
    noNotification: 'No notification fits.',
    notificationHead: [
      'notification',
      'channel',
      'state',
      'step',
      'alerts',
      'made',
      'tries',
      'sent',
      'error',
    ],
    notification: { waiting: 'waiting', sent: 'sent', dead: 'given up' },
  },
  fr: {
    colon: ' :',
    none: 'Aucune alerte ne correspond.',
    head: ['alerte', 'gravité', 'état', 'règle', 'de', 'depuis', 'durée', 'pire', 'à qui'],
    severity: { info: 'info', warning: 'avertissement', critical: 'critique' },
    state: { open: 'ouverte', acknowledged: 'prise en compte', cleared: 'terminée', withdrawn: 'retirée' },
    more: (after: number) => `Il y en a d’autres : --after ${after}`,
    began: (at: string) => `La condition a commencé le ${at}`,
    opened: (at: string) => `ouverte depuis le ${at}`,
    lasted: (at: string, duration: string) => `jusqu’au ${at} (${duration})`,
    withdrawn: (at: string) =>
      `retirée le ${at} : ce que l’on sait maintenant dit qu’elle n’a jamais eu lieu`,
    known: (at: string, late: string) => `connue le ${at}, ${late} après son ouverture`,
    worst: (value: string, at: string) => `au plus loin de sa limite : ${value}, le ${at}`,
    acknowledged: (by: string, at: string) => `prise en compte par ${by}, le ${at}`,
    assigned: (to: string) => `confiée à ${to}`,
    pause: (from: string, to: string) => `était terminée le ${from}, et a repris le ${to}`,
    history: 'Ce qui s’est passé, le plus ancien d’abord (quand, par qui) :',
    recorded: (at: string) => `enregistré le ${at}`,
    told: 'Qui a été prévenu, le plus récent d’abord :',
    toldNobody: 'Personne n’a été prévenu.',
    hidden: (why: string) => `non dit : ${why}`,
    held: (why: string) => `non dit pour l’instant : ${why}`,
    undecided: 'personne n’a encore décidé qui cela concerne',
    until: (state: string, at: string) => `${state} jusqu’au ${at}`,
    steps: {
      raised: 'déclenchée',
      worsened: 'aggravée',
      cleared: 'terminée',
      reopened: 'rouverte',
      corrected: 'corrigée',
      withdrawn: 'retirée',
      acknowledged: 'prise en compte',
      unacknowledged: 'prise en compte annulée',
      assigned: 'confiée',
      commented: 'commentaire',
      escalated: 'escaladée',
    },
    noSilence: 'Rien n’est en silence.',
    silenceHead: ['silence', 'type', 'du', 'au', 'quoi', 'par', 'pourquoi'],
    kind: { silence: 'silence', maintenance: 'maintenance' },
    everything: 'tout',
    ended: (by: string, at: string) => `levé par ${by} le ${at}`,
    noNotification: 'Aucune notification ne correspond.',
    notificationHead: [
      'notification',
      'canal',
      'état',
      'étape',
      'alertes',
      'faite',
      'essais',
      'envoyée',
      'erreur',
    ],
    notification: { waiting: 'en attente', sent: 'envoyée', dead: 'abandonnée' },
  },
} as const;

/** How alerts are shown: to whom, on which clocks, at what moment. */
export interface AlertView {
  readonly language: Language;
  readonly zone: string;
  readonly now: Date;
}

/** The rules in force, by name: they tell what an alert's number is a number of. */
export type RulesByName = ReadonlyMap<string, Rule>;

export const severityText = (severity: AlertSeverity, language: Language) =>
  TEXTS[language].severity[severity];
export const stateText = (state: AlertState, language: Language) => TEXTS[language].state[state];

export function describeAlerts(
  alerts: readonly AlertSummary[],
  next: number | null,
  rules: RulesByName,
  { language, zone, now }: AlertView,
): string {
  const t = TEXTS[language];
  if (alerts.length === 0) return t.none;
  const rows = alerts.map((alert) => [
    String(alert.id),
    severityText(alert.severity, language),
    stateText(alert.state, language),
    alert.rule,
    alert.device ?? alert.subject,
    localText(alert.openedAt, zone),
    durationText((alert.clearedAt ?? now).getTime() - alert.openedAt.getTime(), language),
    worstText(alert, rules, language),
    alert.assignedTo ?? alert.acknowledgedBy ?? '',
  ]);
  return [aligned([t.head, ...rows], new Set([0, 6, 7])), ...(next === null ? [] : [t.more(next)])].join(
    '\n',
  );
}

export function describeAlert(
  alert: AlertStory,
  rules: RulesByName,
  { language, zone, now }: AlertView,
): string {
  const t = TEXTS[language];
  const at = (moment: Date) => localText(moment, zone);
  const lateMs = alert.knownAt.getTime() - alert.openedAt.getTime();
  const title = alert.title === null ? alert.rule : `${alert.title[language]} (${alert.rule})`;
  const of = alert.device === null ? alert.subject : `${alert.device} (${alert.subject})`;
  const worst = worstText(alert, rules, language);
  const until = alert.clearedAt ?? alert.withdrawnAt ?? now;
  const duration = durationText(until.getTime() - alert.openedAt.getTime(), language);
  const facts = [
    t.began(at(alert.beganAt)),
    `${t.opened(at(alert.openedAt))} ${alert.clearedAt === null ? `(${duration})` : t.lasted(at(alert.clearedAt), duration)}`,
    ...(alert.withdrawnAt === null ? [] : [t.withdrawn(at(alert.withdrawnAt))]),
    ...(lateMs < 120_000 ? [] : [t.known(at(alert.knownAt), durationText(lateMs, language))]),
    ...(worst === '' ? [] : [t.worst(worst, at(alert.worstAt ?? alert.openedAt))]),
    ...alert.pauses.map((pause) => t.pause(at(pause.clearedAt), at(pause.reopenedAt))),
    ...(alert.acknowledgedAt === null
      ? []
      : [t.acknowledged(alert.acknowledgedBy ?? '', at(alert.acknowledgedAt))]),
    ...(alert.assignedTo === null ? [] : [t.assigned(alert.assignedTo)]),
  ];
  return [
    `${alert.id}  ${severityText(alert.severity, language)}, ${stateText(alert.state, language)}${t.colon} ${title}, ${of}`,
    ...facts.map((fact) => `  ${fact}`),
    '',
    t.history,
    ...alert.history.map((step) => `  ${stepText(step, { language, zone, now })}`),
    '',
    ...(alert.notifications.length === 0
      ? [t.toldNobody]
      : [t.told, describeNotifications(alert.notifications, { language, zone, now })]),
  ].join('\n');
}

function stepText(step: AlertStep, { language, zone }: AlertView): string {
  const { kind, at, recordedAt, by, detail } = step;
  const t = TEXTS[language];
  const untold = untoldText(step, language);
  const name = (t.steps as Readonly<Record<string, string>>)[kind] ?? kind;
  const told = Object.entries(detail)
    .filter(([, value]) => typeof value !== 'object')
    .map(([key, value]) => (key === 'text' || key === 'to' ? String(value) : `${key} ${String(value)}`));
  const isPrompt = Math.abs(recordedAt.getTime() - at.getTime()) < 120_000;
  return [
    localText(at, zone),
    name,
    by,
    ...(told.length === 0 ? [] : [told.join(', ')]),
    ...(isPrompt ? [] : [`(${t.recorded(localText(recordedAt, zone))})`]),
    ...(untold === null ? [] : [`[${untold}]`]),
  ].join('  ');
}

/** Of these somebody is told, if anybody: the rest is recorded. */
const TOLD_STEPS: readonly string[] = ['raised', 'worsened', 'reopened', 'cleared', 'withdrawn'];

/** Why nobody was told of a step, or is not yet; null: somebody was, or it is none to tell of. */
function untoldText({ kind, hidden, plannedAt }: AlertStep, language: Language): string | null {
  const t = TEXTS[language];
  if (!TOLD_STEPS.includes(kind)) return null;
  if (hidden === null) return plannedAt === null ? t.undecided : null;
  const why = hiddenWords(hidden, language);
  return plannedAt === null ? t.held(why) : t.hidden(why);
}

const HIDDEN_IN_FRENCH: readonly (readonly [RegExp, string])[] = [
  [/^part of alert (\d+)$/, 'fait partie de l’alerte $1'],
  [/^inhibited by alert (\d+)$/, 'masquée par l’alerte $1'],
  [/^its gateway: alert (\d+)$/, 'sa passerelle : alerte $1'],
  [/^no route$/, 'aucune route ne convient'],
  [/^told already$/, 'déjà dit'],
  [/^nobody was told$/, 'personne n’avait été prévenu'],
  [/^open again$/, 'de nouveau ouverte'],
  [/^over$/, 'déjà terminée'],
];

/** As the record has it, which is English: `silence 3`, `part of alert 7`. */
function hiddenWords(hidden: string, language: Language): string {
  if (language === 'en') return hidden;
  const found = HIDDEN_IN_FRENCH.find(([pattern]) => pattern.test(hidden));
  return found === undefined ? hidden : hidden.replace(...found);
}

export function describeSilences(silences: readonly SilenceRow[], { language, zone }: AlertView): string {
  const t = TEXTS[language];
  if (silences.length === 0) return t.noSilence;
  const rows = silences.map((one) => [
    String(one.id),
    t.kind[one.kind],
    localText(one.from, zone),
    localText(one.to, zone),
    matchingText(one.matching) || t.everything,
    one.createdBy,
    one.endedAt === null
      ? one.comment
      : `${one.comment} (${t.ended(one.endedBy ?? '', localText(one.endedAt, zone))})`,
  ]);
  return aligned([t.silenceHead, ...rows], new Set([0]));
}

const MATCHING = ['rules', 'devices', 'sites', 'tags', 'severities'] as const;

/** `rules water-leak, tags street=rue du Bac`. */
export function matchingText(matching: Readonly<Record<string, unknown>>): string {
  return MATCHING.filter((name) => matching[name] !== undefined)
    .map((name) => {
      const wanted = matching[name];
      if (Array.isArray(wanted)) return `${name} ${wanted.join(' ')}`;
      if (typeof wanted !== 'object' || wanted === null) return `${name} ${String(wanted)}`;
      return `${name} ${Object.entries(wanted)
        .map(([tag, value]) => `${tag}=${Array.isArray(value) ? value.join('|') : String(value)}`)
        .join(' ')}`;
    })
    .join(', ');
}

export function describeNotifications(
  notifications: readonly NotificationRow[],
  { language, zone, now }: AlertView,
): string {
  const t = TEXTS[language];
  if (notifications.length === 0) return t.noNotification;
  const state = ({ state: one, notBefore }: NotificationRow) => {
    const name = t.notification[one satisfies NotificationState];
    // Quiet hours, or the next attempt.
    return one === 'waiting' && notBefore > now ? t.until(name, localText(notBefore, zone)) : name;
  };
  const rows = notifications.map((one) => [
    String(one.id),
    one.channel,
    state(one),
    one.step,
    one.alertIds.join(' '),
    localText(one.createdAt, zone),
    String(one.attempts),
    one.sentAt === null ? '' : localText(one.sentAt, zone),
    one.error ?? '',
  ]);
  return aligned([t.notificationHead, ...rows], new Set([0, 6]));
}

function worstText({ rule: name, worst }: AlertSummary, rules: RulesByName, language: Language): string {
  if (worst === null) return '';
  const rule = rules.get(name);
  if (rule === undefined) return worst.toLocaleString(language, { maximumSignificantDigits: 4 });
  const value = measuredValue(rule, worst);
  return value === null ? '' : valueText(value, language);
}
