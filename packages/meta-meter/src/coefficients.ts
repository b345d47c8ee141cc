import type { GasCoefficient } from '@veilleur/metering';
import type { GasCoefficientRow } from '@veilleur/store';
import { type DaySpan, instantOf, type LocalDays } from './local-days.ts';

/** A coefficient that an operator told for a time, ms; Wh of PCS for one m3. */
export interface ToldCoefficient {
  readonly from: number;
  readonly to: number;
  readonly whPerM3: number;
}

export interface HeldCoefficient extends GasCoefficient {
  readonly to: number;
  /** Told for another time near by: the energy is an estimate. */
  readonly carried: boolean;
}

/** What an operator told last holds for so long where nobody says otherwise. */
const CARRIED_DAYS = 62;
const DAY_MS = 86_400_000;

/**
 * What a cubic metre of gas held, for each moment of a span of which it can be said. The operator goes
 * before what a city entered for the point, that before what it entered for the nearest site around, that
 * before what holds everywhere; last comes what the operator told up to two months before.
 *
 * @param sites The point's site and those around it, outwards.
 */
export function coefficientsOf(
  point: { readonly code: string; readonly sites: readonly string[] },
  told: readonly ToldCoefficient[],
  rows: readonly GasCoefficientRow[],
  span: DaySpan,
  days: LocalDays,
  operator: string,
): HeldCoefficient[] {
  const inOrder = told.toSorted((a, b) => a.from - b.from);
  const ofOperator = (from: number, to: number, whPerM3: number, carried: boolean): HeldCoefficient => ({
    from,
    to,
    kWhPerM3: { numerator: whPerM3, denominator: 1000 },
    source: operator,
    carried,
  });
  const entered = (mine: (row: GasCoefficientRow) => boolean) => {
    const own = rows.filter(mine).toSorted((a, b) => (a.from < b.from ? -1 : 1));
    return own.map(({ from, to, energy, source }, i): HeldCoefficient => {
      const until = [to, own[i + 1]?.from ?? null].flatMap((day) =>
        day === null ? [] : [instantOf(day, days)],
      );
      return {
        from: instantOf(from, days),
        to: Math.min(Number.POSITIVE_INFINITY, ...until),
        kWhPerM3: { numerator: energy, denominator: 1_000_000 },
        source,
        carried: false,
      };
    });
  };
  const layers = [
    inOrder.map(({ from, to, whPerM3 }) => ofOperator(from, to, whPerM3, false)),
    entered((row) => row.point === point.code),
    ...point.sites.map((site) => entered((row) => row.site === site)),
    entered((row) => row.point === null && row.site === null),
    inOrder.flatMap(({ to, whPerM3 }, i) => {
      const until = Math.min(inOrder[i + 1]?.from ?? Number.POSITIVE_INFINITY, to + CARRIED_DAYS * DAY_MS);
      return until > to ? [ofOperator(to, until, whPerM3, true)] : [];
    }),
  ];
  return laid(layers, instantOf(span.from, days), instantOf(span.to, days));
}

/** Layers over each other, the first on top, become rows that do not overlap. */
function laid(layers: readonly (readonly HeldCoefficient[])[], from: number, to: number): HeldCoefficient[] {
  let free = [{ from, to }];
  const held: HeldCoefficient[] = [];
  for (const layer of layers) {
    const left: { from: number; to: number }[] = [];
    let next = 0;
    for (const gap of free) {
      let at = gap.from;
      while (next < layer.length && (layer[next] as HeldCoefficient).to <= gap.from) next += 1;
      for (let i = next; i < layer.length && (layer[i] as HeldCoefficient).from < gap.to; i += 1) {
        const row = layer[i] as HeldCoefficient;
        const [start, end] = [Math.max(row.from, at), Math.min(row.to, gap.to)];
        if (end <= start) continue;
        if (start > at) left.push({ from: at, to: start });
        held.push({ ...row, from: start, to: end });
        at = end;
      }
      if (at < gap.to) left.push({ from: at, to: gap.to });
    }
    free = left;
  }
  return held.sort((a, b) => a.from - b.from);
}
