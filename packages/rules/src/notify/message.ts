import type { Rule, Severity } from '../language/rule.ts';
import { GATEWAY_RULE, type KnownAlert, type RulesByName } from './known-alert.ts';
import { type MeasuredValue, measuredValue } from './value.ts';

export const MESSAGE_KINDS = [
  'raised',
  'reopened',
  'worsened',
  'escalated',
  'cleared',
  /** It never was, as is known now. */
  'withdrawn',
  /** It came and went while the channel was quiet: one message for both. */
  'over',
  /** What was open, opened and ended in a day. */
  'digest',
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Messages after which the one who gets them takes the alert for open. */
export const TELLS_OPEN: readonly MessageKind[] = ['raised', 'reopened', 'worsened', 'escalated'];

/** One alert as a message tells it. Times are ms since 1970. */
export interface AlertInMessage {
  readonly id: number;
  readonly subject: string;
  /** What people call the device or the group. */
  readonly name: string;
  readonly severity: Severity;
  /** The furthest beyond the bound; null: there is no number to tell. */
  readonly value: MeasuredValue | null;
  readonly beganAt: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** What is told at once: one alert, or those of one rule that belong together. */
export interface Message {
  readonly kind: MessageKind;
  readonly rule: string;
  readonly title: { readonly en: string; readonly fr: string };
  /** The worst of its alerts'. */
  readonly severity: Severity;
  /** What its alerts have in common (a cabinet, a site); null: it is one alert. */
  readonly group: string | null;
  readonly alerts: readonly AlertInMessage[];
}

const GATEWAY_TITLE = { en: 'Gateway silent', fr: 'Passerelle muette' };

export function composeMessage(
  kind: MessageKind,
  alerts: readonly KnownAlert[],
  group: string | null,
  rules: RulesByName,
): Message {
  const [first] = alerts;
  const name = first?.rule ?? '';
  const rule = rules.get(name);
  const title = rule?.title ?? (name === GATEWAY_RULE ? GATEWAY_TITLE : { en: name, fr: name });
  return {
    kind,
    rule: name,
    title,
    severity: worstSeverity(alerts),
    group,
    alerts: alerts.map((alert) => alertInMessage(alert, rule)),
  };
}

export function alertInMessage(alert: KnownAlert, rule: Rule | undefined): AlertInMessage {
  const { id, subject, severity, beganAt, openedAt, clearedAt, worst, device } = alert;
  return {
    id,
    subject,
    name: device?.name ?? subject,
    severity,
    value: worst === null || rule === undefined ? null : measuredValue(rule, worst),
    beganAt,
    openedAt,
    clearedAt,
    tags: device?.tags ?? {},
  };
}

export function worstSeverity(alerts: readonly { readonly severity: Severity }[]): Severity {
  if (alerts.some(({ severity }) => severity === 'critical')) return 'critical';
  return alerts.some(({ severity }) => severity === 'warning') ? 'warning' : 'info';
}
