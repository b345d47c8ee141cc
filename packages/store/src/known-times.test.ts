import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownTimes } from './known-times.ts';
import type { MeasurementRow } from './write-measurements.ts';

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2026, 2, 1);
const WATER = 1;

const hour = (h: number) => new Date(START_MS + h * HOUR_MS);
const volume = (deviceId: number, time: Date, reportedAt: Date): MeasurementRow => ({
  deviceId,
  quantityId: WATER,
  measurement: { quantity: 'water_volume', channel: 0, time, value: 1, quality: 'measured' },
  reportedAt,
});

/** A frame received some minutes past the hour, with the readings of the last `depth` hours. */
function frame(deviceId: number, newest: number, depth: number): MeasurementRow[] {
  const reportedAt = new Date(hour(newest).getTime() + 10 * 60_000);
  return Array.from({ length: depth }, (_, back) => volume(deviceId, hour(newest - back), reportedAt));
}

const hoursOf = (rows: readonly MeasurementRow[]) =>
  rows.map(({ measurement }) => (measurement.time.getTime() - START_MS) / HOUR_MS).toSorted((a, b) => a - b);
const NEVER = new Map<number, number>();

describe('histories that meters send again and again', () => {
  it('cost a look once: afterwards only the new hour is written', () => {
    const known = new KnownTimes();
    const first = known.sort(frame(1, 15, 16), NEVER);
    expect(hoursOf(first.doubtful)).toHaveLength(16);
    first.remember();
    const second = known.sort(frame(1, 16, 16), NEVER);
    expect([hoursOf(second.fresh), second.doubtful]).toEqual([[16], []]);
  });

  it('are known from the commit on, not before', () => {
    const known = new KnownTimes();
    known.sort(frame(1, 15, 16), NEVER);
    expect(known.sort(frame(1, 15, 16), NEVER).doubtful).toHaveLength(16);
  });

  it('fill the hours of a frame that was lost', () => {
    const known = new KnownTimes();
    known.sort(frame(1, 15, 16), NEVER).remember();
    expect(hoursOf(known.sort(frame(1, 18, 16), NEVER).fresh)).toEqual([16, 17, 18]);
  });

  it('tell an hour once though two frames of one batch hold it', () => {
    const known = new KnownTimes();
    known.sort(frame(1, 15, 16), NEVER).remember();
    const both = known.sort([...frame(1, 16, 16), ...frame(1, 17, 16)], NEVER);
    expect(hoursOf(both.fresh)).toEqual([16, 17]);
  });

  it('are not thrown out of step by a present reading between two hours', () => {
    const known = new KnownTimes();
    const withPresent = (newest: number) => {
      const rows = frame(1, newest, 16);
      const reportedAt = rows[0]?.reportedAt ?? hour(0);
      return [...rows, volume(1, new Date(reportedAt.getTime() - 60_000), reportedAt)];
    };
    known.sort(withPresent(15), NEVER).remember();
    known.sort(withPresent(16), NEVER).remember();
    const { fresh, doubtful } = known.sort(withPresent(17), NEVER);
    expect([hoursOf(fresh).map(Math.floor), doubtful]).toEqual([[17, 17], []]);
  });

  it('are looked at again when the device’s history was made anew', () => {
    const known = new KnownTimes();
    known.sort(frame(1, 15, 16), new Map([[1, 0]])).remember();
    expect(known.sort(frame(1, 15, 16), new Map([[1, 1]])).doubtful).toHaveLength(16);
  });

  it('with another bridge on the same devices, take only the newest hour for new', () => {
    const known = new KnownTimes();
    known.sort(frame(1, 15, 16), NEVER).remember();
    known.wasWrong();
    const { fresh, doubtful } = known.sort(frame(1, 18, 16), NEVER);
    expect([hoursOf(fresh), hoursOf(doubtful)]).toEqual([[18], [16, 17]]);
  });
});

it('what was read as the frame was received needs no look', () => {
  const reportedAt = hour(3);
  const { fresh } = new KnownTimes().sort([volume(1, reportedAt, reportedAt)], NEVER);
  expect(hoursOf(fresh)).toEqual([3]);
});

it('nothing is left out that is not stored, whatever is committed, rolled back or made anew', () => {
  const step = fc.record({
    frames: fc.array(
      fc.record({
        device: fc.integer({ min: 1, max: 3 }),
        newest: fc.nat(40),
        depth: fc.integer({ min: 1, max: 20 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    ends: fc.constantFrom('commit', 'commit', 'rollback', 'restate'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const known = new KnownTimes();
      const stored = new Set<string>();
      const restatements = new Map<number, number>();
      const keyOf = (row: MeasurementRow) => `${row.deviceId}/${row.measurement.time.getTime()}`;
      for (const { frames, ends } of steps) {
        const rows = frames.flatMap(({ device, newest, depth }) => frame(device, newest, depth));
        const { fresh, doubtful, remember } = known.sort(rows, restatements);
        const written = new Set([...fresh, ...doubtful].map(keyOf));
        for (const row of rows) expect(written.has(keyOf(row)) || stored.has(keyOf(row))).toBe(true);
        if (ends !== 'rollback') {
          for (const key of written) stored.add(key);
          remember();
        }
        if (ends === 'restate') {
          restatements.set(1, (restatements.get(1) ?? 0) + 1);
          for (const key of stored) if (key.startsWith('1/')) stored.delete(key);
        }
      }
    }),
    { seed: 4, numRuns: 500 },
  );
});
