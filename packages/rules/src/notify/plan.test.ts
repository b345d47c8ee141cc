import { describe, expect, test } from 'vitest';
import { type Rule, rule as ruleSchema, type Severity } from '../language/rule.ts';
import { GATEWAY_RULE, type KnownAlert } from './known-alert.ts';
import type { Silence } from './matching.ts';
import { planNotifications } from './plan.ts';
import type { NotifySettings, Route } from './settings.ts';
import type { ToldNotification } from './told.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The clocks of Paris, as `2026-03-28 14:00`. */
const paris = (local: string) =>
  Temporal.PlainDateTime.from(local.replace(' ', 'T')).toZonedDateTime('Europe/Paris').epochMilliseconds;

const title = (name: string) => ({ en: name, fr: name });
const RULES: readonly Rule[] = [
  {
    name: 'leak',
    kind: 'continuous_flow',
    quantity: 'water_volume',
    over: '24h',
    above: 0.01,
    inhibitedBy: ['burst'],
  },
  { name: 'burst', kind: 'rate', quantity: 'water_volume', above: 5, severity: 'critical' },
  { name: 'silent', kind: 'absence', after: '3h' },
  { name: 'dark', kind: 'value', quantity: 'active_power', below: 5, groupBy: 'street' },
  { name: 'outage', kind: 'many', of: ['silent'], by: 'cabinet', atLeast: 5, severity: 'critical' },
].map((rule) => ruleSchema.parse({ title: title(rule.name), ...rule }));

const ROUTES: readonly Route[] = [{ name: 'all', match: {}, to: ['mail'], escalate: [] }];

/** A city's alerts and outbox, on which plans are carried out as the store would. */
class City {
  now: number;
  readonly alerts = new Map<number, KnownAlert>();
  readonly outbox: (ToldNotification & { readonly subject: string; readonly text: string })[] = [];
  readonly hidden = new Map<string, string>();
  readonly lastHeardBy = new Map<string, readonly string[]>();
  silences: Silence[] = [];
  escalations = 0;
  #steps: { id: number; alertId: number; kind: string; recordedAt: number }[] = [];
  #nextStep = 1;
  readonly #settings: NotifySettings;

  constructor(now: string, more: Partial<NotifySettings> = {}) {
    this.now = paris(now);
    this.#settings = {
      groupWaitMs: 30_000,
      settleMs: HOUR,
      timeZone: 'Europe/Paris',
      channels: ['mail', 'sms', 'chief'].map((name) => ({ name, language: 'en' })),
      routes: ROUTES,
      ...more,
    };
  }

  raise(
    rule: string,
    device: string,
    { severity = 'warning', tags = {} }: { severity?: Severity; tags?: Record<string, string> } = {},
  ): number {
    const id = this.alerts.size + 1;
    const isDevice = !device.startsWith('group ') && !device.startsWith('gateway ');
    this.alerts.set(id, {
      id,
      rule,
      subject: device.replace('group ', ''),
      severity,
      beganAt: this.now - HOUR,
      openedAt: this.now,
      clearedAt: null,
      withdrawnAt: null,
      acknowledgedAt: null,
      worst: null,
      device: isDevice ? { devEui: device, name: null, profile: null, medium: null, sites: [], tags } : null,
    });
    this.step(id, 'raised');
    return id;
  }

  step(alertId: number, kind: string, change: Partial<KnownAlert> = {}): void {
    const alert = this.alerts.get(alertId);
    if (alert !== undefined) this.alerts.set(alertId, { ...alert, ...change });
    this.#steps.push({ id: this.#nextStep, alertId, kind, recordedAt: this.now });
    this.#nextStep += 1;
  }

  clear = (id: number) => this.step(id, 'cleared', { clearedAt: this.now });
  acknowledge = (id: number) => this.step(id, 'acknowledged', { acknowledgedAt: this.now });

  /** Lets time pass, and plans as often as the service would. */
  after(ms: number): string[] {
    const before = this.outbox.length;
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, this.now + (ms > 12 * HOUR ? MINUTE : 5000));
      this.#plan();
    }
    return this.outbox.slice(before).map(({ channel, kind, subject }) => `${channel}: ${kind} ${subject}`);
  }

  #plan(): void {
    const made = planNotifications({
      steps: this.#steps,
      alerts: [...this.alerts.values()],
      rules: new Map(RULES.map((rule) => [rule.name, rule])),
      told: this.outbox,
      silences: this.silences,
      lastHeardBy: this.lastHeardBy,
      settings: this.#settings,
      now: this.now,
    });
    const decided = new Set(made.decided.map(({ stepId }) => stepId));
    for (const { stepId, hidden } of [...made.decided, ...made.held]) {
      const step = this.#steps.find(({ id }) => id === stepId);
      const name = `${step?.alertId} ${step?.kind}`;
      if (hidden === null) this.hidden.delete(name);
      else this.hidden.set(name, hidden);
    }
    this.#steps = this.#steps.filter(({ id }) => !decided.has(id));
    for (const { id, kind, alertIds, body } of made.rewritten) {
      const at = this.outbox.findIndex((one) => one.id === id);
      const old = this.outbox[at];
      if (old !== undefined) this.outbox[at] = { ...old, kind, alertIds, ...body };
    }
    for (const id of made.takenBack) {
      this.outbox.splice(
        this.outbox.findIndex((one) => one.id === id),
        1,
      );
    }
    for (const { body, ...planned } of made.notifications) {
      expect(this.outbox.map(({ key }) => key)).not.toContain(planned.key);
      this.outbox.push({
        ...planned,
        ...body,
        id: (this.outbox.at(-1)?.id ?? 0) + 1,
        plannedAt: this.now,
        severity: body.message.severity,
        message: planned.notBefore > this.now ? body.message : null,
        isDead: false,
      });
    }
    this.escalations += made.escalations.length;
  }
}

describe('an alert', () => {
  test('is told once, after the wait for what explains it, and its end to the same', () => {
    const city = new City('2026-03-10 10:00');
    const id = city.raise('leak', 'm1');
    expect(city.after(25_000)).toEqual([]);
    expect(city.after(5000)).toEqual(['mail: raised [Warning] Leak - m1']);
    expect(city.after(HOUR)).toEqual([]);
    city.clear(id);
    expect(city.after(HOUR)).toEqual(['mail: cleared [Warning] Over: leak - m1']);
  });

  test('that was over before it could be told is told to nobody, nor is its end', () => {
    const city = new City('2026-03-10 10:00');
    const id = city.raise('leak', 'm1');
    city.after(10_000);
    city.clear(id);
    expect(city.after(HOUR)).toEqual([]);
    expect(Object.fromEntries(city.hidden)).toEqual({ '1 raised': 'over', '1 cleared': 'nobody was told' });
  });

  test('that is withdrawn is taken back from those who were told', () => {
    const city = new City('2026-03-10 10:00');
    const id = city.raise('leak', 'm1');
    city.after(MINUTE);
    city.step(id, 'withdrawn', { withdrawnAt: city.now });
    expect(city.after(MINUTE)).toEqual(['mail: withdrawn [Warning] Withdrawn: leak - m1']);
    expect(city.outbox.at(-1)?.text).toContain('it never was');
  });

  test('that no route fits concerns nobody, and says so', () => {
    const city = new City('2026-03-10 10:00', {
      routes: [{ name: 'critical', match: { severities: ['critical'] }, to: ['sms'], escalate: [] }],
    });
    city.raise('leak', 'm1');
    expect(city.after(HOUR)).toEqual([]);
    expect(city.hidden.get('1 raised')).toBe('no route');
  });

  test('that grows worse reaches those of the worse too, and its end both of them and nobody else', () => {
    const city = new City('2026-03-10 10:00', {
      routes: [
        ...ROUTES,
        { name: 'critical', match: { severities: ['critical'] }, to: ['sms'], escalate: [] },
        { name: 'other', match: { rules: ['dark'] }, to: ['chief'], escalate: [] },
      ],
    });
    const id = city.raise('leak', 'm1');
    city.after(MINUTE);
    city.step(id, 'worsened', { severity: 'critical' });
    expect(city.after(MINUTE)).toEqual([
      'mail: worsened [CRITICAL] Worse: leak - m1',
      'sms: raised [CRITICAL] Leak - m1',
    ]);
    city.clear(id);
    expect(city.after(MINUTE)).toEqual([
      'mail: cleared [CRITICAL] Over: leak - m1',
      'sms: cleared [CRITICAL] Over: leak - m1',
    ]);
  });

  test('that begins again is told as that; a pause that nobody heard of is not', () => {
    const city = new City('2026-03-10 10:00');
    const id = city.raise('leak', 'm1');
    city.after(MINUTE);
    city.clear(id);
    city.after(10_000);
    city.step(id, 'reopened', { clearedAt: null });
    expect(city.after(HOUR)).toEqual([]);
    city.clear(id);
    city.after(MINUTE);
    city.step(id, 'reopened', { clearedAt: null });
    expect(city.after(MINUTE)).toEqual(['mail: reopened [Warning] Again: leak - m1']);
  });

  test('whose message was given up is not told as over by those who never heard of it', () => {
    const city = new City('2026-03-10 10:00');
    const id = city.raise('leak', 'm1');
    city.after(MINUTE);
    city.outbox.splice(0, 1, { ...city.outbox[0], isDead: true } as (typeof city.outbox)[0]);
    city.clear(id);
    expect(city.after(MINUTE)).toEqual([]);
  });
});

describe('what another alert explains', () => {
  test('fifty lamps of one cabinet: one alert', () => {
    const city = new City('2026-03-10 23:00');
    const lamps = Array.from({ length: 50 }, (_, i) =>
      city.raise('silent', `lamp${i}`, { tags: { cabinet: 'A12' } }),
    );
    const group = city.raise('outage', 'group A12', { severity: 'critical' });
    expect(city.after(6 * HOUR)).toEqual(['mail: raised [CRITICAL] Outage - A12']);
    expect(city.hidden.get('1 raised')).toBe(`part of alert ${group}`);
    for (const id of lamps.slice(1)) city.clear(id);
    city.clear(group);
    expect(city.after(59 * MINUTE)).toEqual(['mail: cleared [CRITICAL] Over: outage - A12']);
    // The one that stays dark is news an hour later.
    expect(city.after(2 * MINUTE)).toEqual(['mail: raised [Warning] Silent - lamp0']);
  });

  test('a lamp of another cabinet is no part of it', () => {
    const city = new City('2026-03-10 23:00');
    city.raise('outage', 'group A12', { severity: 'critical' });
    city.raise('silent', 'lamp', { tags: { cabinet: 'B7' } });
    expect(city.after(MINUTE)).toHaveLength(2);
  });

  test('a gateway that is down hides the silence of what only it heard, and of nothing else', () => {
    const city = new City('2026-03-10 12:00');
    city.lastHeardBy.set('far', ['church']);
    city.lastHeardBy.set('near', ['church', 'school']);
    const gateway = city.raise(GATEWAY_RULE, 'gateway church', { severity: 'critical' });
    city.raise('silent', 'far');
    city.raise('silent', 'near');
    city.raise('leak', 'far');
    expect(city.after(6 * HOUR).sort()).toEqual([
      'mail: raised [CRITICAL] Gateway silent - gateway church',
      'mail: raised [Warning] Leak - far',
      'mail: raised [Warning] Silent - near',
    ]);
    // It is back, and its devices have an hour to report.
    city.clear(gateway);
    expect(city.after(59 * MINUTE)).toHaveLength(1);
    expect(city.after(2 * MINUTE)).toEqual(['mail: raised [Warning] Silent - far']);
  });

  test('a cabinet whose lamps are silent for a gateway that is down is no news either', () => {
    const city = new City('2026-03-10 12:00');
    city.raise(GATEWAY_RULE, 'gateway church', { severity: 'critical' });
    for (let i = 0; i < 6; i += 1) {
      city.lastHeardBy.set(`lamp${i}`, ['church']);
      city.raise('silent', `lamp${i}`, { tags: { cabinet: 'A12' } });
    }
    city.raise('outage', 'group A12', { severity: 'critical' });
    expect(city.after(HOUR)).toEqual(['mail: raised [CRITICAL] Gateway silent - gateway church']);
  });

  test('a burst hides the leak that it is, on its own meter', () => {
    const city = new City('2026-03-10 12:00');
    city.raise('leak', 'm1');
    city.raise('leak', 'm2');
    const burst = city.raise('burst', 'm1', { severity: 'critical' });
    expect(city.after(HOUR)).toEqual([
      'mail: raised [Warning] Leak - m2',
      'mail: raised [CRITICAL] Burst - m1',
    ]);
    expect(city.hidden.get('1 raised')).toBe(`inhibited by alert ${burst}`);
  });
});

describe('a silence', () => {
  const silence = (from: string, to: string, matching: Silence['matching']): Silence => ({
    id: 4,
    kind: 'silence',
    from: paris(from),
    to: paris(to),
    matching,
  });

  test('holds news back while it lasts; what is still so afterwards is told then', () => {
    const city = new City('2026-03-10 12:00');
    city.silences = [
      silence('2026-03-10 11:00', '2026-03-10 14:00', { tags: { street: ['lilas', 'roses'] } }),
    ];
    const brief = city.raise('leak', 'm1', { tags: { street: 'lilas' } });
    city.raise('leak', 'm2', { tags: { street: 'roses' } });
    city.raise('leak', 'm3', { tags: { street: 'iris' } });
    expect(city.after(HOUR)).toEqual(['mail: raised [Warning] Leak - m3']);
    expect(city.hidden.get('1 raised')).toBe('silence 4');
    city.clear(brief);
    expect(city.after(HOUR)).toEqual(['mail: raised [Warning] Leak - m2']);
  });

  test('that begins later lets the end of what was told through', () => {
    const city = new City('2026-03-10 12:00');
    const id = city.raise('leak', 'm1');
    city.after(MINUTE);
    city.silences = [silence('2026-03-10 12:01', '2026-03-10 18:00', {})];
    city.clear(id);
    expect(city.after(MINUTE)).toEqual(['mail: cleared [Warning] Over: leak - m1']);
  });
});

describe('quiet hours', () => {
  const quiet: Partial<NotifySettings> = {
    channels: [{ name: 'mail', language: 'en', quietHours: { between: ['22:00', '07:00'] } }],
  };

  test('a warning waits for the morning, what is critical does not', () => {
    const city = new City('2026-03-10 23:00', quiet);
    city.raise('leak', 'm1');
    city.raise('burst', 'm2', { severity: 'critical' });
    city.after(MINUTE);
    expect(city.outbox.map(({ subject, notBefore }) => [subject, notBefore])).toEqual([
      ['[Warning] Leak - m1', paris('2026-03-11 07:00')],
      ['[CRITICAL] Burst - m2', paris('2026-03-10 23:00') + 30_000],
    ]);
  });

  test('what came and went in the night is one message in the morning', () => {
    const city = new City('2026-03-10 23:00', quiet);
    const id = city.raise('leak', 'm1');
    city.after(2 * HOUR);
    city.clear(id);
    city.after(MINUTE);
    expect(city.outbox).toMatchObject([
      { kind: 'over', subject: '[Warning] Came and went: leak - m1', notBefore: paris('2026-03-11 07:00') },
    ]);
  });

  const morning = paris('2026-03-11 07:00');
  /** What stands in the outbox: `now` or `morning`, and what it says. */
  const outboxOf = (city: City) =>
    city.outbox.map(
      ({ notBefore, kind, subject }) => `${notBefore === morning ? 'morning' : 'now'}: ${kind} ${subject}`,
    );

  test('a warning that waits and becomes critical is told at once, and once', () => {
    const city = new City('2026-03-10 23:00', quiet);
    const id = city.raise('leak', 'm1');
    city.after(HOUR);
    expect(outboxOf(city)).toEqual(['morning: raised [Warning] Leak - m1']);
    city.step(id, 'worsened', { severity: 'critical' });
    city.after(MINUTE);
    expect(outboxOf(city)).toEqual(['now: raised [CRITICAL] Leak - m1']);
    city.clear(id);
    city.after(MINUTE);
    expect(outboxOf(city)).toEqual([
      'now: raised [CRITICAL] Leak - m1',
      'now: cleared [CRITICAL] Over: leak - m1',
    ]);
  });

  test('one that was told before the night, and got worse in it twice, is told as worse', () => {
    const city = new City('2026-03-10 21:00', quiet);
    const id = city.raise('leak', 'm1', { severity: 'info' });
    city.after(2 * HOUR);
    city.step(id, 'worsened', { severity: 'warning' });
    city.after(HOUR);
    city.step(id, 'worsened', { severity: 'critical' });
    city.after(HOUR);
    expect(outboxOf(city)).toEqual([
      'now: raised [Info] Leak - m1',
      'now: worsened [CRITICAL] Worse: leak - m1',
    ]);
  });

  test('of several that wait in one message those that do not become critical go on waiting', () => {
    const city = new City('2026-03-10 23:00', quiet);
    const [a = 0, , c = 0] = ['a', 'b', 'c'].map((lamp) =>
      city.raise('dark', lamp, { tags: { street: 'lilas' } }),
    );
    city.after(HOUR);
    expect(outboxOf(city)).toEqual(['morning: raised [Warning] Dark - lilas, 3 devices']);
    city.step(a, 'worsened', { severity: 'critical' });
    city.after(HOUR);
    city.step(c, 'worsened', { severity: 'critical' });
    city.after(HOUR);
    expect(outboxOf(city)).toEqual([
      'morning: raised [Warning] Dark - b',
      'now: raised [CRITICAL] Dark - a',
      'now: raised [CRITICAL] Dark - c',
    ]);
    city.clear(a);
    city.after(HOUR);
    expect(outboxOf(city).at(-1)).toBe('now: cleared [CRITICAL] Over: dark - a');
    expect(city.outbox[0]?.alertIds).toEqual([2]);
  });
});

describe('escalation', () => {
  const escalating: Partial<NotifySettings> = {
    routes: [
      {
        name: 'all',
        match: {},
        to: ['mail'],
        escalate: [
          { afterMs: 30 * MINUTE, to: ['sms'] },
          { afterMs: 2 * HOUR, to: ['chief', 'sms'] },
        ],
      },
    ],
  };

  test('goes further step by step, each once, while nobody takes it up', () => {
    const city = new City('2026-03-10 12:00', escalating);
    const id = city.raise('leak', 'm1');
    expect(city.after(30 * MINUTE)).toEqual(['mail: raised [Warning] Leak - m1']);
    expect(city.after(MINUTE)).toEqual(['sms: escalated [Warning] Nobody has taken it up: leak - m1']);
    expect(city.after(89 * MINUTE)).toEqual([]);
    expect(city.after(10 * HOUR)).toEqual([
      'chief: escalated [Warning] Nobody has taken it up: leak - m1',
      'sms: escalated [Warning] Nobody has taken it up: leak - m1',
    ]);
    expect(city.escalations).toBe(2);
    city.clear(id);
    expect(city.after(MINUTE).map((line) => line.split(' ', 2).join(' '))).toEqual([
      'mail: cleared',
      'sms: cleared',
      'chief: cleared',
    ]);
  });

  test('ends where somebody takes it up, or it is over', () => {
    const city = new City('2026-03-10 12:00', escalating);
    const acknowledged = city.raise('leak', 'm1');
    const over = city.raise('leak', 'm2');
    city.after(10 * MINUTE);
    city.acknowledge(acknowledged);
    city.clear(over);
    city.after(HOUR * 5);
    expect(city.outbox.filter(({ kind }) => kind === 'escalated')).toEqual([]);
  });

  test('begins anew for what was taken up, and then got worse', () => {
    const city = new City('2026-03-10 12:00', escalating);
    const id = city.raise('leak', 'm1');
    city.after(MINUTE);
    city.acknowledge(id);
    expect(city.after(5 * HOUR)).toEqual([]);
    city.step(id, 'worsened', { severity: 'critical', acknowledgedAt: null, seenAnewAt: city.now });
    expect(city.after(29 * MINUTE)).toEqual(['mail: worsened [CRITICAL] Worse: leak - m1']);
    expect(city.after(2 * MINUTE)).toEqual(['sms: escalated [CRITICAL] Nobody has taken it up: leak - m1']);
  });

  test('counts from the morning for what waited for it, and goes on though the first message was given up', () => {
    const city = new City('2026-03-10 23:00', {
      ...escalating,
      channels: [
        { name: 'mail', language: 'en', quietHours: { between: ['22:00', '07:00'] } },
        { name: 'sms', language: 'en' },
      ],
    });
    city.raise('leak', 'm1');
    city.after(8 * HOUR);
    expect(city.outbox).toHaveLength(1);
    city.outbox.splice(0, 1, { ...city.outbox[0], isDead: true } as (typeof city.outbox)[0]);
    city.now = paris('2026-03-11 07:29');
    expect(city.after(50_000)).toEqual([]);
    expect(city.after(15_000)).toEqual(['sms: escalated [Warning] Nobody has taken it up: leak - m1']);
  });

  test('does not wait for a first message that is tried again and again', () => {
    const city = new City('2026-03-10 12:00', escalating);
    city.raise('leak', 'm1');
    city.after(MINUTE);
    // Each attempt puts the message off.
    for (let minute = 1; minute < 30; minute += 5) {
      const [first] = city.outbox;
      if (first !== undefined) city.outbox[0] = { ...first, notBefore: city.now + 15 * MINUTE };
      expect(city.after(5 * MINUTE)).toEqual(
        minute < 26 ? [] : ['sms: escalated [Warning] Nobody has taken it up: leak - m1'],
      );
    }
  });
});

describe('what belongs together', () => {
  test('alerts of one street are one message, where the rule groups by it', () => {
    const city = new City('2026-03-10 12:00');
    for (const [lamp, street] of [
      ['a', 'lilas'],
      ['b', 'lilas'],
      ['c', 'roses'],
    ] as const) {
      city.raise('dark', lamp, { tags: { street } });
    }
    expect(city.after(MINUTE)).toEqual([
      'mail: raised [Warning] Dark - lilas, 2 devices',
      'mail: raised [Warning] Dark - c',
    ]);
  });

  test('a whole city that falls silent at once is one message for each thousand devices', () => {
    const city = new City('2026-03-10 12:00');
    for (let i = 0; i < 2500; i += 1) city.raise('silent', `m${i}`);
    expect(city.after(30_000)).toEqual([
      'mail: raised [Warning] Silent - 1000 devices',
      'mail: raised [Warning] Silent - 1000 devices',
      'mail: raised [Warning] Silent - 500 devices',
    ]);
    expect(city.outbox[0]?.text.split('\n').length).toBeLessThan(60);
  });

  test('one that falls silent device by device is no more than eleven messages in five minutes', () => {
    const city = new City('2026-03-10 12:00');
    const lines: string[] = [];
    for (let i = 0; i < 360; i += 1) {
      city.raise('silent', `m${i}`);
      lines.push(...city.after(5000));
    }
    lines.push(...city.after(HOUR));
    expect(lines.length).toBeLessThanOrEqual(11 * 7);
    expect(city.outbox.flatMap(({ alertIds }) => alertIds)).toHaveLength(360);
  });
});
