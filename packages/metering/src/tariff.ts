import { VeilleurError } from '@veilleur/domain';

import type { Consumption } from './consumption.ts';
import { DAY_MS, localDay, localTime, startOfDay } from './local-time.ts';
import { MICRO, scaled } from './micro.ts';
import type { Span } from './series.ts';
import { classAt, classEdges, type TariffClasses } from './tariff-classes.ts';
import { cutAtChanges, type Valid } from './validity.ts';

/** What a point pays while a contract holds. Money is in millionths of a euro: 0.2516 euro is 251,600. */
export interface Tariff extends Valid {
  readonly name: string;
  readonly classes: TariffClasses;
  /** For one unit (kWh, m3) of each class. */
  readonly pricePerUnit: Readonly<Record<string, number>>;
  /** Owed for time: subscription, meter rent. Parted by local days. */
  readonly fixed: readonly FixedPart[];
}

export interface FixedPart {
  readonly name: string;
  readonly amount: number;
  readonly per: 'month' | 'year';
}

export interface TariffLine {
  readonly tariff: string;
  /** Since when its prices hold: a revision of them has lines of its own. */
  readonly since: number;
  /** A price class, or the name of a fixed part. */
  readonly name: string;
  readonly kind: 'use' | 'fixed';
  /** Millionths of the unit; null for a fixed part. */
  readonly use: number | null;
  /** Millionths of a euro. */
  readonly cost: number;
  /** The part of `cost` that rests on estimates. */
  readonly estimatedCost: number;
}

export interface Valuation {
  readonly lines: readonly TariffLine[];
  /** Millionths of a euro; null where `unvalued` is not empty: an incomplete sum is no bill. */
  readonly cost: number | null;
  /** Time without consumption, without contract, or without a Tempo colour. */
  readonly unvalued: readonly (Span & { readonly reason: 'no_consumption' | 'no_tariff' | 'no_colour' })[];
}

/**
 * What consumption costs. It is cut wherever the price changes, so slots need not lie on whole hours; a
 * price that changes inside a reading's span parts it as any bucket's edge does, and is marked estimated.
 *
 * @throws VeilleurError `price_missing` where a tariff has no price for a class of its own.
 */
export function valuation(
  consumption: Pick<Consumption, 'over'>,
  tariffs: readonly Tariff[],
  zone: string,
  span: Span,
): Valuation {
  const time = localTime(zone);
  const lines = new Map<string, { -readonly [K in keyof TariffLine]: TariffLine[K] }>();
  const unvalued: Valuation['unvalued'][number][] = [];
  for (const { from, to, row: tariff } of cutAtChanges(tariffs, span)) {
    if (tariff === undefined) {
      unvalued.push({ from, to, reason: 'no_tariff' });
      continue;
    }
    const edges = [from, ...classEdges(tariff.classes, time, from, to), to];
    for (const interval of consumption.over(edges)) {
      const name = classAt(tariff.classes, time, interval.from);
      if (name === null || interval.value === null) {
        const reason = name === null ? 'no_colour' : 'no_consumption';
        unvalued.push({ from: interval.from, to: interval.to, reason });
        continue;
      }
      const price = tariff.pricePerUnit[name];
      if (price === undefined) {
        throw new VeilleurError('price_missing', `The tariff ${tariff.name} has no price for ${name}`, {
          remedy: 'Add it to the tariff, 0 if this class is free.',
        });
      }
      const line = lineOf(lines, tariff, name, 'use');
      line.use = (line.use ?? 0) + interval.value;
      line.cost = scaled(line.use, { numerator: price, denominator: MICRO });
      if (interval.quality !== 'measured') {
        const share = { numerator: price, denominator: MICRO };
        line.estimatedCost += scaled(interval.evidence.estimated, share);
      }
    }
    for (const part of tariff.fixed) {
      const line = lineOf(lines, tariff, part.name, 'fixed');
      line.cost += prorated(part, zone, from, to);
    }
  }
  const all = [...lines.values()];
  const cost = unvalued.length > 0 ? null : all.reduce((sum, line) => sum + line.cost, 0);
  return { lines: all, cost, unvalued };
}

function lineOf(
  lines: Map<string, { -readonly [K in keyof TariffLine]: TariffLine[K] }>,
  tariff: Tariff,
  name: string,
  kind: TariffLine['kind'],
) {
  const key = `${tariff.name}\n${tariff.from}\n${kind}\n${name}`;
  let line = lines.get(key);
  if (line === undefined) {
    line = {
      tariff: tariff.name,
      since: tariff.from,
      name,
      kind,
      use: kind === 'use' ? 0 : null,
      cost: 0,
      estimatedCost: 0,
    };
    lines.set(key, line);
  }
  return line;
}

/**
 * A fixed part for the local days that begin in a span. What is owed up to each day of a month or year
 * is rounded once, so the parts of a whole year cost the year's amount to the unit.
 */
export function prorated(part: FixedPart, zone: string, from: number, to: number): number {
  const time = localTime(zone);
  let first = localDay(time, from);
  if (startOfDay(time, first) < from) first += 1;
  let last = localDay(time, to);
  if (startOfDay(time, last) < to) last += 1;
  let cost = 0;
  for (let day = first; day < last; ) {
    const date = new Date(day * DAY_MS);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    const yearly = part.per === 'year';
    const start = Date.UTC(year, yearly ? 0 : month, 1) / DAY_MS;
    const end = Date.UTC(yearly ? year + 1 : year, yearly ? 0 : month + 1, 1) / DAY_MS;
    const until = Math.min(last, end);
    const owedBefore = (other: number) => Math.round((part.amount * (other - start)) / (end - start));
    cost += owedBefore(until) - owedBefore(day);
    day = until;
  }
  return cost;
}
