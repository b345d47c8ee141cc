import { describe, expect, test } from 'vitest';
import { earliestTelling } from './quiet-hours.ts';
import type { QuietHours } from './settings.ts';

const ZONE = 'Europe/Paris';
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const told = (quiet: QuietHours, from: string) =>
  Temporal.Instant.fromEpochMilliseconds(earliestTelling(quiet, at(from), ZONE)).toString();

const NIGHT: QuietHours = { between: ['22:00', '07:00'] };

describe('what is told in quiet hours', () => {
  test.each([
    ['in the evening before', '2026-01-10T20:59:59Z', '2026-01-10T20:59:59Z'],
    ['as they begin', '2026-01-10T21:00:00Z', '2026-01-11T06:00:00Z'],
    ['after midnight', '2026-01-11T02:00:00Z', '2026-01-11T06:00:00Z'],
    ['as they end', '2026-01-11T06:00:00Z', '2026-01-11T06:00:00Z'],
    ['in the night that lacks an hour', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00Z'],
    ['in the night that has one more', '2026-10-24T21:00:00Z', '2026-10-25T06:00:00Z'],
  ])('%s waits until the clocks of that day say so', (_, from, until) => {
    expect(told(NIGHT, from)).toBe(until);
  });

  test('does not wait where there are none', () => {
    expect(earliestTelling(undefined, 5, ZONE)).toBe(5);
  });

  test('waits over whole quiet days, and the nights around them', () => {
    // Friday night to Monday morning.
    expect(told({ ...NIGHT, days: ['sat', 'sun'] }, '2026-01-09T22:00:00Z')).toBe('2026-01-12T06:00:00Z');
  });

  test('at noon, waits for the end of a lunch break', () => {
    expect(told({ between: ['12:00', '14:00'] }, '2026-01-09T11:30:00Z')).toBe('2026-01-09T13:00:00Z');
  });

  test('an end within the hour that comes twice, or never, is an end all the same', () => {
    const until = { between: ['22:00', '02:30'] } as const;
    expect(told(until, '2026-10-24T23:30:00Z')).toBe('2026-10-25T00:30:00Z');
    expect(told(until, '2026-10-25T01:10:00Z')).toBe('2026-10-25T01:30:00Z');
    expect(told(until, '2026-03-29T00:30:00Z')).toBe('2026-03-29T01:30:00Z');
  });
});
