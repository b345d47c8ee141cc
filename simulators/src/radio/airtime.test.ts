import { describe, expect, it } from 'vitest';
import { airtimeMs, DATA_FRAME_OVERHEAD_BYTES, LONGEST_AIRTIME_MS } from './airtime.ts';

describe('airtime in EU868 at 125 kHz', () => {
  // FRMPayload in bytes; the last column is what calculators of the trade print, in whole milliseconds.
  it.each([
    [7, 10, 62],
    [7, 20, 72],
    [7, 51, 118],
    [9, 10, 206],
    [9, 20, 247],
    [9, 51, 390],
    [10, 10, 371],
    [10, 20, 453],
    [10, 51, 698],
    [12, 10, 1483],
    [12, 20, 1810],
    [12, 51, 2793],
  ])('SF%i with %i bytes takes %i ms', (spreadingFactor, bytes, ms) => {
    expect(Math.abs(airtimeMs(spreadingFactor, bytes + DATA_FRAME_OVERHEAD_BYTES) - ms)).toBeLessThan(0.6);
  });

  it('is longest for 51 bytes at SF12', () => {
    expect(airtimeMs(12, 51 + DATA_FRAME_OVERHEAD_BYTES)).toBe(LONGEST_AIRTIME_MS);
    expect(airtimeMs(7, 222 + DATA_FRAME_OVERHEAD_BYTES)).toBeLessThan(LONGEST_AIRTIME_MS);
  });
});
