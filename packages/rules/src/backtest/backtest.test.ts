import { describe, expect, it } from 'vitest';
import { compileRule } from '../compiled-rule.ts';
import type { Fact } from '../device-watches.ts';
import { type DeviceRule, type Rule, rule as ruleSchema } from '../language/rule.ts';
import { Backtest, longerLead } from './backtest.ts';
import { compareAlerts } from './compare-alerts.ts';
import type { FoundAlert } from './found-alert.ts';
import { neededFacts } from './needed-facts.ts';
import { subjectsOf, summarizeAlerts, timelineOf } from './summarize-alerts.ts';

const HOUR_MS = 3_600_000;
const ZONE = 'Europe/Paris';
const PLACE = { zone: ZONE, position: null };
const at = (local: string) =>
  Temporal.PlainDateTime.from(local.replace(' ', 'T')).toZonedDateTime(ZONE).epochMilliseconds;
const local = (time: number | null) =>
  time === null
    ? null
    : Temporal.Instant.fromEpochMilliseconds(time)
        .toZonedDateTimeISO(ZONE)
        .toPlainDateTime()
        .toString({ smallestUnit: 'minute' })
        .replace('T', ' ');

const ruleOf = (told: object) =>
  compileRule(ruleSchema.parse({ name: 'leak', title: { en: 'Leak', fr: 'Fuite' }, ...told }) as DeviceRule, {
    isHoliday: () => false,
  });

/** A meter read each hour: nothing by night but for a leak, 30 litres an hour by day. */
function meter(from: string, to: string, leaks: readonly (readonly [string, string])[]): Fact[] {
  const facts: Fact[] = [];
  let value = 100;
  for (let time = at(from); time < at(to); time += HOUR_MS) {
    const hour = new Date(time).getUTCHours();
    facts.push({ kind: 'heard', time: time + 60_000 });
    facts.push({ kind: 'measurement', quantity: 'water_volume', channel: 0, time, value });
    const leaking = leaks.some(([begin, end]) => time >= at(begin) && time < at(end));
    value += (hour >= 5 && hour < 20 ? 0.03 : 0) + (leaking ? 0.02 : 0);
  }
  return facts;
}

const FLOW = { kind: 'continuous_flow', quantity: 'water_volume', over: '24h', above: 0.001 };
/** Devices of one street, under their names. */
function backtest(rules: readonly Rule[], devices: Readonly<Record<string, readonly Fact[]>>): FoundAlert[] {
  const made = new Backtest(rules, SPAN, () => false);
  for (const [devEui, facts] of Object.entries(devices)) {
    const device = { devEui, name: null, profile: null, medium: 'water', sites: [], tags: { street: 'Bac' } };
    if (made.isAbout(device)) made.take(device, PLACE, facts, made.leadFor(device));
  }
  return made.alerts();
}

const SPAN = { from: at('2026-03-10 00:00'), to: at('2026-04-01 00:00') };

describe('a backtest of a leak rule', () => {
  const rule = ruleOf(FLOW);
  const facts = meter('2026-02-20 00:00', '2026-04-05 00:00', [
    ['2026-03-05 00:00', '2026-03-11 06:00'],
    ['2026-03-15 00:00', '2026-03-18 00:00'],
    ['2026-03-30 00:00', '2026-04-04 00:00'],
  ]);
  const test = (told: readonly Fact[]) => backtest([rule.rule], { 'W-1': told });
  const alerts = test(facts);

  it('shows what was open before, what opened and ended, and what is still open', () => {
    expect(alerts.map(({ openedAt, clearedAt }) => [local(openedAt), local(clearedAt)])).toEqual([
      // The lead goes back two days and the time after which it would be another alert.
      ['2026-03-08 00:00', '2026-03-11 22:00'],
      ['2026-03-16 00:00', '2026-03-18 01:00'],
      ['2026-03-31 00:00', null],
    ]);
  });

  it('says how many, how long and how many at night', () => {
    expect(summarizeAlerts(alerts, SPAN, ZONE)).toEqual({
      alerts: 3,
      openBefore: 1,
      openAfter: 1,
      atNight: 2,
      severities: { info: 0, warning: 3, critical: 0 },
      subjects: 1,
      medianMs: 49 * HOUR_MS,
      longestMs: 49 * HOUR_MS,
    });
  });

  it('draws days: of the day on which the clocks go forward too', () => {
    const { days, cells } = timelineOf(alerts, SPAN, ZONE, 60);
    expect(days).toBe(1);
    expect(cells).toHaveLength(22);
    expect(cells.map(({ opened }) => opened)).toEqual(
      Array.from({ length: 22 }, (_, i) => (i === 6 || i === 21 ? 1 : 0)),
    );
    expect(cells.map(({ share }) => Math.round(share * 24))).toEqual([
      24, 22, 0, 0, 0, 0, 24, 24, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24,
    ]);
    expect(timelineOf(alerts, SPAN, ZONE, 10)).toMatchObject({ days: 3, cells: { length: 8 } });
  });

  it('counts time in which several were open once', () => {
    const [, second] = alerts;
    if (second === undefined) throw new Error('there are three');
    const [subject] = subjectsOf([second, { ...second, rule: 'other' }], SPAN);
    expect(subject).toEqual({ subject: 'W-1', alerts: 2, openMs: 49 * HOUR_MS });
  });

  it('is blind to what comes after the span', () => {
    const later = facts.filter(({ time }) => time < SPAN.to);
    expect(test(later)).toEqual(alerts);
  });
});

describe('a silence that began before the span', () => {
  it('is open when the span begins, though nothing was told in it', () => {
    const rule = ruleOf({ kind: 'absence', after: '6h' });
    const facts = meter('2026-02-20 00:00', '2026-03-09 12:00', []);
    const [alert, ...others] = backtest([rule.rule], { 'W-1': facts });
    expect(others).toEqual([]);
    expect(local(alert?.openedAt ?? null)).toBe('2026-03-09 17:01');
    expect(alert?.clearedAt).toBeNull();
  });
});

describe('many meters of a street at once', () => {
  const silent = ruleOf({ name: 'silent', kind: 'absence', after: '6h' });
  const street = ruleSchema.parse({
    name: 'street-silent',
    title: { en: 'Street', fr: 'Rue' },
    kind: 'many',
    of: ['silent'],
    by: 'street',
    atLeast: 3,
  });
  const until = (moment: string) => meter('2026-02-20 00:00', moment, []);

  it('are one alert more, of the group, for as long as enough of them are silent', () => {
    const back = meter('2026-03-12 00:00', '2026-04-01 00:00', []);
    const devices = {
      'W-1': [...until('2026-03-11 12:00'), ...back],
      'W-2': [...until('2026-03-11 12:00'), ...back],
      'W-3': [...until('2026-03-11 13:00'), ...back],
      'W-4': until('2026-04-01 00:00'),
    };
    const alerts = backtest([silent.rule, street], devices);
    expect(
      alerts.map(({ rule, subject, openedAt, clearedAt }) => [
        rule,
        subject,
        local(openedAt),
        local(clearedAt),
      ]),
    ).toEqual([
      ['silent', 'W-1', '2026-03-11 17:01', '2026-03-12 00:01'],
      ['silent', 'W-2', '2026-03-11 17:01', '2026-03-12 00:01'],
      ['silent', 'W-3', '2026-03-11 18:01', '2026-03-12 00:01'],
      ['street-silent', 'Bac', '2026-03-11 18:01', '2026-03-12 00:01'],
    ]);
  });

  it('are none where two are silent, or where the rule is not enabled', () => {
    const two = { 'W-1': until('2026-03-11 12:00'), 'W-2': until('2026-03-11 12:00') };
    expect(backtest([silent.rule, street], two).map(({ rule }) => rule)).toEqual(['silent', 'silent']);
    const three = { ...two, 'W-3': until('2026-03-11 12:00') };
    const disabled = { ...street, enabled: false };
    expect(backtest([silent.rule, disabled], three).map(({ rule }) => rule)).not.toContain('street-silent');
  });
});

it('two sets of rules begin at one moment, the earlier one, and remember what both need', () => {
  const day = 24 * HOUR_MS;
  expect(
    longerLead({ evaluateMs: 2 * day, rememberMs: 30 * day }, { evaluateMs: 5 * day, rememberMs: 6 * day }),
  ).toEqual({
    evaluateMs: 5 * day,
    rememberMs: 33 * day,
  });
});

describe('one version of a rule against another', () => {
  const found = (openedAt: string, clearedAt: string | null, more: Partial<FoundAlert> = {}): FoundAlert => ({
    rule: 'leak',
    subject: 'W-1',
    from: at(openedAt),
    openedAt: at(openedAt),
    clearedAt: clearedAt === null ? null : at(clearedAt),
    severity: 'warning',
    worst: null,
    pauses: [],
    ...more,
  });
  const [first, second, third] = [
    found('2026-03-10 00:00', '2026-03-11 00:00'),
    found('2026-03-15 00:00', '2026-03-16 00:00'),
    found('2026-03-20 00:00', null),
  ];

  it('is what is added, gone, changed, and what stays', () => {
    const later = found('2026-03-15 06:00', '2026-03-16 00:00');
    const worse = { ...third, severity: 'critical' as const };
    const elsewhere = found('2026-03-10 00:00', '2026-03-11 00:00', { subject: 'W-2' });
    expect(compareAlerts([first, second, third], [later, worse, elsewhere])).toEqual({
      added: [elsewhere],
      gone: [first],
      changed: [
        { before: second, after: later },
        { before: third, after: worse },
      ],
      unchanged: 0,
    });
    expect(compareAlerts([first, second], [first, second])).toEqual({
      added: [],
      gone: [],
      changed: [],
      unchanged: 2,
    });
  });

  it('two that become one: one changes, the other is gone', () => {
    const whole = found('2026-03-10 00:00', '2026-03-16 00:00');
    const { changed, gone, added } = compareAlerts([first, second], [whole]);
    expect([changed.length, gone, added]).toEqual([1, [second], []]);
  });
});

it('needs what the rules look at, and nothing else', () => {
  const rules = [
    FLOW,
    { kind: 'absence' },
    { kind: 'events', event: 'join', over: '1h', above: 3 },
    { kind: 'expression', expression: 'light_command > 0.0 && active_power_2 < 5.0', given: 'voltage > 1.0' },
    { kind: 'many', of: ['leak'], by: 'street' },
  ].map((told) => ruleSchema.parse({ name: 'a', title: { en: 'a', fr: 'a' }, ...told }));
  expect(neededFacts(rules)).toEqual({
    quantities: ['active_power', 'light_command', 'voltage', 'water_volume'],
    events: ['join'],
  });
});
