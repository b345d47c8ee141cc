import type { TruthLine } from '../faults/truth-file.ts';

/** An alert as a technician would have met it. Times are ms. */
export interface FoundAlert {
  readonly rule: string;
  /** A DevEUI, or the value of a tag. */
  readonly subject: string;
  readonly from: number;
  readonly openedAt: number;
  readonly clearedAt: number | null;
  /** When it was raised: no earlier than what told of it. */
  readonly knownAt: number;
}

/** What finds a kind of fault, and what else truly looks the same. */
export interface Expectation {
  /** Rules that should speak. */
  readonly rules: readonly string[];
  /** Faults of these kinds explain an alert of these rules too, for the reason told. */
  readonly alsoExplainedBy?: Readonly<Record<string, string>>;
}

export interface KindScore {
  readonly kind: string;
  readonly faults: number;
  readonly found: number;
  /** Null: there was none to find. */
  readonly recall: number | null;
  readonly alerts: number;
  readonly unexplained: number;
  readonly precision: number | null;
  readonly hoursToDetection: { readonly median: number; readonly p90: number } | null;
}

interface Span {
  readonly subject: string;
  readonly kind: string;
  readonly fromMs: number;
  readonly toMs: number;
}

const HOUR_MS = 3_600_000;
/** What follows from a fault may show so long after it: the last report, a window that still holds it. */
const AFTER_MS = 30 * HOUR_MS;

/** Holds alerts against what really happened, kind by kind of fault. */
export function judgeAlerts(
  alerts: readonly FoundAlert[],
  truth: readonly TruthLine[],
  expectations: Readonly<Record<string, Expectation>>,
  untilMs: number,
  /** Faults that begin so long before the end, or later, are not asked for; they explain. */
  lastMs = 0,
): {
  readonly scores: readonly KindScore[];
  readonly missed: readonly Span[];
  readonly unexplained: readonly FoundAlert[];
} {
  const spans = truth.map(
    ({ subject, kind, from, to }): Span => ({
      subject,
      kind,
      fromMs: Date.parse(from),
      toMs: to === null ? untilMs : Math.min(untilMs, Date.parse(to)),
    }),
  );
  const missed: Span[] = [];
  const unexplained: FoundAlert[] = [];
  const scores = Object.entries(expectations).map(([kind, { rules, alsoExplainedBy = {} }]): KindScore => {
    const faults = spans.filter((one) => one.kind === kind && one.fromMs < untilMs - lastMs);
    const own = alerts.filter(({ rule }) => rules.includes(rule));
    const firsts = faults.map((fault) => {
      const found = own.filter((alert) => meets(alert, fault)).map(({ knownAt }) => knownAt);
      return found.length === 0 ? null : Math.min(...found) - fault.fromMs;
    });
    missed.push(...faults.filter((_, i) => firsts[i] === null));
    const explaining = spans.filter((one) => one.kind === kind || one.kind in alsoExplainedBy);
    const strange = own.filter((alert) => !explaining.some((fault) => meets(alert, fault)));
    unexplained.push(...strange);
    const delays = firsts.flatMap((delay) => (delay === null ? [] : [delay / HOUR_MS])).sort((a, b) => a - b);
    const quantile = (share: number) =>
      delays[Math.min(delays.length - 1, Math.floor(share * delays.length))] ?? 0;
    return {
      kind,
      faults: faults.length,
      found: delays.length,
      recall: faults.length === 0 ? null : delays.length / faults.length,
      alerts: own.length,
      unexplained: strange.length,
      precision: own.length === 0 ? null : 1 - strange.length / own.length,
      hoursToDetection: delays.length === 0 ? null : { median: quantile(0.5), p90: quantile(0.9) },
    };
  });
  return { scores, missed, unexplained };
}

function meets({ subject, from, clearedAt }: FoundAlert, fault: Span): boolean {
  return (
    subject === fault.subject &&
    (clearedAt ?? Number.POSITIVE_INFINITY) >= fault.fromMs &&
    from <= fault.toMs + AFTER_MS
  );
}
