import {
  type AlertDifference,
  type AlertFigures,
  Backtest,
  type BacktestSpan,
  compareAlerts,
  type FoundAlert,
  type IsHoliday,
  neededFacts,
  type Rule,
  type SubjectFigures,
  subjectsOf,
  summarizeAlerts,
} from '@veilleur/rules';
import type { Pool } from '@veilleur/store';
import type { Output } from './output.ts';
import { type HistoryScope, tellHistory } from './rules-history.ts';

export interface BacktestRequest {
  readonly rules: readonly Rule[];
  /** What they are compared with; null: nothing. */
  readonly against: readonly Rule[] | null;
  readonly span: BacktestSpan;
  readonly scope: HistoryScope;
  readonly cityZone: string;
  readonly isHoliday: IsHoliday;
}

export interface BacktestReport {
  readonly span: BacktestSpan;
  readonly timeZone: string;
  /** How many devices the rules choose. */
  readonly devices: number;
  readonly total: AlertFigures;
  readonly rules: readonly (AlertFigures & { readonly rule: string })[];
  readonly subjects: readonly SubjectFigures[];
  readonly alerts: readonly FoundAlert[];
  readonly difference: AlertDifference | null;
  /** Of subjects that are devices, where they have one. */
  readonly names: ReadonlyMap<string, string>;
}

/** Runs rules over what is stored: what they would have raised. */
export async function runBacktest(
  pool: Pool,
  { rules, against, span, scope, cityZone, isHoliday }: BacktestRequest,
  output: Output,
): Promise<BacktestReport> {
  const backtest = new Backtest(rules, span, isHoliday);
  const other = against === null ? null : new Backtest(against, span, isHoliday);
  const devices = await tellHistory(
    pool,
    other === null ? [backtest] : [backtest, other],
    { span, scope, needed: neededFacts([...rules, ...(against ?? [])]), cityZone },
    output,
  );
  const alerts = backtest.alerts();
  const ofRule = Map.groupBy(alerts, ({ rule }) => rule);
  return {
    span,
    timeZone: cityZone,
    devices: devices.length,
    total: summarizeAlerts(alerts, span, cityZone),
    rules: rules
      .filter(({ enabled }) => enabled)
      .map(({ name }) => ({ rule: name, ...summarizeAlerts(ofRule.get(name) ?? [], span, cityZone) })),
    subjects: subjectsOf(alerts, span),
    alerts,
    difference: other === null ? null : compareAlerts(other.alerts(), alerts),
    names: new Map(devices.flatMap(({ devEui, name }) => (name === null ? [] : [[devEui, name]]))),
  };
}

/** For programs: times as text. */
export function backtestAsJson(report: BacktestReport): unknown {
  const { span, names, alerts, difference, subjects, ...rest } = report;
  const at = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  const shown = ({ from, openedAt, clearedAt, worst, pauses, ...alert }: FoundAlert) => ({
    ...alert,
    device: names.get(alert.subject) ?? null,
    beganAt: at(from),
    openedAt: at(openedAt),
    clearedAt: at(clearedAt),
    worst: worst?.value ?? null,
    worstAt: at(worst?.at ?? null),
    pauses: pauses.map((pause) => ({ clearedAt: at(pause.clearedAt), reopenedAt: at(pause.reopenedAt) })),
  });
  return {
    from: at(span.from),
    to: at(span.to),
    ...rest,
    subjects: subjects.map((one) => ({ ...one, device: names.get(one.subject) ?? null })),
    alerts: alerts.map(shown),
    difference:
      difference === null
        ? null
        : {
            added: difference.added.map(shown),
            gone: difference.gone.map(shown),
            changed: difference.changed.map(({ before, after }) => ({
              before: shown(before),
              after: shown(after),
            })),
            unchanged: difference.unchanged,
          },
  };
}
