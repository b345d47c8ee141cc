import { type Comparison, Findings } from './comparison.ts';

/** Joins, status answers and logs are there once each, and nothing of it went to quarantine. */
export const EVENTS: Comparison = {
  name: 'events',
  async run({ knowledge, holdings }) {
    const findings = new Findings();
    const held = await holdings.events();
    const sent = { join: knowledge.joins, status: knowledge.statuses, log: knowledge.logs };
    for (const [kind, expected] of Object.entries(sent)) {
      const found = held.get(kind) ?? 0;
      findings.compared += expected;
      findings.figures[kind] = found;
      if (found <= expected && found >= expected - knowledge.eventsInDoubt) continue;
      findings.add({
        kind: 'event_count',
        what: kind,
        expected: `${expected}`,
        found: `${found}`,
        weight: 3,
      });
    }
    for (const { code, reason, devEui, messages } of await holdings.quarantine()) {
      findings.add({
        kind: 'quarantined',
        devEui,
        what: code,
        expected: 'no message in quarantine',
        found: `${messages}, such as: ${reason}`,
        weight: 7,
      });
    }
    return findings.result();
  },
};
