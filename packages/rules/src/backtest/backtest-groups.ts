import type { RuleOf } from '../language/rule.ts';
import { evaluateGroup, type MemberSpan } from '../notify/groups.ts';
import { groupValue } from '../notify/known-alert.ts';
import { type DeviceAttributes, isSelected } from '../select.ts';
import type { BacktestSpan, FoundAlert } from './found-alert.ts';

/**
 * What a `many` rule would have raised over the alerts of its members.
 *
 * @param alerts What the rules of single devices found, those from before the span too.
 * @param devices All devices, those without an alert too: a share is one of the group's size.
 */
export function backtestGroups(
  rule: RuleOf<'many'>,
  alerts: readonly FoundAlert[],
  devices: readonly DeviceAttributes[],
  { to }: BacktestSpan,
): FoundAlert[] {
  const groups = new Map<string, DeviceAttributes[]>();
  for (const device of devices) {
    const value = isSelected(rule.select, device) ? groupValue(rule.by, device) : null;
    if (value !== null) groups.set(value, [...(groups.get(value) ?? []), device]);
  }
  const ofSubject = Map.groupBy(
    alerts.filter((alert) => rule.of.includes(alert.rule)),
    ({ subject }) => subject,
  );
  return Array.from(groups, ([subject, members]) => {
    const spans = members.flatMap(({ devEui }) => ofSubject.get(devEui) ?? []).flatMap(spansOf);
    if (spans.length < rule.atLeast) return [];
    const facts = { members: spans, size: members.length, recorded: [] };
    const { changes } = evaluateGroup(rule, facts, Number.NEGATIVE_INFINITY, to);
    return changes.flatMap((change) =>
      change.kind === 'raised' ? [{ rule: rule.name, subject, ...change.episode }] : [],
    );
  }).flat();
}

/** An alert that paused was open several times. */
function spansOf({ from, openedAt, clearedAt, pauses }: FoundAlert): MemberSpan[] {
  const starts = [{ beganAt: from, openedAt }];
  for (const { reopenedAt } of pauses) starts.push({ beganAt: reopenedAt, openedAt: reopenedAt });
  return starts.map((start, i) => ({ ...start, clearedAt: pauses[i]?.clearedAt ?? clearedAt }));
}
