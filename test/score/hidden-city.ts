import { planRun, type RunPlan } from '@veilleur/simulators';
import { scenarioSchema } from '../../simulators/src/run/scenario.ts';

export interface CitySize {
  readonly seed: number;
  readonly days: number;
  /** 1: some 1,300 devices. */
  readonly scale: number;
}

const FROM = '2026-03-01T00:00:00Z';
const DAY_MS = 86_400_000;
const LAMPS_A_CABINET = 40;
/** Devices report for so long before anything befalls them: rules that learn have learned. */
const SOUND_DAYS = 5;
/** What begins later could not be found before the end. */
const LAST_DAYS = 4;

/**
 * A city in spring, over the change of the clocks, with faults of every kind that a rule can find. Whom
 * they befall, and when, follows from the seed; nine devices of ten have none.
 */
export function hiddenCity({ seed, days, scale }: CitySize): RunPlan {
  const at = (day: number) => new Date(Date.parse(FROM) + day * DAY_MS).toISOString();
  const drawn = { from: at(SOUND_DAYS), to: at(days - LAST_DAYS) };
  const count = (of: number) => Math.max(1, Math.round(of * scale));
  const lamps = count(480);
  const scenario = scenarioSchema.parse({
    name: 'hidden',
    description: { en: 'Faults that nobody was told of', fr: 'Des pannes dont personne ne sait' },
    seed,
    city: {
      installedAt: '2026-02-20',
      position: { latitude: 47.75, longitude: 7.34, radius_km: 2.5 },
      households: { count: count(400), gas: 0.5, electricity: 0.5 },
      buildings: [
        { kind: 'school', area_m2: 3200, count: count(4) },
        { kind: 'gym', area_m2: 1400, count: count(2) },
        { kind: 'town_hall', area_m2: 6000 },
      ],
      waterDistricts: 2,
      lighting: { luminaires: lamps, lampsPerCabinet: LAMPS_A_CABINET },
    },
    faults: [
      { kind: 'leak_drip', share: 0.02, ...drawn },
      { kind: 'leak_valve', share: 0.015, ...drawn, lastsDays: 8 },
      { kind: 'leak_toilet', share: 0.02, ...drawn, lastsDays: 6 },
      { kind: 'leak_burst', share: 0.01, ...drawn, lastsDays: 0.4 },
      { kind: 'backflow', share: 0.01, ...drawn, lastsDays: 0.3 },
      { kind: 'stuck', share: 0.01, from: at(SOUND_DAYS), to: at(days - 16) },
      { kind: 'stuck', family: 'gas', share: 0.01, from: at(SOUND_DAYS), to: at(days - 16) },
      { kind: 'tamper', share: 0.02, ...drawn },
      { kind: 'swapped', family: 'gas', share: 0.01, ...drawn },
      { kind: 'swapped', family: 'electricity', share: 0.01, ...drawn },
      { kind: 'lamp_failure', share: 0.015, ...drawn, lastsDays: 10 },
      { kind: 'day_burner', share: 0.01, ...drawn, lastsDays: 4 },
      { kind: 'cycling', share: 0.01, ...drawn, lastsDays: 5 },
      { kind: 'dimming_ignored', share: 0.01, ...drawn, lastsDays: 7 },
      {
        kind: 'cabinet_outage',
        numbers: [seed % Math.ceil(lamps / LAMPS_A_CABINET)],
        from: at(days / 2 + 0.8),
        to: at(days / 2 + 1.3),
      },
      { kind: 'silent', share: 0.01, ...drawn, lastsDays: 3 },
      { kind: 'silent', family: 'lighting', share: 0.01, ...drawn, lastsDays: 3 },
      { kind: 'battery_decay', share: 0.01, from: at(0), to: at(1), size: 1500 },
      { kind: 'gateway_outage', numbers: [seed % 10], from: at(days / 3), to: at(days / 3 + 0.3) },
    ],
    radio: {
      gateways: 10,
      server: { replicaShare: 0.001, redeliveryShare: 0.001, reorderShare: 0.005, reorderWithin_s: 7200 },
    },
    from: FROM,
    days,
  });
  return planRun(scenario, {}, new Date(Date.parse(FROM) + (days + 1) * DAY_MS));
}
