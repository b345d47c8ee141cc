import type { Rule } from '../language/rule.ts';
import { isSelected } from '../select.ts';
import { GATEWAY_RULE, groupValue, isOpen, type KnownAlert, type RulesByName } from './known-alert.ts';
import { type Silence, silenceOf } from './matching.ts';

/** Why nobody is told of an alert for now. */
export type Hidden =
  | { readonly why: 'silence' | 'maintenance'; readonly silence: number }
  /** Another alert says it already: of a rule that inhibits this one, of its group, of its gateway. */
  | { readonly why: 'inhibited' | 'group' | 'gateway'; readonly by: number };

export interface Surroundings {
  /** All that are open, and those that ended within `settleMs`. */
  readonly alerts: readonly KnownAlert[];
  readonly rules: RulesByName;
  readonly silences: readonly Silence[];
  /** By DevEUI, the gateways that heard the device's last frame. */
  readonly lastHeardBy: ReadonlyMap<string, readonly string[]>;
  /** After the alert that hid others is over, they have so long to clear by themselves. */
  readonly settleMs: number;
  readonly now: number;
}

export const gatewaySubject = (gatewayId: string): string => `gateway ${gatewayId}`;

/** Answers for each alert of one moment whether it is hidden; null: it may be told. */
export function hiding(surroundings: Surroundings): (alert: KnownAlert) => Hidden | null {
  const { alerts, rules, silences, lastHeardBy, settleMs, now } = surroundings;
  const effective = alerts.filter(
    (one) => one.withdrawnAt === null && (one.clearedAt === null || now - one.clearedAt < settleMs),
  );
  const ofRuleOn = new Map(effective.map((one) => [keyOf(one.rule, one.subject), one]));
  const groupRules = [...rules.values()].filter((rule) => rule.kind === 'many');
  const membersOf = Map.groupBy(
    alerts.filter((one) => one.device !== null && isOpen(one)),
    ({ rule }) => rule,
  );

  const find = (rule: string, subject: string, of: KnownAlert): KnownAlert | null => {
    const found = ofRuleOn.get(keyOf(rule, subject));
    if (found === undefined || found.id === of.id) return null;
    // What began after the other had ended is news.
    return found.clearedAt === null || of.beganAt < found.clearedAt ? found : null;
  };

  const byGateway = (alert: KnownAlert): KnownAlert | null => {
    const rule = rules.get(alert.rule);
    if (rule?.kind === 'many') {
      const members = membersOfGroup(rule, alert.subject);
      const gateways = members.map(byGateway);
      return gateways.includes(null) ? null : (gateways[0] ?? null);
    }
    if (rule?.kind !== 'absence' || alert.device === null) return null;
    const heardBy = lastHeardBy.get(alert.device.devEui) ?? [];
    const down = heardBy.map((gateway) => find(GATEWAY_RULE, gatewaySubject(gateway), alert));
    return down.includes(null) ? null : (down[0] ?? null);
  };

  const membersOfGroup = (rule: Extract<Rule, { kind: 'many' }>, value: string) =>
    rule.of
      .flatMap((name) => membersOf.get(name) ?? [])
      .filter(
        ({ device }) =>
          device !== null && isSelected(rule.select, device) && groupValue(rule.by, device) === value,
      );

  const byGroup = (alert: KnownAlert): KnownAlert | null => {
    const { device } = alert;
    if (device === null) return null;
    for (const rule of groupRules) {
      if (!rule.of.includes(alert.rule) || !isSelected(rule.select, device)) continue;
      const value = groupValue(rule.by, device);
      const group = value === null ? null : find(rule.name, value, alert);
      if (group !== null) return group;
    }
    return null;
  };

  const byOther = (alert: KnownAlert): KnownAlert | null => {
    for (const name of rules.get(alert.rule)?.inhibitedBy ?? []) {
      const other = find(name, alert.subject, alert);
      if (other !== null) return other;
    }
    return null;
  };

  return (alert) => {
    const silence = silenceOf(alert, silences, rules, now);
    if (silence !== null) return { why: silence.kind, silence: silence.id };
    const gateway = byGateway(alert);
    if (gateway !== null) return { why: 'gateway', by: gateway.id };
    const group = byGroup(alert);
    if (group !== null) return { why: 'group', by: group.id };
    const other = byOther(alert);
    return other === null ? null : { why: 'inhibited', by: other.id };
  };
}

const keyOf = (rule: string, subject: string) => `${rule}\n${subject}`;

/** In words, as the record of steps keeps it. */
export function hiddenText(hidden: Hidden): string {
  switch (hidden.why) {
    case 'silence':
    case 'maintenance':
      return `${hidden.why} ${hidden.silence}`;
    case 'inhibited':
      return `inhibited by alert ${hidden.by}`;
    case 'group':
      return `part of alert ${hidden.by}`;
    case 'gateway':
      return `its gateway: alert ${hidden.by}`;
  }
}
