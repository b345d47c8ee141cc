import { evaluateGroup, groupValue, isSelected, type RuleOf } from '@veilleur/rules';
import type { FoundAlert, Source } from '@veilleur/simulators';
import { attributesOf, type MediumOf } from './city-devices.ts';

/** What a rule of many devices together says in the end, given the alerts of each. */
export function groupAlerts(
  rule: RuleOf<'many'>,
  alerts: readonly FoundAlert[],
  source: Source,
  { untilMs, mediumOf }: { readonly untilMs: number; readonly mediumOf: MediumOf },
): FoundAlert[] {
  const groupOf = new Map<string, string>();
  for (const device of source.city.devices()) {
    const attributes = attributesOf(device, mediumOf);
    const group = isSelected(rule.select, attributes) ? groupValue(rule.by, attributes) : null;
    if (group !== null) groupOf.set(device.devEui, group);
  }
  const sizes = Map.groupBy(groupOf.values(), (group) => group);
  const members = Map.groupBy(
    alerts.filter(({ rule: name, subject }) => rule.of.includes(name) && groupOf.has(subject)),
    ({ subject }) => groupOf.get(subject) as string,
  );
  return Array.from(members, ([group, found]) => {
    const spans = found.map(({ from, openedAt, clearedAt }) => ({ beganAt: from, openedAt, clearedAt }));
    const facts = { members: spans, size: sizes.get(group)?.length ?? 0, recorded: [] };
    const { changes } = evaluateGroup(rule, facts, Number.NEGATIVE_INFINITY, untilMs);
    return changes.flatMap((change): FoundAlert[] => {
      if (change.kind !== 'raised') return [];
      const { from, openedAt, clearedAt } = change.episode;
      const knownAt = Math.max(
        openedAt,
        ...found
          .filter((one) => one.openedAt <= openedAt && (one.clearedAt ?? untilMs) > openedAt)
          .map((one) => one.knownAt),
      );
      return [{ rule: rule.name, subject: group, from, openedAt, clearedAt, knownAt }];
    });
  }).flat();
}
