import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOf } from './amount.ts';
import { at, GAS, hoursOf, lineOf, stored } from './story.ts';

describe('what is stored as a line of time', () => {
  it('tells a month as the month was told, though its days are estimates', () => {
    const days = Array.from({ length: 31 }, (_, i) =>
      stored(`2026-01-${String(i + 1).padStart(2, '0')}`, 1, undefined, 'estimated'),
    );
    const line = lineOf({ month: [stored('2026-01-01', 31)], day: days });
    const [january] = line.over([at('2026-01-01 00:00'), at('2026-02-01 00:00')]);
    expect(january).toMatchObject({ value: 31e6, quality: 'measured', evidence: { estimated: 0 } });
    const [week] = line.over([at('2026-01-05 00:00'), at('2026-01-12 00:00')]);
    expect(week).toMatchObject({ value: 7e6, quality: 'estimated', evidence: { estimated: 7e6 } });
  });

  it('of a month that is estimated, its days tell how much of it is', () => {
    const days = Array.from({ length: 31 }, (_, i) =>
      stored(`2026-01-${String(i + 1).padStart(2, '0')}`, 1, undefined, i === 13 ? 'estimated' : 'measured'),
    );
    const line = lineOf({ month: [stored('2026-01-01', 31, undefined, 'estimated')], day: days });
    const [january] = line.over([at('2026-01-01 00:00'), at('2026-02-01 00:00')]);
    expect(january).toMatchObject({ value: 31e6, quality: 'estimated', evidence: { estimated: 1e6 } });
  });

  it('of days that begin and end between two readings, only what ran through at both ends is estimated', () => {
    const days = Array.from({ length: 31 }, (_, i) =>
      stored(`2026-01-${String(i + 1).padStart(2, '0')}`, 1, undefined, 'estimated', 0.1),
    );
    const [from, to] = [at('2026-01-01 00:00'), at('2026-02-01 00:00')];
    const [january] = lineOf({ day: days }).over([from, to]);
    expect(january).toMatchObject({ value: 31e6, quality: 'estimated', evidence: { estimated: 0.2e6 } });
    const line = lineOf({ month: [stored('2026-01-01', 31, undefined, 'estimated', 0.1)], day: days });
    expect(line.over([from, to])[0]?.evidence.estimated, 'a month has bounds of its own').toBe(0.1e6);
    const gap = days.map((one, i) => (i === 9 || i === 10 ? { ...one, uncertainty: null } : one));
    expect(lineOf({ day: gap }).over([from, to])[0]?.evidence.estimated, 'two days are guessed').toBe(2.4e6);
    const [day] = lineOf({ day: [stored('2026-01-05', 0.2, undefined, 'estimated', 3)] }).over([
      at('2026-01-05 00:00'),
      at('2026-01-06 00:00'),
    ]);
    expect(day?.evidence.estimated, 'nor more than there is').toBe(0.2e6);
  });

  it('cuts a day in proportion to time, says that it did, and the parts make the day', () => {
    const line = lineOf({ day: [stored('2026-01-05', 1)] });
    const [night, rest] = line.over([at('2026-01-05 00:00'), at('2026-01-05 07:20'), at('2026-01-06 00:00')]);
    expect(night).toMatchObject({ value: 305_556, quality: 'estimated', evidence: { estimated: 305_556 } });
    expect((night?.value ?? 0) + (rest?.value ?? 0)).toBe(1e6);
  });

  it('prefers the hours of a day to a straight line', () => {
    const hours = hoursOf('2026-01-05', '2026-01-06', (hour) => (hour < 6 ? 2 : 0));
    const line = lineOf({ day: [stored('2026-01-05', 12)], hour: hours });
    const parts = line.over([at('2026-01-05 00:00'), at('2026-01-05 06:00'), at('2026-01-06 00:00')]);
    expect(parts.map(({ value, quality }) => [value, quality])).toEqual([
      [12e6, 'measured'],
      [0, 'measured'],
    ]);
  });

  it('lays the rest of a month into the days that nobody told', () => {
    const line = lineOf({
      month: [stored('2026-02-01', 28)],
      day: [stored('2026-02-01', 1), stored('2026-02-02', 0)],
    });
    const [third] = line.over([at('2026-02-03 00:00'), at('2026-02-04 00:00')]);
    expect(third?.quality).toBe('estimated');
    expect(third?.value).toBeCloseTo(27e6 / 26, -1);
    const [february] = line.over([at('2026-02-01 00:00'), at('2026-03-01 00:00')]);
    expect(february).toMatchObject({ value: 28e6, quality: 'measured' });
  });

  it('tells apart what is missing, what nobody told, and zero', () => {
    const line = lineOf({ day: [stored('2026-01-05', 0), stored('2026-01-06', null)] });
    const all = { from: at('2026-01-05 00:00'), to: at('2026-01-08 00:00') };
    expect(line.over([at('2026-01-05 00:00'), at('2026-01-06 00:00')])[0]?.value).toBe(0);
    expect(line.unknown(all).map(({ reason }) => reason)).toEqual(['missing', 'not_told']);
    expect(amountOf(line, all)).toMatchObject({ value: null, known: 0, unknown: { hours: 48 } });
    const nothing = amountOf(line, { from: at('2026-02-01 00:00'), to: at('2026-02-02 00:00') });
    expect(nothing).toMatchObject({
      value: null,
      known: null,
      unknown: { hours: 24, reasons: ['not_told'] },
    });
  });

  it('a gas day of 23 hours begins at six', () => {
    const line = lineOf({ day: [stored('2026-03-28', 23, GAS), stored('2026-03-29', 24, GAS)] }, GAS);
    const [day] = line.over([at('2026-03-28 06:00'), at('2026-03-29 06:00')]);
    expect(day).toMatchObject({ value: 23e6, quality: 'measured' });
    expect(line.unknown({ from: at('2026-03-28 06:00'), to: at('2026-03-30 06:00') })).toEqual([]);
  });

  it('however it is cut, the parts make the whole', () => {
    const hours = hoursOf('2026-01-02', '2026-01-04', (hour) => (hour % 7) / 3);
    const day = (name: string, unit: number) => stored(name, unit);
    const sum = hours.reduce((total, { value }) => total + (value ?? 0), 0);
    const line = lineOf({ hour: hours, day: [day('2026-01-01', 1 / 3), day('2026-01-04', 2 / 7)] });
    const [from, to] = [at('2026-01-01 00:00'), at('2026-01-05 00:00')];
    const total = sum + Math.round(1e6 / 3) + Math.round(2e6 / 7);
    const minutes = fc.integer({ min: 1, max: (to - from) / 60_000 - 1 });
    fc.assert(
      fc.property(fc.uniqueArray(minutes, { maxLength: 40 }), (cuts) => {
        const edges = [from, ...cuts.sort((a, b) => a - b).map((minute) => from + minute * 60_000), to];
        expect(line.over(edges).reduce((a, { value }) => a + (value ?? Number.NaN), 0)).toBe(total);
      }),
    );
  });
});
