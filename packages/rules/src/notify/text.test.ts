import { expect, test } from 'vitest';
import { type Rule, rule as ruleSchema } from '../language/rule.ts';
import { retryAfterMs, USUAL_RETRIES } from './backoff.ts';
import type { KnownAlert } from './known-alert.ts';
import { composeMessage } from './message.ts';
import { durationText, textOf, valueText } from './text.ts';
import { measuredValue } from './value.ts';

const title = { en: 'Water leak', fr: 'Fuite d’eau' };
const ruleOf = (more: object): Rule => ruleSchema.parse({ name: 'leak', title, ...more });
const LEAK = ruleOf({ kind: 'continuous_flow', quantity: 'water_volume', over: '24h', above: 0.01 });

const ALERT: KnownAlert = {
  id: 12,
  rule: 'leak',
  subject: '70b3d5e75e010001',
  severity: 'warning',
  beganAt: Date.parse('2026-03-28T21:30:00Z'),
  openedAt: Date.parse('2026-03-29T21:30:00Z'),
  clearedAt: null,
  withdrawnAt: null,
  acknowledgedAt: null,
  worst: 0.2425,
  device: {
    devEui: '70b3d5e75e010001',
    name: 'École Jean Zay',
    profile: null,
    medium: 'water',
    sites: [],
    tags: {},
  },
};
const RULES = new Map([['leak', LEAK]]);

test('a message says what, where, how much and since when, in the language and the clock of its people', () => {
  const message = composeMessage('raised', [ALERT], null, RULES);
  expect(textOf(message, 'fr', 'Europe/Paris')).toEqual({
    subject: '[Avertissement] Fuite d’eau - École Jean Zay',
    text: [
      '[Avertissement] Fuite d’eau - École Jean Zay',
      '',
      '0,2425 m³/h, depuis le 28/03/2026 22:30, 70b3d5e75e010001',
      '',
      'Règle : leak, #12',
    ].join('\n'),
    short:
      '[Avertissement] Fuite d’eau - École Jean Zay, 0,2425 m³/h, depuis le 28/03/2026 22:30, 70b3d5e75e010001',
  });
  expect(textOf(message, 'en', 'Europe/London').short).toBe(
    '[Warning] Water leak - École Jean Zay, 0.2425 m³/h, since 28/03/2026 21:30, 70b3d5e75e010001',
  );
});

test('one that is over says how long it was, over a change of the clocks too', () => {
  const over = { ...ALERT, clearedAt: Date.parse('2026-03-29T02:10:00Z') };
  const { text } = textOf(composeMessage('cleared', [over], null, RULES), 'fr', 'Europe/Paris');
  expect(text).toContain('[Avertissement] Terminé : Fuite d’eau - École Jean Zay');
  expect(text).toContain('du 28/03/2026 22:30 au 29/03/2026 04:10 (4 h 40 min)');
});

test('a telephone gets no more than 160 characters', () => {
  const long = { ...ALERT, device: { ...ALERT.device, name: 'x'.repeat(300) } as KnownAlert['device'] };
  const { short } = textOf(composeMessage('raised', [long], null, RULES), 'fr', 'Europe/Paris');
  expect(short).toHaveLength(160);
});

test('and no half of a character, wherever it is cut', () => {
  for (let before = 100; before < 160; before += 1) {
    const name = `${'x'.repeat(before)}${'🏫'.repeat(30)}`;
    const long = { ...ALERT, device: { ...ALERT.device, name } as KnownAlert['device'] };
    const { short } = textOf(composeMessage('raised', [long], null, RULES), 'fr', 'Europe/Paris');
    expect(short.length).toBeLessThanOrEqual(160);
    expect(decodeURIComponent(encodeURIComponent(short))).toBe(short);
  }
});

test.each<[string, object, number, string, string]>([
  ['a flow', { kind: 'rate', quantity: 'water_volume', above: 1 }, 1.5, '1,5 m³/h', '1.5 m³/h'],
  ['a rate by day', { kind: 'rate', quantity: 'gas_volume', above: 1, per: '1d' }, 3, '3 m³/d', '3 m³/d'],
  ['a temperature', { kind: 'value', quantity: 'temperature', below: 3 }, -4.25, '-4,25 °C', '-4.25 °C'],
  [
    'an energy',
    { kind: 'window', quantity: 'active_energy_import', function: 'increase', over: '24h', above: 1 },
    1234.5,
    '1\u202f235 kWh',
    '1,235 kWh',
  ],
  [
    'twice the past',
    {
      kind: 'past',
      quantity: 'water_volume',
      function: 'increase',
      over: '24h',
      against: { every: 'week', back: 3 },
      above: 2,
    },
    2.4,
    '× 2,4',
    '× 2.4',
  ],
  ['joins', { kind: 'events', event: 'join', over: '1h', above: 5 }, 12, '12 événements', '12 events'],
  [
    'lamps',
    { kind: 'many', of: ['silent'], by: 'cabinet' },
    50,
    '50 appareils à la fois',
    '50 devices at once',
  ],
])('%s has its unit', (_, more, value, french, english) => {
  const measured = measuredValue(ruleOf(more), value);
  if (measured === null) throw new Error('it has no value');
  expect(valueText(measured, 'fr')).toBe(french);
  expect(valueText(measured, 'en')).toBe(english);
});

test('a flag and a silence have no number', () => {
  expect(measuredValue(ruleOf({ kind: 'value', quantity: 'leak', above: 0 }), 1)).toBeNull();
  expect(measuredValue(ruleOf({ kind: 'absence' }), 1)).toBeNull();
});

test.each([
  [45_000, '45 s'],
  [59.5 * 60_000, '1 h'],
  [125 * 60_000, '2 h 5 min'],
  [76 * 3_600_000, '3 j 4 h'],
])('%i ms are %s', (ms, text) => {
  expect(durationText(ms, 'fr')).toBe(text);
});

test('waits between attempts double up to a bound, and differ by key, always in the same way', () => {
  const waits = (key: string) => [1, 2, 3, 12].map((n) => retryAfterMs(key, n, USUAL_RETRIES));
  const keys = Array.from({ length: 200 }, (_, i) => `mail/${i}/${i}`);
  for (const [n, full] of [5000, 10_000, 20_000, 900_000].entries()) {
    const all = keys.map((key) => waits(key)[n] ?? 0);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(full / 2);
    expect(Math.max(...all)).toBeLessThanOrEqual(full);
    expect(Math.max(...all) - Math.min(...all)).toBeGreaterThan(full / 4);
  }
  expect(waits('mail/1/1')).toEqual(waits('mail/1/1'));
});
