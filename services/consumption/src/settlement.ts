import { type Consumption, consumption, type Finding, type Interval } from '@veilleur/metering';
import {
  BUCKETS,
  type BucketName,
  type ReadingSpan,
  type Register,
  type RegisterReadings,
  type SettledRegister,
  type SettledSpan,
} from '@veilleur/store';
import { EDGE_TOLERANCE_MS, edgesOf, LEARNING_MS, type Plan } from './plan.ts';
import { seriesOf } from './series-of.ts';

export interface Settlement {
  /** Made of near readings alone, it may say otherwise with the far ones. */
  readonly leans: boolean;
  readonly spans: readonly SettledSpan[];
  readonly register: SettledRegister;
  readonly findings: {
    readonly from: number;
    readonly to: number;
    readonly findings: readonly Finding[];
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
  const found = made.findings.filter(
    (finding) =>
      finding.at >= dirty.from && finding.at < dirty.to && isWorthALook(finding, learned.stepMs ?? 0),
  );
  return {
    leans,
    spans,
    findings: { ...dirty, findings: found },
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

const DAY_MS = 86_400_000;

/**
 * Frames are lost on every radio: their hours are marked estimated, and the ledger tells why. A person looks
 * at a gap that is longer than a day, and than three steps of a register that is read daily.
 */
function isWorthALook({ kind, at, detail }: Finding, stepMs: number): boolean {
  return kind !== 'gap' || Number(detail.until) - at > Math.max(DAY_MS, 3 * stepMs);
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
const SELDOM_MS = 12 * 3_600_000;
const SPREAD: ReadonlySet<string> = new Set(['line', 'similar_days', 'open_ended', 'unknown']);

function isGuessed({ method }: Interval, bucket: BucketName, { curve }: Register, stepMs: number | null) {
  return bucket === 'hour' && !curve && stepMs !== null && stepMs > SELDOM_MS && SPREAD.has(method);
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
