import { describe, expect, test } from 'vitest';
import { ruleSchema } from '../index.ts';
import { type DigestAlert, dueDigest, planDigest } from './digest.ts';
import type { Route } from './settings.ts';

const ZONE = 'Europe/Paris';
const HOUR = 3_600_000;
const utc = (text: string) => Date.parse(`2026-${text.replace(' ', 'T')}:00Z`);

const RULES = new Map(
  [
    {
      name: 'leak',
      title: { en: 'Leak', fr: 'Fuite' },
      kind: 'continuous_flow',
      quantity: 'water_volume',
      over: '24h',
    },
    { name: 'hot', title: { en: 'Too hot', fr: 'Trop chaud' }, kind: 'value', quantity: 'temperature' },
  ].map((rule) => [rule.name, ruleSchema.parse({ ...rule, above: 0.01 })]),
);

const alert = (id: number, told: Partial<DigestAlert>): DigestAlert => ({
  id,
  rule: 'leak',
  subject: `m${id}`,
  severity: 'warning',
  beganAt: utc('03-10 01:00'),
  openedAt: utc('03-10 02:00'),
  clearedAt: null,
  withdrawnAt: null,
  acknowledgedAt: null,
  worst: null,
  device: null,
  knownAt: utc('03-10 02:00'),
  endKnownAt: null,
  ...told,
});

const digestOf = (
  alerts: readonly DigestAlert[],
  language: 'en' | 'fr' = 'en',
  routes: readonly Route[] = [],
) => {
  const span = dueDigest('07:00', utc('03-10 06:00'), ZONE);
  if (span === null) throw new Error('a digest is due at seven');
  return planDigest({ name: 'mail', language }, span, alerts, { rules: RULES, routes, timeZone: ZONE });
};

describe('a digest is due', () => {
  test('at its local hour, once a day, and not so late that it is no morning any more', () => {
    expect(dueDigest('07:00', utc('03-10 05:59'), ZONE)).toBeNull();
    const due = { day: '2026-03-10', from: utc('03-09 06:00'), to: utc('03-10 06:00') };
    expect(dueDigest('07:00', utc('03-10 06:00'), ZONE)).toEqual(due);
    expect(dueDigest('07:00', utc('03-10 10:00'), ZONE), 'after an outage').toEqual(due);
    expect(dueDigest('07:00', utc('03-10 10:01'), ZONE)).toBeNull();
    expect(dueDigest('23:00', utc('03-11 00:30'), ZONE), 'over midnight').toMatchObject({
      day: '2026-03-10',
    });
  });

  test('over a day of 23 hours, and over one of 25', () => {
    for (const [now, hours] of [
      ['03-29 05:00', 23],
      ['10-25 06:00', 25],
    ] as const) {
      const due = dueDigest('07:00', utc(now), ZONE);
      expect(due).toMatchObject({ to: utc(now) });
      expect(((due?.to ?? 0) - (due?.from ?? 0)) / HOUR).toBe(hours);
    }
  });
});

describe('a digest', () => {
  const since = { knownAt: utc('03-01 02:00'), beganAt: utc('03-01 01:00') };
  const over = { clearedAt: utc('03-10 03:00'), endKnownAt: utc('03-10 03:05') };
  const ALERTS = [
    alert(1, { ...since, severity: 'critical' }),
    alert(2, { worst: 0.24 }),
    alert(3, { ...since, ...over, rule: 'hot' }),
    alert(4, over),
    alert(5, { knownAt: utc('03-10 06:30') }),
    alert(6, { withdrawnAt: utc('03-10 04:00') }),
    alert(7, { ...since, clearedAt: utc('03-08 03:00'), endKnownAt: utc('03-08 03:05') }),
  ];

  test('says what is new, what is over and what goes on, in the language of the channel', () => {
    const { key, body } = digestOf(ALERTS);
    expect(key).toBe('mail/digest/2026-03-10');
    expect(body.digest).toMatchObject({ open: [1, 2], opened: [2, 4], cleared: [3, 4] });
    expect(body.text).toBe(`Alerts until 10/03/2026 07:00: 2 open, 2 new, 2 over

New in the last day (2)
- #2 [Warning] Leak - m2: since 10/03/2026 02:00, 0.24 m³/h
- #4 [Warning] Leak - m4: from 10/03/2026 02:00 to 10/03/2026 04:00 (2 h)

Over in the last day (2)
- #3 [Warning] Too hot - m3: from 01/03/2026 02:00 to 10/03/2026 04:00 (9 d 2 h)
- #4 [Warning] Leak - m4: from 10/03/2026 02:00 to 10/03/2026 04:00 (2 h)

Open before, and still (1)
- #1 [CRITICAL] Leak - m1: since 01/03/2026 02:00`);
    const french = digestOf(ALERTS, 'fr').body;
    expect(french.subject).toBe('Alertes jusqu’au 10/03/2026 07:00 : 2 ouvertes, 2 nouvelles, 2 terminées');
    expect(french.text).toContain('- #2 [Avertissement] Fuite - m2: depuis le 10/03/2026 02:00, 0,24 m³/h');
  });

  test('is sent of a quiet day, too', () => {
    expect(digestOf([]).body.text).toBe(
      'Alerts until 10/03/2026 07:00: 0 open, 0 new, 0 over\n\nNothing is open, and nothing was.',
    );
  });

  test('tells a channel of what its routes tell it', () => {
    const route = (match: Route['match'], to: string[]): Route => ({ name: 'r', match, to, escalate: [] });
    const of = (routes: readonly Route[]) => digestOf(ALERTS, 'en', routes).body.digest;
    expect(of([route({ rules: ['hot'] }, ['mail'])])).toMatchObject({ open: [], cleared: [3] });
    expect(of([route({ rules: ['hot'] }, ['phone'])]), 'no route names it').toMatchObject({ open: [1, 2] });
  });
});
