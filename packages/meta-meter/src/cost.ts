import {
  MICRO,
  prorated,
  type Slot,
  type Tariff,
  type TariffClasses,
  type TariffLine,
  type TempoColour,
  valuation,
} from '@veilleur/metering';
import type { Contract, TariffTerms, TariffVersion } from '@veilleur/store';
import { type Amount, amountFrom } from './amount.ts';
import type { Line, UnknownReason, UnknownSpan } from './line.ts';
import { type DaySpan, instantOf, instantsOf, type LocalDays, segmentsOf } from './local-days.ts';

export type UnvaluedReason = UnknownReason | 'no_tariff' | 'no_colour';

/** One price class, or one fixed part, of one version of a tariff. */
export interface CostLine {
  readonly tariff: string;
  /** Since which day its prices hold: a revision of them has lines of its own. */
  readonly since: string;
  readonly source: string | null;
  /** base, peak ... red_off_peak; or the name of a fixed part. */
  readonly name: string;
  readonly kind: 'use' | 'fixed';
  /** In `unit`; null for a fixed part. */
  readonly use: number | null;
  readonly unit: 'kWh' | 'm3' | null;
  readonly cost_EUR: number;
  /** The part of it that rests on estimates. */
  readonly estimated_EUR: number;
}

export interface Cost extends Amount<UnvaluedReason> {
  readonly lines: readonly CostLine[];
}

/** A version of a tariff as a contract holds it. */
interface Held {
  readonly from: string;
  readonly to: string | null;
  readonly version: TariffVersion;
  readonly offPeak: readonly Slot[];
}

/** What valuation needs to know beside what was used. */
export interface Prices {
  readonly contracts: readonly Contract[];
  readonly tariffs: readonly TariffVersion[];
  /** By ISO date. */
  readonly colours: ReadonlyMap<string, TempoColour>;
}

/**
 * What a point's consumption costs in a span of local days. Only what is known is valued, and an incomplete
 * sum is no bill: `value` is null then. Fixed parts are owed for every day of a contract.
 *
 * @param lines The line that prices are for one unit of: kWh (of gas PCS), m3.
 */
export function costOf(
  lines: { readonly kWh: Line | null; readonly m3: Line | null },
  prices: Prices,
  span: DaySpan,
  days: LocalDays,
): Cost {
  const gathered = new Map<string, CostLine>();
  const unvalued: UnknownSpan<UnvaluedReason>[] = [];
  for (const { row, ...part } of segmentsOf(heldIn(prices, span), span)) {
    const time = instantsOf(part, days);
    const line = row === null ? null : lines[row.version.terms.unit];
    if (row === null || line === null) {
      unvalued.push({ ...time, reason: 'no_tariff' });
      continue;
    }
    const tariff = tariffOf(row, prices.colours, days);
    unvalued.push(...line.unknown(time));
    for (const run of line.known(time)) {
      const valued = valuation(line, [tariff], days.zone, run);
      for (const one of valued.lines) add(gathered, row, one);
      for (const { from, to } of valued.unvalued) unvalued.push({ from, to, reason: 'no_colour' });
    }
    const calendar = { ...days, dayStartMinutes: 0 };
    for (const { name, amount, per } of row.version.terms.fixed) {
      const cost = prorated(
        { name, amount, per },
        days.zone,
        instantOf(part.from, calendar),
        instantOf(part.to, calendar),
      );
      add(gathered, row, { name, kind: 'fixed', use: null, cost, estimatedCost: 0 });
    }
  }
  const all = [...gathered.values()];
  const micro = (of: (line: CostLine) => number) =>
    all.reduce((sum, one) => sum + Math.round(of(one) * MICRO), 0);
  const inOrder = unvalued.toSorted((a, b) => a.from - b.from);
  return {
    ...amountFrom(
      micro((one) => one.cost_EUR),
      micro((one) => one.estimated_EUR),
      inOrder,
      all.length > 0,
    ),
    lines: all,
  };
}

/** The versions of the tariffs that contracts name, each for the days on which both hold. */
function heldIn({ contracts, tariffs }: Prices, span: DaySpan): Held[] {
  return segmentsOf(contracts, span).flatMap(({ row: contract, ...held }) =>
    contract === null
      ? []
      : segmentsOf(
          tariffs.filter(({ code }) => code === contract.tariff),
          held,
        ).flatMap(({ row: version, from, to }) =>
          version === null ? [] : [{ from, to, version, offPeak: contract.offPeak }],
        ),
  );
}

function tariffOf({ version, offPeak }: Held, colours: Prices['colours'], days: LocalDays): Tariff {
  return {
    name: version.code,
    from: instantOf(version.from, days),
    to: null,
    classes: classesOf(version.terms.kind, offPeak, colours),
    pricePerUnit: version.terms.prices,
    fixed: [],
  };
}

function classesOf(
  kind: TariffTerms['kind'],
  offPeak: readonly Slot[],
  colours: Prices['colours'],
): TariffClasses {
  switch (kind) {
    case 'flat':
      return { kind };
    case 'peak_off_peak':
      return { kind, offPeak };
    case 'tempo':
      return { kind, offPeak, colours };
  }
}

function add(
  gathered: Map<string, CostLine>,
  { version }: Held,
  { name, kind, use, cost, estimatedCost }: Omit<TariffLine, 'tariff' | 'since'>,
): void {
  const key = `${version.code}\n${version.from}\n${kind}\n${name}`;
  const before = gathered.get(key);
  const sum = (a: number, micro: number) => (Math.round(a * MICRO) + micro) / MICRO;
  gathered.set(key, {
    tariff: version.code,
    since: version.from,
    source: version.source,
    name,
    kind,
    use: use === null ? null : sum(before?.use ?? 0, use),
    unit: kind === 'use' ? version.terms.unit : null,
    cost_EUR: sum(before?.cost_EUR ?? 0, cost),
    estimated_EUR: sum(before?.estimated_EUR ?? 0, estimatedCost),
  });
}
