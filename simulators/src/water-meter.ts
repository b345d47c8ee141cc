import { DAY_MS, HOUR_MS } from './city-time.ts';
import { DailyRegister, type DailyShape, SLOTS_PER_HOUR } from './daily-register.ts';
import {
  HOUSEHOLD_SIZES,
  WATER_HOURLY_PERCENT,
  WATER_PER_PERSON_L,
  weightsByLocalHour,
} from './household.ts';
import type { Model, Setting } from './model.ts';
import { between, derive, type Key, unit, weightedIndex } from './seeded.ts';

/** The Extended frame holds the log of 16 full hours: one volume and 15 increments. */
const LOGGED_HOURS = 15;

/** A running toilet, the commonest leak of a home. */
export const LEAK_L_PER_H = 20;
const LEAK_STATUS = 0x20;

/** Every 20th meter, from the eighth on, has a leak some weeks after its installation. */
export function leaks(number: number): boolean {
  return number % 20 === 7;
}

/** An Axioma Qalcosonic W1 behind a household of one to five. */
export function createWaterMeter(setting: Setting): Model {
  const { key, installedAtMs } = setting;
  const register = new DailyRegister(householdWater(key), installedAtMs, initialVolume_L(key));
  const leakFromMs = leaks(setting.number)
    ? installedAtMs + Math.floor(between(derive(key, 'leak'), 0, 15, 30)) * DAY_MS + 13 * HOUR_MS
    : Number.POSITIVE_INFINITY;

  const volume_L = (timeMs: number) =>
    Math.floor(register.at(timeMs) + (Math.max(0, timeMs - leakFromMs) / HOUR_MS) * LEAK_L_PER_H);
  // The meter knows a leak by a day without one still hour.
  const seesLeak = (timeMs: number) => timeMs - leakFromMs >= DAY_MS;

  return {
    truth: (timeMs) => [
      { quantity: 'water_volume', channel: 0, value: volume_L(timeMs) / 1000 },
      { quantity: 'leak', channel: 0, value: seesLeak(timeMs) ? 1 : 0 },
    ],
    report(timeMs) {
      const time_s = Math.floor(timeMs / 1000);
      const logTime_s = time_s - (time_s % 3600) - LOGGED_HOURS * 3600;
      const logVolume_L = volume_L(logTime_s * 1000);
      const deltas_L: number[] = [];
      for (let hour = 1, before = logVolume_L; hour <= LOGGED_HOURS; hour++) {
        const after = volume_L((logTime_s + hour * 3600) * 1000);
        deltas_L.push(after - before);
        before = after;
      }
      return {
        layout: 'extended',
        time: time_s,
        status: seesLeak(time_s * 1000) ? LEAK_STATUS : 0,
        present_volume_m3: volume_L(time_s * 1000) / 1000,
        log_time: logTime_s,
        log_volume_L: logVolume_L,
        deltas_L,
      };
    },
  };
}

/** A meter that has served for some years: up to 900 m3. */
function initialVolume_L(key: Key): number {
  return Math.floor(between(derive(key, 'initial volume'), 0, 20_000, 900_000));
}

function householdWater(key: Key): DailyShape {
  const persons = 1 + weightedIndex(unit(derive(key, 'persons'), 0), HOUSEHOLD_SIZES);
  const days = derive(key, 'day volume');
  const draws = derive(key, 'draws');
  const places = derive(key, 'place of the draw');
  const amounts = derive(key, 'amount of the draw');
  const mean_L = persons * WATER_PER_PERSON_L;
  return {
    dayTotal: (day) => mean_L * between(days, day, 0.55, 1.45),
    slotWeights: (day) =>
      weightsByLocalHour(day, (hour, slot) => {
        const hourOfLife = day * 24 + Math.floor(slot / SLOTS_PER_HOUR);
        const expected_L = ((WATER_HOURLY_PERCENT[hour] ?? 0) / 100) * mean_L;
        // Water comes in draws of some litres, not in drops: a night hour that expects half a litre is
        // one flush in twenty nights. So every day has still hours, which is how leaks are told.
        const drawChance = Math.min(1, expected_L / LEAST_DRAW_L);
        if (unit(draws, hourOfLife) >= drawChance) return 0;
        const mainSlot = Math.floor(unit(places, hourOfLife) * SLOTS_PER_HOUR);
        const part =
          slot % SLOTS_PER_HOUR === mainSlot ? 1 : Math.max(0, unit(amounts, slot + hourOfLife * 7) - 0.6);
        return (expected_L / drawChance) * part;
      }),
  };
}

/** About a flush and the hands washed after it. */
const LEAST_DRAW_L = 10;
