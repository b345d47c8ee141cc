import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LONGEST_AIRTIME_MS } from './airtime.ts';
import { DutyCycle } from './duty-cycle.ts';

const HOUR_MS = 3_600_000;

it('lets nobody fill more than 36 s of any hour of a sub-band, however eager', () => {
  const airtimes = fc.array(fc.double({ min: 40, max: LONGEST_AIRTIME_MS, noNaN: true }), {
    minLength: 50,
    maxLength: 200,
  });
  fc.assert(
    fc.property(airtimes, (lengthsMs) => {
      const dutyCycle = new DutyCycle();
      const sent: { startMs: number; endMs: number }[] = [];
      for (const lengthMs of lengthsMs) {
        const startMs = Math.max(0, dutyCycle.freeAtMs(0));
        dutyCycle.sent(0, startMs, lengthMs);
        sent.push({ startMs, endMs: startMs + lengthMs });
      }
      // The fullest hours begin with a frame or end with one.
      for (const fromMs of sent.flatMap(({ startMs, endMs }) => [startMs, endMs - HOUR_MS])) {
        const onAirMs = sent.reduce(
          (sum, { startMs, endMs }) =>
            sum + Math.max(0, Math.min(endMs, fromMs + HOUR_MS) - Math.max(startMs, fromMs)),
          0,
        );
        expect(onAirMs).toBeLessThanOrEqual(36_000 + 1e-6);
      }
    }),
    { numRuns: 100 },
  );
});
