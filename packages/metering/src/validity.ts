import type { Span } from './series.ts';

/** Something that holds for a time: a coefficient, a price, a factor. `to` null: until further notice. */
export interface Valid {
  readonly from: number;
  readonly to: number | null;
}

/** The row that holds at a moment: of several the one that began last. */
export function validAt<Row extends Valid>(rows: readonly Row[], time: number): Row | undefined {
  let found: Row | undefined;
  for (const row of rows) {
    if (row.from > time || (row.to !== null && row.to <= time)) continue;
    if (found === undefined || row.from >= found.from) found = row;
  }
  return found;
}

/** A span cut where another row begins to hold. */
export function cutAtChanges<Row extends Valid>(
  rows: readonly Row[],
  span: Span,
): { readonly from: number; readonly to: number; readonly row: Row | undefined }[] {
  const edges = new Set([span.from, span.to]);
  for (const { from, to } of rows) {
    if (from > span.from && from < span.to) edges.add(from);
    if (to !== null && to > span.from && to < span.to) edges.add(to);
  }
  const times = [...edges].sort((a, b) => a - b);
  return times.slice(1).map((to, i) => {
    const from = times[i] as number;
    return { from, to, row: validAt(rows, from) };
  });
}
