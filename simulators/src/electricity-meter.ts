import { localHour } from './city-time.ts';
import { DailyRegister, type DailyShape, SLOTS_PER_DAY } from './daily-register.ts';
import { weightsByLocalHour } from './household.ts';
import type { Model, Setting } from './model.ts';
import { between, derive, type Key, unit } from './seeded.ts';
import { winterness } from './weather.ts';

const POWER_FACTOR = 0.95;
const NOMINAL_V = 230;
/** What a single-phase Linky puts on its TIC as the highest current, whatever the contract. */
const LINKY_IMAX_A = 90;
/** Contracts of 6 and 9 kVA. */
const SUBSCRIBED_A = [30, 45] as const;

/** Weight of each local hour in a home's power, water heater aside: up at seven, peak at eight p.m. */
const HOME_HOURLY_WEIGHT = [
  3, 2.4, 2.2, 2.1, 2.1, 2.3, 3.2, 4.6, 4.4, 3.8, 3.6, 3.8, 4.9, 4.4, 3.6, 3.4, 3.6, 4.6, 6.4, 8.2, 8.4, 7, 5,
  3.9,
] as const;

/** A tank that heats on the off-peak signal is hot after three hours or so: 22:00 to 01:00. */
const TANK_HOURS: ReadonlySet<number> = new Set([22, 23, 0]);

/** The off-peak hours of this fleet's contracts; in France they differ from one delivery point to the next. */
function isOffPeak(hour: number): boolean {
  return hour >= 22 || hour < 6;
}

/** An Adeunis TIC on a single-phase Linky in historique mode, contract peak and off-peak. */
export function createElectricityMeter({ key, number, installedAtMs }: Setting): Model {
  const home = homeLoad(key);
  const initial = derive(key, 'initial index');
  const register = (tariff: 'off-peak' | 'peak', n: number) =>
    new DailyRegister(home[tariff], installedAtMs, Math.floor(between(initial, n, 1e6, 3e7)));
  const offPeak_Wh = register('off-peak', 0);
  const peak_Wh = register('peak', 1);
  const subscribed_A = SUBSCRIBED_A[unit(derive(key, 'contract'), 0) < 0.7 ? 0 : 1];
  const indexes = (timeMs: number) => ({
    HCHC_Wh: Math.floor(offPeak_Wh.at(timeMs)),
    HCHP_Wh: Math.floor(peak_Wh.at(timeMs)),
  });
  // The TIC rounds apparent power to 10 VA.
  const apparentPower_VA = (timeMs: number) =>
    10 * Math.round((offPeak_Wh.ratePerHour(timeMs) + peak_Wh.ratePerHour(timeMs)) / POWER_FACTOR / 10);

  return {
    truth(timeMs) {
      const { HCHC_Wh, HCHP_Wh } = indexes(timeMs);
      return [
        { quantity: 'active_energy_import', channel: 1, value: HCHC_Wh / 1000 },
        { quantity: 'active_energy_import', channel: 2, value: HCHP_Wh / 1000 },
        { quantity: 'apparent_power', channel: 0, value: apparentPower_VA(timeMs) },
      ];
    },
    report(timeMs, reportNumber) {
      const PAPP_VA = apparentPower_VA(timeMs);
      return {
        status: { frame_counter: reportNumber % 8, configuration_done: true },
        ADCO: meterAddress(number),
        OPTARIF: 'HC..',
        ISOUSC_A: subscribed_A,
        IINST_A: Math.round(PAPP_VA / NOMINAL_V),
        IMAX_A: LINKY_IMAX_A,
        PAPP_VA,
        ...indexes(timeMs),
        PTEC: isOffPeak(localHour(timeMs)) ? 'HC..' : 'HP..',
      };
    },
  };
}

/** Twelve digits as a Linky has; maker code 99, so that it is nobody's. */
function meterAddress(number: number): string {
  return `992664${String(number).padStart(6, '0')}`;
}

function homeLoad(key: Key): Record<'off-peak' | 'peak', DailyShape> {
  const mean_Wh = between(derive(key, 'mean day'), 0, 10_500, 19_000);
  const hasTank = unit(derive(key, 'water heater'), 0) < 0.5;
  const days = derive(key, 'day energy');
  const appliances = derive(key, 'appliances');
  const total_Wh = (day: number) =>
    mean_Wh * (1 + 0.18 * winterness(day)) * between(days, 2 * day, 0.88, 1.12);
  // Eight of 24 hours are off-peak, but people sleep in them: a quarter without a tank.
  const offPeakShare = (day: number) => between(days, 2 * day + 1, 0.9, 1.1) * (hasTank ? 0.42 : 0.25);

  const spread = (day: number, inTariff: (hour: number) => boolean) =>
    weightsByLocalHour(day, (hour, slot) => {
      if (!inTariff(hour)) return 0;
      const tank = hasTank && TANK_HOURS.has(hour) ? 9 : 0;
      return ((HOME_HOURLY_WEIGHT[hour] ?? 0) + tank) * (0.5 + unit(appliances, day * SLOTS_PER_DAY + slot));
    });
  return {
    'off-peak': {
      dayTotal: (day) => total_Wh(day) * offPeakShare(day),
      slotWeights: (day) => spread(day, isOffPeak),
    },
    peak: {
      dayTotal: (day) => total_Wh(day) * (1 - offPeakShare(day)),
      slotWeights: (day) => spread(day, (hour) => !isOffPeak(hour)),
    },
  };
}
