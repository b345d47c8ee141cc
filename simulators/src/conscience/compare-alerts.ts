import { ALERT_EXPECTATIONS } from './alert-expectations.ts';
import { alertTruth } from './alert-truth.ts';
import { type Comparison, Findings } from './comparison.ts';
import { judgeAlerts } from './judge-alerts.ts';

/** What befalls a device later than this before the end cannot be asked of a rule that looks at nights. */
const LAST_MS = 4 * 86_400_000;

/**
 * What the shipped rules raised against what really happened, kind by kind of fault. A rule may miss a fault
 * and be sound, so figures are told, and differ only where the scenario expects better (`expect.recall`,
 * `expect.precision`).
 */
export const ALERTS: Comparison = {
  name: 'alerts',
  async run({ plan, source, knowledge, holdings }) {
    const findings = new Findings();
    const untilMs = Math.min(plan.untilMs, knowledge.lastAtMs + 1);
    const alerts = ((await holdings.alerts?.()) ?? []).filter(({ openedAt }) => openedAt < untilMs);
    const { scores } = judgeAlerts(alerts, alertTruth(source.city), ALERT_EXPECTATIONS, untilMs, LAST_MS);
    for (const {
      kind,
      faults,
      found,
      recall,
      alerts: own,
      unexplained,
      precision,
      hoursToDetection,
    } of scores) {
      if (faults + own === 0) continue;
      findings.compared += faults + own;
      findings.count(`${kind}: faults`, faults);
      findings.count(`${kind}: found`, found);
      findings.count(`${kind}: alerts`, own);
      findings.count(`${kind}: unexplained`, unexplained);
      if (hoursToDetection !== null) findings.count(`${kind}: hours to detection`, hoursToDetection.median);
      const expect = (what: 'recall' | 'precision', least: number | undefined, is: number | null) => {
        if (least === undefined || is === null || is >= least) return;
        findings.add({
          kind: 'expectation_missed',
          what: `${what} of ${kind}`,
          expected: `${least}`,
          found: `${is.toFixed(3)} (${what === 'recall' ? `${found} of ${faults} found` : `${unexplained} of ${own} unexplained`})`,
          weight: 3,
        });
      };
      expect('recall', plan.expect.recall, recall);
      expect('precision', plan.expect.precision, precision);
    }
    return findings.result();
  },
};
