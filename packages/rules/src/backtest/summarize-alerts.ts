import { localDay, localTime, startOfDay } from '@veilleur/metering';
import { SEVERITIES, type Severity } from '../language/rule.ts';
import type { BacktestSpan, FoundAlert } from './found-alert.ts';

const MINUTE_MS = 60_000;
/** When a call wakes somebody, in local minutes after midnight. */
const NIGHT = { from: 22 * 60, to: 6 * 60 };

export interface AlertFigures {
  readonly alerts: number;
  /** Of them, open when the span began. */
  readonly openBefore: number;
  /** Of them, still open when the span ended. */
  readonly openAfter: number;
  /** Opened in the span between 22:00 and 06:00 of local time: how many somebody would have been woken by. */
  readonly atNight: number;
  readonly severities: Readonly<Record<Severity, number>>;
  readonly subjects: number;
  /** Of those that opened and ended in the span; null where none did. */
  readonly medianMs: number | null;
  readonly longestMs: number | null;
}

export interface SubjectFigures {
  readonly subject: string;
  readonly alerts: number;
  /** How long at least one of them was open in the span. */
  readonly openMs: number;
}

export function summarizeAlerts(
  alerts: readonly FoundAlert[],
  span: BacktestSpan,
  zone: string,
): AlertFigures {
  const opened = alerts.filter(({ openedAt }) => openedAt >= span.from);
  const durations = opened
    .flatMap(({ openedAt, clearedAt }) => (clearedAt === null ? [] : [clearedAt - openedAt]))
    .sort((a, b) => a - b);
  return {
    alerts: alerts.length,
    openBefore: alerts.length - opened.length,
    openAfter: alerts.filter(({ clearedAt }) => clearedAt === null).length,
    atNight: opened.filter(({ openedAt }) => isAtNight(openedAt, zone)).length,
    severities: Object.fromEntries(
      SEVERITIES.map((severity) => [severity, alerts.filter((one) => one.severity === severity).length]),
    ) as Record<Severity, number>,
    subjects: new Set(alerts.map(({ subject }) => subject)).size,
    medianMs: durations[durations.length >> 1] ?? null,
    longestMs: durations.at(-1) ?? null,
  };
}

/** Subjects with alerts, those with the most first. */
export function subjectsOf(alerts: readonly FoundAlert[], { from, to }: BacktestSpan): SubjectFigures[] {
  const ofSubjects = Map.groupBy(alerts, ({ subject }) => subject);
  return Array.from(ofSubjects, ([subject, some]) => {
    let openMs = 0;
    let until = from;
    for (const { openedAt, clearedAt } of some.toSorted((a, b) => a.openedAt - b.openedAt)) {
      const end = Math.min(clearedAt ?? to, to);
      openMs += Math.max(0, end - Math.max(openedAt, until));
      until = Math.max(until, end);
    }
    return { subject, alerts: some.length, openMs };
  }).sort((a, b) => b.alerts - a.alerts || b.openMs - a.openMs || a.subject.localeCompare(b.subject));
}

/** Some local days on which alerts opened and were open. */
export interface TimelineCell {
  readonly start: number;
  readonly opened: number;
  /** The share of the cell's time in which one at least was open, 0 to 1. */
  readonly share: number;
}

/** The span as cells of one local day each, or of several where there would be more than `most`. */
export function timelineOf(
  alerts: readonly FoundAlert[],
  { from, to }: BacktestSpan,
  zone: string,
  most: number,
): { readonly days: number; readonly cells: readonly TimelineCell[] } {
  const local = localTime(zone);
  const first = localDay(local, from);
  const count = localDay(local, to - 1) - first + 1;
  const days = Math.max(1, Math.ceil(count / most));
  const cells = Array.from({ length: Math.ceil(count / days) }, (_, i): TimelineCell => {
    const start = Math.max(from, startOfDay(local, first + i * days));
    const end = Math.min(to, startOfDay(local, first + (i + 1) * days));
    const [open] = subjectsOf(
      alerts.filter(({ openedAt, clearedAt }) => openedAt < end && (clearedAt ?? to) > start).map(asOne),
      { from: start, to: end },
    );
    return {
      start,
      opened: alerts.filter(({ openedAt }) => openedAt >= start && openedAt < end).length,
      share: (open?.openMs ?? 0) / (end - start),
    };
  });
  return { days, cells };
}

const asOne = (alert: FoundAlert): FoundAlert => ({ ...alert, subject: '' });

function isAtNight(time: number, zone: string): boolean {
  const local = localTime(zone);
  const midnight = localDay(local, time) * 86_400_000;
  const minute = Math.floor((time + local.offsetAt(time) - midnight) / MINUTE_MS);
  return minute >= NIGHT.from || minute < NIGHT.to;
}
