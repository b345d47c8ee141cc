import type { CompileOptions } from '../compiled-rule.ts';
import type { Fact } from '../device-watches.ts';
import { History } from '../history.ts';
import type { RuleOf } from '../language/rule.ts';
import type { DeviceAttributes } from '../select.ts';
import type { Place } from '../signals/signal.ts';
import { type CompiledSite, compileSiteRule, membersOf, siteOf, valuesOf } from '../sites/index.ts';
import { Watch } from '../watch.ts';
import { leadOf, remember } from './backtest-device.ts';
import type { BacktestSpan, FoundAlert } from './found-alert.ts';

interface Site {
  readonly history: History;
  readonly devices: DeviceAttributes[];
  readonly place: Place;
}

/** One rule of the kind `site` over stored history: what it would have raised, once all devices were told. */
export class BacktestSite {
  readonly #rule: RuleOf<'site'>;
  readonly #span: BacktestSpan;
  readonly #options: CompileOptions;
  readonly #sites = new Map<string, Site>();
  readonly horizonMs: number;
  readonly settings: CompiledSite['settings'];

  /** @throws VeilleurError `expression_invalid` */
  constructor(rule: RuleOf<'site'>, span: BacktestSpan, options: CompileOptions) {
    this.#rule = rule;
    this.#span = span;
    this.#options = options;
    const { horizonMs, settings } = compileSiteRule(rule, new Map(), options);
    this.horizonMs = horizonMs;
    this.settings = settings;
  }

  isAbout(device: DeviceAttributes): boolean {
    return siteOf(this.#rule.level, device) !== null && valuesOf(this.#rule, device).length > 0;
  }

  /** @param facts Of the device, in any order. */
  take(device: DeviceAttributes, place: Place, facts: readonly Fact[]): void {
    const code = this.isAbout(device) ? siteOf(this.#rule.level, device) : null;
    if (code === null) return;
    const site = this.#sites.get(code) ?? { history: new History(), devices: [], place };
    this.#sites.set(code, site);
    site.devices.push(device);
    const wanted = valuesOf(this.#rule, device);
    for (const fact of facts) {
      if (fact.kind !== 'measurement' || fact.time >= this.#span.to) continue;
      if (wanted.some(({ quantity, channel }) => quantity === fact.quantity && channel === fact.channel))
        remember(site.history.member(device.devEui), fact);
    }
  }

  alerts(): FoundAlert[] {
    const { from, to } = this.#span;
    return Array.from(this.#sites, ([subject, { history, devices, place }]) => {
      const members = membersOf(this.#rule, subject, devices);
      if (members === null) return [];
      const compiled = compileSiteRule(this.#rule, members, this.#options);
      const watch = new Watch(compiled, place, from - leadOf([compiled]).evaluateMs, []);
      watch.advance(history, to);
      return watch.episodes
        .filter(({ openedAt }) => openedAt < to)
        .map((episode) => ({ rule: this.#rule.name, subject, ...episode }));
    }).flat();
  }
}
