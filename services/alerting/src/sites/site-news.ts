import { type Fact, type RuleOf, siteOf, TAKEN_LATE_MS, valuesOf } from '@veilleur/rules';
import type { AttributesOfDevice } from '@veilleur/store';
import type { ToldDevice } from '../told-facts.ts';

/** What was told of devices, as far as it concerns the sites where they stand. */
export class SiteNewsOfChanges {
  readonly #rules: readonly RuleOf<'site'>[];
  readonly #now: number;
  /** By code, the earliest moment that it concerns, ms. */
  readonly bySite = new Map<string, number>();

  constructor(rules: readonly RuleOf<'site'>[], now: number) {
    this.#rules = rules;
    this.#now = now;
  }

  add(device: AttributesOfDevice, { facts, restatedFrom }: ToldDevice): void {
    for (const rule of this.#rules) {
      const site = siteOf(rule.level, device);
      if (site === null) continue;
      const values = valuesOf(rule, device);
      if (values.length === 0) continue;
      const isPart = (fact: Fact) =>
        fact.kind === 'measurement' &&
        // As for devices: later than this, news changes no alert.
        fact.time >= this.#now - TAKEN_LATE_MS &&
        values.some(({ quantity, channel }) => fact.quantity === quantity && fact.channel === channel);
      const from = facts.reduce(
        (first, fact) => (isPart(fact) ? Math.min(first, fact.time) : first),
        restatedFrom,
      );
      if (from === Number.POSITIVE_INFINITY) continue;
      this.bySite.set(site, Math.min(from, this.bySite.get(site) ?? from));
    }
  }
}
