import { boundaries } from '@veilleur/metering';
import {
  BUCKETS,
  type BucketName,
  type ReadingSpan,
  type Register,
  type Surroundings,
} from '@veilleur/store';
import { reachBack } from './series-of.ts';

const DAY_MS = 86_400_000;
/** Similar days of three weeks shape an estimate; a day more for its own length and the clocks. */
const CONTEXT_MS = 23 * DAY_MS;
/** So much of a register's first life teaches its rate and its step. */
export const LEARNING_MS = 21 * DAY_MS;
/** As metering takes it: a reading this near to an edge stands for the edge. */
export const EDGE_TOLERANCE_MS = 60_000;
/** A device that is silent for longer is no reason to go on guessing. */
export const ESTIMATE_UP_TO_MS = 45 * DAY_MS;

export interface SettlementSettings {
  /** The city's zone, for points that have none. */
  readonly timeZone: string;
  readonly now: number;
  /** So long after the last reading nothing is estimated: the next frame may tell. */
  readonly graceMs: number;
  /** Retention took measurements before this moment away; null: none. */
  readonly forgottenBefore: number | null;
}

/** What is to be settled of one register, and which readings that takes. */
export interface Plan {
  readonly register: Register;
  readonly zone: string;
  readonly around: Surroundings;
  /** The register's first weeks are concerned: learn again, and if that changes anything, settle all. */
  readonly learn: boolean;
  readonly dirty: { readonly from: number; readonly to: number };
  /** Nothing is said after this moment. */
  readonly until: number;
  /** What was settled of before this moment leans on readings that are gone: it stands. */
  readonly closedTo: number;
  readonly forgottenBefore: number | null;
}

export function planOf(
  register: Register,
  dirty: { readonly from: number; readonly to: number },
  held: Surroundings,
  { timeZone, now, graceMs, forgottenBefore }: SettlementSettings,
): Plan {
  const { settled } = register;
  const closedTo = closedToOf(register, held.first, forgottenBefore);
  const isPartlyClosed = closedTo > Number.NEGATIVE_INFINITY;
  const around = isPartlyClosed
    ? {
        ...held,
        first: settled?.firstReading ?? held.first,
        last: Math.max(
          held.last ?? Number.NEGATIVE_INFINITY,
          settled?.lastReading ?? Number.NEGATIVE_INFINITY,
        ),
      }
    : held;
  const { first, last } = around;
  const learn =
    !isPartlyClosed &&
    (settled === null ||
      settled.firstReading !== first ||
      (first !== null && dirty.from <= first + LEARNING_MS));
  return {
    register,
    zone: register.timeZone ?? timeZone,
    around,
    learn,
    dirty: {
      from: Math.max(closedTo, Math.min(dirty.from, around.before ?? dirty.from)),
      to: around.after === null ? Number.POSITIVE_INFINITY : Math.max(dirty.to, around.after + CONTEXT_MS),
    },
    until: untilOf(register, last, now - graceMs),
    closedTo,
    forgottenBefore,
  };
}

/**
 * Up to where a register's consumption was made of readings that retention took away. What remains of them
 * would tell less than what was settled, so it stands; estimates lean on three weeks more. A register that
 * was never settled from such readings is open, and so is what a person corrects to have stood there later.
 */
function closedToOf(
  { settled, devices }: Register,
  first: number | null,
  forgottenBefore: number | null,
): number {
  const leansOnForgotten =
    forgottenBefore !== null &&
    typeof settled?.firstReading === 'number' &&
    settled.firstReading < forgottenBefore &&
    devices.some(({ from }) => from < forgottenBefore);
  if (!leansOnForgotten) return Number.NEGATIVE_INFINITY;
  return first === null ? Number.POSITIVE_INFINITY : Math.max(forgottenBefore + CONTEXT_MS, first);
}

/** Open-ended estimates are for a device that stands there and is late; an export ends where it ends. */
function untilOf({ devices }: Register, last: number | null, due: number): number {
  if (last === null) return Number.NEGATIVE_INFINITY;
  const gone = Math.max(Number.NEGATIVE_INFINITY, ...devices.map(({ to }) => to ?? Number.POSITIVE_INFINITY));
  return Math.max(last, Math.min(due, gone, last + ESTIMATE_UP_TO_MS));
}

/** The earliest moment whose bucket is settled: what lies before it shapes estimates only. */
export function beginningOf(plan: Plan): number {
  if (plan.learn) return Number.NEGATIVE_INFINITY;
  const beginnings = BUCKETS.map((bucket) => {
    const [first, second] = edgesOf(plan, bucket, plan.dirty).edges;
    // A day or a month that is not over is not settled yet: most frames concern an hour alone.
    const over = second !== undefined && second <= plan.until + EDGE_TOLERANCE_MS;
    return over && first !== undefined ? first : Number.POSITIVE_INFINITY;
  });
  return Math.min(...beginnings, plan.dirty.from);
}

/** `near`: enough where readings follow each other; `far`: three weeks that give an estimate its shape. */
export type Reach = 'near' | 'far';

/** @param before The readings before the beginning: an amount that reaches over it must be whole. */
export function readingSpanOf(
  plan: Plan,
  beginning: number,
  before: number | null,
  reach: Reach,
): ReadingSpan {
  const { register, closedTo, forgottenBefore } = plan;
  const wanted = Math.min(beginning, before ?? beginning) - (reach === 'far' ? CONTEXT_MS : 0);
  // How often a counter rolled over in readings that are gone nobody knows: its scale begins anew.
  const rolledUnseen =
    closedTo > Number.NEGATIVE_INFINITY &&
    register.devices.some(
      ({ from, digits, modulus }) =>
        from < (forgottenBefore ?? from) && (digits !== null || modulus !== null),
    );
  const reached = reachBack(register, wanted);
  const from = rolledUnseen ? Math.max(reached, forgottenBefore ?? reached) : reached;
  return { register, from, to: Number.POSITIVE_INFINITY };
}

/** The edges of the buckets that a span touches, and the span within which no other bucket stays. */
export function edgesOf(
  plan: Plan,
  bucket: BucketName,
  dirty: { readonly from: number; readonly to: number },
) {
  const { first } = plan.around;
  const unit = { unit: bucket, dayStartMinutes: plan.register.dayStartMinutes };
  const startOf = (moment: number) => boundaries(plan.zone, unit, moment, moment)[0] ?? moment;
  const open = openFrom(plan, unit);
  const removeFrom = Math.max(open, Number.isFinite(dirty.from) ? startOf(dirty.from) : dirty.from);
  const from = Math.max(dirty.from, first ?? Number.POSITIVE_INFINITY, open);
  const to = Math.min(dirty.to, plan.until);
  if (!(from <= to)) return { edges: [], removeFrom, removeTo: Math.max(removeFrom, dirty.to) };
  const edges = boundaries(plan.zone, unit, from, to);
  const removeTo = dirty.to > plan.until ? Number.POSITIVE_INFINITY : (edges.at(-1) ?? dirty.to);
  return { edges, removeFrom, removeTo };
}

/** Where the first bucket begins that is not closed, not even in part. */
function openFrom(
  { zone, closedTo }: Plan,
  unit: { readonly unit: BucketName; readonly dayStartMinutes: number },
) {
  if (!Number.isFinite(closedTo)) return closedTo;
  return boundaries(zone, unit, closedTo, closedTo).find((edge) => edge >= closedTo) ?? closedTo;
}
