import type { KnownAlert } from './known-alert.ts';
import type { ToldNotification } from './told.ts';

/** So many messages of one rule, on one channel, in so long, are a storm: the rest comes together. */
export const STORM_MESSAGES = 10;
export const STORM_MS = 300_000;

/** Rules of which some channel was told so much of late. */
export function stormyRules({
  alerts,
  told,
  now,
}: {
  readonly alerts: readonly KnownAlert[];
  readonly told: readonly ToldNotification[];
  readonly now: number;
}): ReadonlySet<string> {
  const ruleOf = new Map(alerts.map(({ id, rule }) => [id, rule]));
  const counts = new Map<string, Map<string, number>>();
  for (const { plannedAt, kind, channel, alertIds } of told) {
    const rule = ruleOf.get(alertIds.find((id) => ruleOf.has(id)) ?? 0);
    if (rule === undefined || kind === 'escalated' || now - plannedAt >= STORM_MS) continue;
    const ofRule = counts.get(rule) ?? new Map<string, number>();
    counts.set(rule, ofRule.set(channel, (ofRule.get(channel) ?? 0) + 1));
  }
  const stormy = [...counts].filter(([, ofRule]) => Math.max(...ofRule.values()) >= STORM_MESSAGES);
  return new Set(stormy.map(([rule]) => rule));
}
