import { boundaries, type Consumption, consumption, type Interval } from '@veilleur/metering';
import {
  BUCKETS,
  type BucketName,
  type ReadingSpan,
  type Register,
  type RegisterReadings,
  type SettledRegister,
  type SettledSpan,
  type Surroundings,
} from '@veilleur/store';
import { reachBack, seriesOf } from './series-of.ts';

const DAY_MS = 86_400_000;
/** Similar days of three weeks shape an estimate; a day more for its own length and the clocks. */
const CONTEXT_MS = 23 * DAY_MS;
/** So much of a register's first life teaches its rate and its step. */
const LEARNING_MS = 21 * DAY_MS;
/** As metering takes it: a reading this near to an edge stands for the edge. */
const EDGE_TOLERANCE_MS = 60_000;
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

export interface Settlement {
  /** Made of near readings alone, it may say otherwise with the far ones. */
  readonly leans: boolean;
  readonly spans: readonly SettledSpan[];
  readonly register: SettledRegister;
  readonly findings: {
    readonly from: number;
    readonly to: number;
    readonly findings: readonly { readonly kind: string; readonly at: number; readonly detail: object }[];
  };
}

/** Settles one register: pure, and a function of the set of its readings. */
export function settle(plan: Plan, { from }: ReadingSpan, readings: RegisterReadings): Settlement {
  const { register, zone, around, until } = plan;
  const { pointId, quantityId, channel } = register;
  const series = seriesOf(register, readings, from);
  const learned = plan.learn ? learn(plan, series) : (register.settled ?? NOTHING_LEARNED);
  const changed =
    plan.learn &&
    (register.settled?.maximumRate !== learned.maximumRate || register.settled?.stepMs !== learned.stepMs);
  const dirty = changed ? ALL : plan.dirty;
  const made = consumption(series, {
    zone,
    maximumRate: register.givenMaximumRate ?? learned.maximumRate,
    stepMs: learned.stepMs,
    until,
    edgeToleranceMs: EDGE_TOLERANCE_MS,
  });
  const spans = BUCKETS.map((bucket): SettledSpan => {
    const { edges, removeFrom, removeTo } = edgesOf(plan, bucket, dirty);
    const buckets = made
      .over(edges)
      .filter((interval) => isTold(interval, until) && !isGuessed(interval, bucket, register, learned.stepMs))
      .map(({ from: start, to, value, quality, method, evidence }) => ({
        from: start,
        value,
        quality,
        method,
        uncertainty: bucket === 'hour' ? null : uncertaintyOf(evidence, register, { from: start, to }),
      }));
    return { register: { pointId, quantityId, channel }, bucket, from: removeFrom, to: removeTo, buckets };
  });
  const leans = !plan.learn && leansOn(made.pieces, spans);
  const within = ({ at }: { readonly at: number }) => at >= dirty.from && at < dirty.to;
  return {
    leans,
    spans,
    findings: { ...dirty, findings: made.findings.filter(within) },
    register: {
      pointId,
      quantityId,
      channel,
      firstReading: around.first,
      lastReading: around.last,
      maximumRate: learned.maximumRate,
      stepMs: learned.stepMs,
      settledUntil: Number.isFinite(until) ? until : null,
    },
  };
}

/** Registers show whole litres or watt-hours at best, in millionths of a m3 or a kWh. */
const FINEST_STEP = 1000;

/**
 * What readings off the edges leave open, and a step of each register that stood there: a difference of
 * two readings is off by less than one.
 */
function uncertaintyOf(
  { uncertainty }: Interval['evidence'],
  { quantityId, devices }: Register,
  { from, to }: { readonly from: number; readonly to: number },
): number | null {
  if (uncertainty === null) return null;
  const steps = devices
    .filter((device) => device.from < to && (device.to === null || device.to > from))
    .map(({ deviceQuantityId, numerator, denominator }) => {
      // One that tells another quantity than the point's counts pulses.
      const worth = deviceQuantityId === quantityId ? 0 : Math.ceil((1e6 * numerator) / denominator);
      return Math.max(FINEST_STEP, worth);
    });
  const sum = steps.reduce((total, step) => total + step, 0);
  return uncertainty + Math.max(FINEST_STEP, sum);
}

const FAR = ['similar_days', 'open_ended', 'unknown', 'rest', 'scaled'];
/** Metering lays what runs through in an hour on a straight line, whatever came before. */
const LINE_UP_TO_MS = 3_600_000;

/** Whether the days before matter: for the shape of an estimate, or to tell whether a register is stuck. */
function leansOn(pieces: Consumption['pieces'], spans: readonly SettledSpan[]): boolean {
  const methods = new Set(spans.flatMap(({ buckets }) => buckets.map(({ method }) => method)));
  const long = pieces.some(({ from, to }) => to - from > LINE_UP_TO_MS);
  return (long && methods.has('line')) || FAR.some((one) => methods.has(one)) || pieces[0]?.known.value === 0;
}

const ALL = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };
const NOTHING_LEARNED = { maximumRate: null, stepMs: null };

/** What is not yet over, and what no reading can tell any more or yet, has no row: unknown is not zero. */
function isTold({ to, method }: Interval, until: number): boolean {
  return to <= until + EDGE_TOLERANCE_MS && method !== 'not_yet_known';
}

/** A meter that is read once a day or less: its hours would all be guesses, and nobody asked for them. */
const SELDOM_MS = DAY_MS / 2;
const SPREAD: ReadonlySet<string> = new Set(['line', 'similar_days', 'open_ended', 'unknown']);

function isGuessed({ method }: Interval, bucket: BucketName, { curve }: Register, stepMs: number | null) {
  return bucket === 'hour' && !curve && stepMs !== null && stepMs > SELDOM_MS && SPREAD.has(method);
}

/** The edges of the buckets that a span touches, and the span within which no other bucket stays. */
function edgesOf(plan: Plan, bucket: BucketName, dirty: { readonly from: number; readonly to: number }) {
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

/**
 * The rate and the step that the first weeks show. Rounded up to a power of two, and to the minute: so
 * they rest though single readings come late.
 */
function learn({ around, zone, register }: Plan, series: ReturnType<typeof seriesOf>) {
  const to = (around.first ?? 0) + LEARNING_MS;
  const early = {
    ...series,
    readings: series.readings.filter(({ time }) => time <= to),
    intervals: [],
  };
  const { maximumRate, stepMs } = consumption(early, { zone }).learned;
  return {
    maximumRate:
      register.givenMaximumRate ??
      (maximumRate === null || maximumRate === 0 ? null : 2 ** Math.ceil(Math.log2(maximumRate))),
    stepMs: stepMs === null ? null : Math.max(1, Math.round(stepMs / 60_000)) * 60_000,
  };
}
