import { isQuantity, messageOf, type Quantity } from '@veilleur/domain';
import {
  type CompiledRule,
  type CompileOptions,
  compileRule,
  compileSiteRule,
  type DeviceAttributes,
  type DeviceRule,
  isSelected,
  neededFacts,
  type Rule,
  type RuleOf,
} from '@veilleur/rules';
import type { StoredRule } from '@veilleur/store';

const DAY_MS = 86_400_000;
/** What reaches further back is remembered with one reading a day. */
export const THINNED_BEYOND_MS = 40 * DAY_MS;

/** The rules in force, ready to be evaluated. */
export interface RuleSet {
  readonly revision: number;
  /** All that are in force, those of groups and those that could not be compiled too. */
  readonly names: readonly string[];
  readonly rules: readonly CompiledRule[];
  /** Of several devices at once, evaluated site by site. */
  readonly siteRules: readonly RuleOf<'site'>[];
  /** Of devices one by one. */
  readonly quantities: readonly Quantity[];
  /** What the tail is asked for: of sites, too. */
  readonly told: { readonly quantities: readonly Quantity[]; readonly channels: readonly number[] };
  /** Of rules that look back beyond `THINNED_BEYOND_MS`. */
  readonly thinnedQuantities: readonly Quantity[];
  readonly events: readonly string[];
  /** Whose silence is watched for one by one. */
  readonly absentQuantities: readonly Quantity[];
  /** How they were made ready: those of sites are for each site anew. */
  readonly options: CompileOptions;
  readonly refused: readonly { readonly rule: string; readonly error: string }[];
}

/** One rule that cannot be compiled harms no other. */
export function compileRules(
  revision: number,
  stored: readonly StoredRule[],
  options: CompileOptions,
): RuleSet {
  const rules: CompiledRule[] = [];
  const siteRules: RuleOf<'site'>[] = [];
  const refused: { rule: string; error: string }[] = [];
  for (const { name, definition } of stored) {
    // Only what was parsed is ever stored.
    const rule = definition as unknown as Rule;
    if (!rule.enabled || rule.kind === 'many') continue;
    try {
      if (rule.kind === 'site') {
        compileSiteRule(rule, new Map(), options);
        siteRules.push(rule);
        continue;
      }
      rules.push(compileRule(rule, options));
    } catch (thrown) {
      refused.push({ rule: name, error: messageOf(thrown) });
    }
  }
  const needed = neededFacts(rules.map(({ rule }) => rule));
  const ofSites = siteRules.flatMap(({ values }) => Object.values(values));
  return {
    revision,
    names: stored.filter(({ definition }) => (definition as unknown as Rule).enabled).map(({ name }) => name),
    rules,
    siteRules,
    ...needed,
    told: {
      quantities: [...new Set([...needed.quantities, ...ofSites.map(({ quantity }) => quantity)])],
      channels: [
        ...new Set([
          ...rules.flatMap(({ rule }) => channelsOf(rule)),
          ...ofSites.map(({ channel }) => channel),
        ]),
      ].sort((a, b) => a - b),
    },
    thinnedQuantities: neededFacts(
      rules.filter(({ horizonMs }) => horizonMs > THINNED_BEYOND_MS).map(({ rule }) => rule),
    ).quantities,
    absentQuantities: neededFacts(
      rules.map(({ rule }) => rule).filter(({ kind }) => kind === 'absence'),
    ).quantities.filter(isQuantity),
    options,
    refused,
  };
}

/** An expression names channel 2 of a quantity as `pulse_count_2`. */
function channelsOf(rule: DeviceRule): number[] {
  if (rule.kind === 'expression') {
    const written = `${rule.expression} ${rule.given ?? ''}`;
    return [0, ...Array.from(written.matchAll(/_(\d+)\b/g), ([, digits]) => Number(digits))];
  }
  return 'channel' in rule ? [rule.channel] : [];
}

export function rulesOf(set: RuleSet, device: DeviceAttributes): CompiledRule[] {
  return set.rules.filter(({ rule }) => isSelected(rule.select, device));
}

/** How far back what is remembered reaches from the moment at which evaluation begins, ms. */
export interface Reach {
  /** With every reading. */
  readonly wholeMs: number;
  /** With one reading a day, beyond that; 0: no rule looks so far back. */
  readonly thinnedMs: number;
}

export function reachOf(rules: readonly CompiledRule[]): Reach {
  const longest = rules.reduce((most, { horizonMs }) => Math.max(most, horizonMs), 0);
  return {
    wholeMs: rules.reduce((most, rule) => Math.max(most, wholeHorizonOf(rule) + buildUpOf(rule)), 0),
    thinnedMs: longest > THINNED_BEYOND_MS ? longest : 0,
  };
}

/** How far back a rule looks at every reading, ms. */
export function wholeHorizonOf({ horizonMs }: CompiledRule): number {
  return Math.min(horizonMs, THINNED_BEYOND_MS);
}

/** How long a condition builds up, and a cleared alert can reopen, ms. */
export function buildUpOf({ settings }: Pick<CompiledRule, 'settings'>): number {
  return settings.forMs + settings.clearForMs + settings.reopenWithinMs;
}

/** Which facts of a device any of its rules looks at. */
export interface Interest {
  readonly quantities: ReadonlySet<Quantity>;
  readonly events: ReadonlySet<string>;
}

export function interestOf(rules: readonly DeviceRule[]): Interest {
  const { quantities, events } = neededFacts(rules);
  return { quantities: new Set(quantities), events: new Set(events) };
}
