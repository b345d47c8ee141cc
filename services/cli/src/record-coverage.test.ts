import { describe, expect, it } from 'vitest';
import { RecordCoverage } from './record-coverage.ts';

const HOUR_MS = 3_600_000;
const at = (hours: number) => new Date(Date.UTC(2026, 2, 1) + hours * HOUR_MS);
function coverage(hours: readonly number[]) {
  const record = new RecordCoverage();
  for (const hour of hours) record.add(at(hour));
  return record.spans();
}
const hourly = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('what a record covers', () => {
  it('is nothing where it is empty, and a moment where it has one event', () => {
    expect(coverage([])).toEqual([]);
    expect(coverage([5])).toEqual([{ from: at(5), to: at(5) }]);
  });

  it('is all from its first event to its last, small silences included', () => {
    expect(coverage([...hourly(0, 10), ...hourly(14, 30)])).toEqual([{ from: at(0), to: at(30) }]);
  });

  it('is not the days in which the recorder was off', () => {
    expect(coverage([...hourly(0, 50), ...hourly(100, 130), ...hourly(900, 950)])).toEqual([
      { from: at(0), to: at(50) },
      { from: at(100), to: at(130) },
      { from: at(900), to: at(950) },
    ]);
  });

  it('is judged by what is usual there: of a city, two minutes without any event are a hole', () => {
    const busy = hourly(0, 3600).map((second) => second / 3600);
    const later = busy.map((hour) => hour + 1 + 1 / 30);
    expect(coverage([...busy, ...later])).toHaveLength(2);
    expect(coverage([...busy, ...busy.map((hour) => hour + 1 + 1 / 90)])).toHaveLength(1);
  });

  it('does not mind a little disorder', () => {
    expect(coverage([0, 1, 3, 2, 4, 5, 7, 6])).toEqual([{ from: at(0), to: at(7) }]);
  });
});
