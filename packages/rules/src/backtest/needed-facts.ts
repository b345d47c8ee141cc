import type { Quantity } from '@veilleur/domain';
import { quantitiesOf } from '../expression.ts';
import type { Rule } from '../language/rule.ts';

/** What rules look at, beside when a device was heard. */
export interface NeededFacts {
  readonly quantities: readonly Quantity[];
  /** Kinds of events of the network server. */
  readonly events: readonly string[];
}

export function neededFacts(rules: readonly Rule[]): NeededFacts {
  const quantities = new Set<Quantity>();
  const events = new Set<string>();
  for (const rule of rules) {
    if (rule.kind === 'expression') {
      const both = [rule.expression, rule.given ?? ''];
      for (const one of both.flatMap(quantitiesOf)) quantities.add(one);
    } else if (rule.kind === 'site') {
      for (const { quantity } of Object.values(rule.values)) quantities.add(quantity);
    } else if (rule.kind === 'events') events.add(rule.event);
    else if (rule.kind !== 'many' && rule.quantity !== undefined) quantities.add(rule.quantity);
  }
  return { quantities: [...quantities].sort(), events: [...events].sort() };
}
