import { describe, expect, it } from 'vitest';
import { CityClock, utcDay } from './clock.ts';

const clock = new CityClock('Europe/Paris');
const ms = (text: string) => Date.parse(text);

describe("the city's clocks", () => {
  it.each([
    ['winter', '2026-01-15T12:00:00Z', 13],
    ['summer', '2026-07-15T12:00:00Z', 14],
    ['the last millisecond of winter time', '2026-03-29T00:59:59.999Z', 1],
    ['the first of summer time', '2026-03-29T01:00:00Z', 3],
    ['the last millisecond of summer time', '2026-10-25T00:59:59.999Z', 2],
    ['the first of winter time: two o’clock again', '2026-10-25T01:00:00Z', 2],
  ])('%s', (_, instant, hour) => {
    expect(clock.localHour(ms(instant))).toBe(hour);
  });

  it('agree with the time zone database at every hour of two years', () => {
    const wrong: string[] = [];
    for (let timeMs = ms('2026-01-01T00:00:00Z'); timeMs < ms('2028-01-01T00:00:00Z'); timeMs += 3_600_000) {
      const zoned = Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO('Europe/Paris');
      if (zoned.offsetNanoseconds / 1e6 !== clock.offsetMs(timeMs)) wrong.push(zoned.toString());
    }
    expect(wrong).toEqual([]);
  });

  it('turn the date at local midnight', () => {
    expect(clock.localDay(ms('2026-06-30T21:59:59Z'))).toBe(utcDay(ms('2026-06-30T00:00:00Z')));
    expect(clock.localDay(ms('2026-06-30T22:00:00Z'))).toBe(utcDay(ms('2026-07-01T00:00:00Z')));
  });

  it('say when a clock time is, on the evening before a change and the morning after', () => {
    const saturday = utcDay(ms('2026-03-28T00:00:00Z'));
    expect(clock.instantOfLocal(saturday, 23 * 60)).toBe(ms('2026-03-28T22:00:00Z'));
    expect(clock.instantOfLocal(saturday, (24 + 5) * 60)).toBe(ms('2026-03-29T03:00:00Z'));
  });
});
