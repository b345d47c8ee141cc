import type { DevEui } from '@veilleur/domain';
import type { FindingKind, Findings, HeldConsumption } from './comparison.ts';
import { edgeOf, type KnownEdge, type KnownRegister } from './known-register.ts';
import { BUCKETS, type BucketUnit, bucketEdges } from './local-buckets.ts';
import { Run } from './run-of-buckets.ts';

/** As the pipeline takes it: a reading this near to an edge stands for the edge. */
const EDGE_WITHIN_MS = 60_000;
/** Of a device that is silent for longer nothing is estimated any more. */
const GUESSED_UP_TO_MS = 45 * 86_400_000;

/** A register of a point, and what is to be known of it. */
export interface JudgedRegister extends KnownRegister {
  readonly code: string;
  readonly devEui: DevEui;
  readonly quantity: string;
  readonly channel: number;
  readonly timeZone: string;
  readonly dayStartMinutes: number;
  /** It is read so seldom that its hours would all be guesses: there may be none. */
  readonly isSeldomRead: boolean;
  /** How much of what flowed its steps may leave out, millionths. */
  readonly slack: number;
  /** Under which name its sums stand in the report, such as `water: m3`. */
  readonly sums: string;
}

/** A bucket of a local calendar, and what is held of it. */
interface Cell {
  readonly from: number;
  readonly to: number;
  readonly held: HeldConsumption | undefined;
}

/**
 * Holds the consumption of one register against what its meter really showed:
 *
 * - where readings tell both edges, it is their difference, to the millionth, and measured;
 * - everywhere else it is marked as estimated, and every sum of neighbours stays within what the readings
 *   around it allow: so a gap adds up to what the index says of it;
 * - where nothing is known there is nothing;
 * - hours sum to days and days to months.
 */
export function compareRegister(
  register: JudgedRegister,
  rows: readonly HeldConsumption[],
  findings: Findings,
): void {
  const byBucket = Map.groupBy(rows, ({ bucket }) => bucket);
  const cells = {} as Record<BucketUnit, readonly Cell[]>;
  for (const bucket of BUCKETS) {
    cells[bucket] = cellsOf(register, bucket, byBucket.get(bucket) ?? [], findings);
    compareCells(register, bucket, cells[bucket], findings);
  }
  compareSums(register, cells.hour, cells.day, 'day', findings);
  compareSums(register, cells.day, cells.month, 'month', findings);
}

function cellsOf(
  register: JudgedRegister,
  bucket: BucketUnit,
  rows: readonly HeldConsumption[],
  findings: Findings,
): readonly Cell[] {
  const { told, timeZone, dayStartMinutes } = register;
  const held = new Map(rows.map((row) => [row.fromMs, row]));
  const cells: Cell[] = [];
  if (told !== null) {
    const until = rows.reduce((latest, { fromMs }) => Math.max(latest, fromMs + 1), told.lastMs);
    const edges = bucketEdges(timeZone, bucket, dayStartMinutes, told.firstMs, until);
    for (const [i, from] of edges.entries()) {
      const to = edges[i + 1];
      if (to === undefined) break;
      cells.push({ from, to, held: held.get(from) });
      held.delete(from);
    }
  }
  for (const row of held.values()) {
    add(register, findings, 'consumption_unfounded', row, 'nothing: no reading tells of it', saidOf(row));
  }
  return cells;
}

function compareCells(
  register: JudgedRegister,
  bucket: BucketUnit,
  cells: readonly Cell[],
  findings: Findings,
): void {
  const run = new Run();
  const first = register.readings[0]?.timeMs ?? register.told?.firstMs ?? Number.POSITIVE_INFINITY;
  const last = Math.max(register.told?.lastMs ?? 0, register.readings.at(-1)?.timeMs ?? 0);
  for (const cell of cells) {
    const [from, to] = [
      edgeOf(register, cell.from, EDGE_WITHIN_MS),
      edgeOf(register, cell.to, EDGE_WITHIN_MS),
    ];
    const { held } = cell;
    const isBefore = cell.from < first - EDGE_WITHIN_MS;
    const isAfter = cell.to > last + EDGE_WITHIN_MS;
    const isToldWhole = from.reading !== undefined && to.reading !== undefined;
    if (held === undefined) {
      run.stop();
      if (isOptional(register, bucket, cell, isBefore, isToldWhole)) continue;
      const bounds = boundsOf(from, to);
      add(register, findings, 'consumption_missing', { bucket, fromMs: cell.from }, bounds, 'nothing');
      continue;
    }
    findings.compared += 1;
    findings.count(`${bucket}s ${held.quality}`);
    if (held.value === null) {
      run.stop();
      if (held.quality === 'missing' && (isBefore || isAfter)) continue;
      add(register, findings, 'consumption_missing', held, boundsOf(from, to), saidOf(held));
      continue;
    }
    if (isBefore || cell.to > last + GUESSED_UP_TO_MS) {
      run.stop();
      const wanted = 'nothing: no reading tells of it';
      add(register, findings, 'consumption_unfounded', held, wanted, saidOf(held));
      continue;
    }
    if (from.isDoubtful || to.isDoubtful) findings.count('in doubt');
    else if (isToldWhole) {
      if (!compareTold(register, held, from, to, findings)) {
        run.stop();
        continue;
      }
    } else if (held.quality !== 'estimated') {
      add(register, findings, 'quality_wrong', held, 'estimated', saidOf(held));
    }
    run.add(from, to, held.value);
    if (!run.isPossible) {
      const wanted = `from the bucket of ${new Date(run.fromMs ?? cell.from).toISOString()} on, what its readings allow: ${run.told}`;
      add(register, findings, 'consumption_unreconciled', held, wanted, saidOf(held));
      run.stop();
    }
    run.fromMs ??= cell.from;
  }
}

/** @returns Whether the value is that of the readings. */
function compareTold(
  register: JudgedRegister,
  held: HeldConsumption,
  from: KnownEdge,
  to: KnownEdge,
  findings: Findings,
): boolean {
  const counted = to.most - from.most;
  if (held.value !== counted) {
    add(register, findings, 'consumption_wrong', held, `${counted} measured`, saidOf(held));
    return false;
  }
  if (held.quality !== 'measured') {
    add(register, findings, 'quality_wrong', held, 'measured: readings tell both edges', saidOf(held));
  }
  const [before, after] = [from.reading?.flowed ?? null, to.reading?.flowed ?? null];
  if (before === null || after === null) return true;
  const flowed = after - before;
  if (held.bucket === 'day') {
    findings.count(`${register.sums} simulated on measured days`, flowed / 1e6);
    findings.count(`${register.sums} stored on measured days`, held.value / 1e6);
  }
  if (Math.abs(flowed - held.value) < register.slack) return true;
  add(register, findings, 'consumption_wrong', held, `${Math.round(flowed)} by physics`, saidOf(held));
  return false;
}

/** Where a bucket may be absent: it is not over, or the register is read too seldom for hours. */
function isOptional(
  { told, isSeldomRead }: JudgedRegister,
  bucket: BucketUnit,
  { to }: Cell,
  isBefore: boolean,
  isToldWhole: boolean,
): boolean {
  if (told === null || isBefore || to > told.lastMs + EDGE_WITHIN_MS) return true;
  return bucket === 'hour' && isSeldomRead && !isToldWhole;
}

function compareSums(
  register: JudgedRegister,
  parts: readonly Cell[],
  wholes: readonly Cell[],
  bucket: BucketUnit,
  findings: Findings,
): void {
  let next = 0;
  for (const { from, to, held } of wholes) {
    while (next < parts.length && (parts[next] as Cell).from < from) next += 1;
    let sum: number | null = 0;
    let reached = from;
    for (; next < parts.length && (parts[next] as Cell).to <= to; next += 1) {
      const part = parts[next] as Cell;
      if (part.held === undefined || part.from !== reached) break;
      sum = sum === null || part.held.value === null ? null : sum + part.held.value;
      reached = part.to;
    }
    if (held === undefined || reached !== to || held.value === sum) continue;
    const wanted = sum === null ? 'nothing, as one of its parts' : `${sum}, the sum of its parts`;
    add(register, findings, 'consumption_unreconciled', { ...held, bucket }, wanted, saidOf(held));
  }
}

function add(
  { code, devEui, quantity, channel }: JudgedRegister,
  findings: Findings,
  kind: FindingKind,
  { bucket, fromMs }: Pick<HeldConsumption, 'bucket' | 'fromMs'>,
  expected: string,
  found: string,
): void {
  const register = channel === 0 ? quantity : `${quantity}/${channel}`;
  findings.add({
    kind,
    devEui,
    at: new Date(fromMs),
    what: `${bucket} of ${code}, ${register}, millionths`,
    expected,
    found,
    weight: kind === 'quality_wrong' ? 4 : 6,
  });
}

const saidOf = ({ value, quality }: HeldConsumption) => `${value ?? 'no value'} ${quality}`;

function boundsOf(from: KnownEdge, to: KnownEdge): string {
  const [lowest, highest] = [Math.max(0, to.least - from.most), to.most - from.least];
  return lowest === highest ? `${lowest}` : `${lowest} to ${highest}`;
}
