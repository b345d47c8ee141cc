import { type CompiledRule, compileRule } from '../compiled-rule.ts';
import type { Fact } from '../device-watches.ts';
import { isDeviceRule, type Rule, type RuleOf } from '../language/rule.ts';
import { type DeviceAttributes, isSelected } from '../select.ts';
import type { Place } from '../signals/signal.ts';
import type { IsHoliday } from '../when.ts';
import { backtestDevice, type Lead, leadOf } from './backtest-device.ts';
import { backtestGroups } from './backtest-groups.ts';
import { BacktestSite } from './backtest-sites.ts';
import { byTime } from './compare-alerts.ts';
import { type BacktestSpan, type FoundAlert, touches } from './found-alert.ts';

/**
 * Rules over stored history: it is told the facts of one device after the other, then it knows what the rules
 * would have raised. It remembers alerts; of facts those that rules of sites look at.
 */
export class Backtest {
  readonly #rules: readonly CompiledRule[];
  readonly #groups: readonly RuleOf<'many'>[];
  readonly #sites: readonly BacktestSite[];
  readonly #span: BacktestSpan;
  readonly #found: FoundAlert[] = [];
  readonly #devices: DeviceAttributes[] = [];

  /**
   * @param rules Those that are not enabled are left out.
   * @throws VeilleurError `expression_invalid`
   */
  constructor(rules: readonly Rule[], span: BacktestSpan, isHoliday: IsHoliday) {
    const enabled = rules.filter((rule) => rule.enabled);
    this.#span = span;
    this.#groups = enabled.filter((rule) => rule.kind === 'many');
    this.#rules = enabled.filter(isDeviceRule).map((rule) => compileRule(rule, { isHoliday }));
    this.#sites = enabled
      .filter((rule) => rule.kind === 'site')
      .map((rule) => new BacktestSite(rule, span, { isHoliday }));
  }

  /** How far before the span the facts of a device must reach; of backtests that are compared the longest. */
  leadFor(device: DeviceAttributes): Lead {
    const ofSites = this.#sites.filter((site) => site.isAbout(device));
    return leadOf([...this.#rulesOf(device), ...ofSites]);
  }

  /** Whether a rule speaks of the device, alone or as one of its group. */
  isAbout(device: DeviceAttributes): boolean {
    return (
      this.#rulesOf(device).length > 0 ||
      this.#groups.some(({ select }) => isSelected(select, device)) ||
      this.#sites.some((site) => site.isAbout(device))
    );
  }

  /**
   * @param facts What is known of the device from `span.from - lead.rememberMs` on, in any order.
   * @param lead `leadFor` it, or a longer one: of a device that has been silent for longer.
   */
  take(device: DeviceAttributes, place: Place, facts: readonly Fact[], lead: Lead): void {
    const rules = this.#rulesOf(device);
    this.#devices.push(device);
    for (const site of this.#sites) site.take(device, place, facts);
    for (const alert of backtestDevice(rules, device.devEui, place, facts, this.#span, lead)) {
      this.#found.push(alert);
    }
  }

  /** The alerts that were open at some moment of the span, in the order in which they opened. */
  alerts(): FoundAlert[] {
    const ofGroups = this.#groups.flatMap((rule) =>
      backtestGroups(rule, this.#found, this.#devices, this.#span),
    );
    const ofSites = this.#sites.flatMap((site) => site.alerts());
    return [...this.#found, ...ofGroups, ...ofSites]
      .filter((alert) => touches(alert, this.#span))
      .sort(byTime);
  }

  #rulesOf(device: DeviceAttributes): CompiledRule[] {
    return this.#rules.filter(({ rule }) => isSelected(rule.select, device));
  }
}

/** The longer of two leads. */
export function longerLead(a: Lead, b: Lead): Lead {
  return {
    evaluateMs: Math.max(a.evaluateMs, b.evaluateMs),
    rememberMs: Math.max(a.rememberMs, b.rememberMs) + Math.abs(a.evaluateMs - b.evaluateMs),
  };
}
