import { DailyRegister, type DailyShape, SLOTS_PER_DAY } from './daily-register.ts';
import { WATER_HOURLY_PERCENT, weightsByLocalHour } from './household.ts';
import type { Model, Setting } from './model.ts';
import { between, derive, type Key, unit } from './seeded.ts';
import { outdoorTemperature_Cel } from './weather.ts';

/** A domestic Gazpar gives a pulse every 0.01 m3. */
export const PULSES_PER_M3 = 100;

/** Above this a house is warm enough from the sun and the people in it. */
const NO_HEATING_ABOVE_CEL = 16;

/** Percent of a day's heating in each local hour: night setback, a boost at six, the evening at home. */
const HEATING_HOURLY_PERCENT = [
  2.4, 2.4, 2.4, 2.4, 2.6, 3.4, 7, 7.4, 6.2, 4.6, 4, 3.8, 3.8, 3.6, 3.6, 3.8, 4.4, 5.4, 5.8, 5.8, 5.4, 4.6, 3,
  2.2,
] as const;

/** An Adeunis PULSE on the pulse output of a Gazpar, input A. */
export function createGasMeter({ key, weather, installedAtMs }: Setting): Model {
  const initial_m3 = Math.floor(between(derive(key, 'initial volume'), 0, 50, 8000));
  const register = new DailyRegister(boilerGas(key, weather), installedAtMs, initial_m3);
  const pulses = (timeMs: number) => Math.floor(register.at(timeMs) * PULSES_PER_M3);
  return {
    truth: (timeMs) => [{ quantity: 'pulse_count', channel: 1, value: pulses(timeMs) }],
    report(timeMs, reportNumber) {
      const time_s = Math.floor(timeMs / 1000);
      return {
        frame: 'counters',
        status: { frame_counter: reportNumber % 8, low_battery: false, configuration_done: true },
        time: time_s,
        channel_a: { pulses: pulses(time_s * 1000) },
        channel_b: { pulses: 0 },
      };
    },
  };
}

/** Heating follows the weather, hot water the household's taps; in summer only the latter is left. */
function boilerGas(key: Key, weather: Key): DailyShape {
  // 0.9 m3 a degree and day gives the 2,079 m3 a year of the real delivery point.
  const heating_m3_per_K = between(derive(key, 'house'), 0, 0.5, 1.1);
  const hotWater_m3 = between(derive(key, 'hot water'), 0, 0.2, 0.5);
  const days = derive(key, 'day volume');
  const cycles = derive(key, 'burner cycles');
  const heating = (day: number) =>
    heating_m3_per_K *
    Math.max(0, NO_HEATING_ABOVE_CEL - outdoorTemperature_Cel(weather, day)) *
    between(days, 2 * day, 0.9, 1.1);
  const hotWater = (day: number) => hotWater_m3 * between(days, 2 * day + 1, 0.5, 1.5);
  return {
    dayTotal: (day) => heating(day) + hotWater(day),
    slotWeights(day) {
      const heating_m3 = heating(day);
      const hot_m3 = hotWater(day);
      return weightsByLocalHour(
        day,
        (hour, slot) =>
          (heating_m3 * (HEATING_HOURLY_PERCENT[hour] ?? 0) + hot_m3 * (WATER_HOURLY_PERCENT[hour] ?? 0)) *
          (0.6 + 0.8 * unit(cycles, day * SLOTS_PER_DAY + slot)),
      );
    },
  };
}
