import { MICRO, type Span } from '@veilleur/metering';
import type { Line, UnknownReason, UnknownSpan } from './line.ts';

/** How much time nobody can tell of, and why. */
export interface Unknown<Reason extends string = string> {
  readonly hours: number;
  readonly reasons: readonly Reason[];
  /** The first of the spans. */
  readonly spans: readonly { readonly from: Date; readonly to: Date; readonly reason: Reason }[];
}

/** A sum over time in its unit (m3, kWh, EUR, kg). */
export interface Amount<Reason extends string = string> {
  /** Null, and never zero, unless all of it is known. */
  readonly value: number | null;
  /** What is known of it; null where nothing is. */
  readonly known: number | null;
  /**
   * How much of `known` rests on estimates: where days begin between two readings what ran through there at
   * both ends of them, of a day that no later reading bounds all.
   */
  readonly estimated: number;
  /** Null where all is known. */
  readonly unknown: Unknown<Reason> | null;
}

const SHOWN_SPANS = 20;
const HOUR_MS = 3_600_000;

export function unknownOf<Reason extends string>(
  spans: readonly UnknownSpan<Reason>[],
): Unknown<Reason> | null {
  if (spans.length === 0) return null;
  return {
    hours: spans.reduce((sum, { from, to }) => sum + to - from, 0) / HOUR_MS,
    reasons: [...new Set(spans.map(({ reason }) => reason))].sort(),
    spans: spans
      .slice(0, SHOWN_SPANS)
      .map(({ from, to, reason }) => ({ from: new Date(from), to: new Date(to), reason })),
  };
}

/** Of an amount in millionths. `anything`: some of it is known, be it zero. */
export function amountFrom<Reason extends string>(
  known_micro: number,
  estimated_micro: number,
  unknown: readonly UnknownSpan<Reason>[],
  anything: boolean,
): Amount<Reason> {
  const known = anything ? known_micro / MICRO : null;
  return {
    value: unknown.length === 0 ? known : null,
    known,
    estimated: estimated_micro / MICRO,
    unknown: unknownOf(unknown),
  };
}

/** What a line tells of a span. */
export function amountOf(line: Line, span: Span): Amount<UnknownReason> {
  const unknown = line.unknown(span);
  const runs = line.known(span);
  const [known, estimated] = runs
    .flatMap(({ from, to }) => line.over([from, to]))
    .reduce(([a, b], { value, evidence }) => [a + (value ?? 0), b + evidence.estimated], [0, 0]);
  return amountFrom(known, estimated, unknown, runs.length > 0);
}

/** Several points, media or sites together: known as a whole where each of them is. */
export interface Sum {
  readonly value: number | null;
  readonly known: number | null;
  readonly estimated: number;
  /** Who is not known as a whole, and why. */
  readonly incomplete: readonly { readonly of: string; readonly reasons: readonly string[] }[];
}

export function sumOf(amounts: readonly (Amount & { readonly of: string })[]): Sum {
  const told = amounts.flatMap(({ known }) => (known === null ? [] : [known]));
  const incomplete = amounts.flatMap(({ of, unknown }) =>
    unknown === null ? [] : [{ of, reasons: unknown.reasons }],
  );
  const known = told.length === 0 ? null : exact(told);
  return {
    value: incomplete.length > 0 ? null : known,
    known,
    estimated: exact(amounts.map(({ estimated }) => estimated)),
    incomplete,
  };
}

/** Numbers of six decimals sum as the whole millionths that they are. */
const exact = (numbers: readonly number[]) =>
  numbers.reduce((sum, one) => sum + Math.round(one * MICRO), 0) / MICRO;

export const sumOfSums = (sums: readonly Sum[]): Sum =>
  ({
    value:
      sums.some(({ value }) => value === null) || sums.length === 0
        ? null
        : exact(sums.map(({ value }) => value ?? 0)),
    known: sums.every(({ known }) => known === null) ? null : exact(sums.map(({ known }) => known ?? 0)),
    estimated: exact(sums.map(({ estimated }) => estimated)),
    incomplete: sums.flatMap(({ incomplete }) => incomplete),
  }) satisfies Sum;
