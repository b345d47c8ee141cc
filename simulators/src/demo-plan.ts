import type { CityPlanInput } from './city/plan.ts';
import { derive, hash } from './seeded.ts';

/** Far more often than real devices, to be watched: at SF12 it would break the 1 % duty cycle. */
export const DEMO_EVERY_S = 60;

/**
 * A quarter where remote reading has begun: of its hundred homes a fifth has a water meter that speaks, a
 * tenth one of gas, a tenth one of electricity. Shares of a fixed number of homes, so that whoever adds
 * meters keeps those that are there, names and indexes included.
 */
const QUARTER: Omit<CityPlanInput, 'seed'> = {
  installedAt: '2026-01-01',
  position: { latitude: 47.75, longitude: 7.34, radius_km: 1 },
  households: { count: 100, water: 0.2, gas: 0.1, electricity: 0.1 },
  waterDistricts: 0,
  lighting: { luminaires: 20, lampsPerCabinet: 20 },
  reportEvery_s: {
    water: DEMO_EVERY_S,
    gas: DEMO_EVERY_S,
    electricity: DEMO_EVERY_S,
    lighting: DEMO_EVERY_S,
    cabinet: DEMO_EVERY_S,
  },
  faults: [
    // A toilet runs, a lamp gives no light, another burns day and night. Nobody mends them.
    { kind: 'leak_toilet', numbers: [7], from: '2026-01-21T13:00:00Z' },
    { kind: 'lamp_failure', numbers: [7], from: '2026-01-12T21:30:00Z' },
    { kind: 'day_burner', numbers: [13], from: '2026-01-17T21:30:00Z' },
  ],
};

/**
 * The city of `npm start`: 20 water, 10 gas and 10 electricity meters, 20 luminaires on a cabinet with a meter
 * of its own, a report a minute each, and three stories to find.
 *
 * @param seed another one is another quarter. Not the city's own, or the demo would share its DevEUIs with a
 *   scenario of the same seed, and one database would hold two lives of one meter.
 */
export function demoPlan(seed: number): CityPlanInput {
  return { ...QUARTER, seed: hash(derive(0, 'demo'), seed) };
}
