import { between, derive, hash, type Key } from '../seeded.ts';
import type { CityDays, LocalDate } from './city-day.ts';
import type { Flow } from './flow.ts';

export const BUILDING_KINDS = ['school', 'gym', 'town_hall', 'pool', 'library'] as const;
export type BuildingKind = (typeof BUILDING_KINDS)[number];

export interface Building {
  readonly kind: BuildingKind;
  readonly area_m2: number;
}

/** What a kind of building takes for each m2. */
interface Demand {
  /** Whether people are in. */
  isOpen(date: LocalDate, localHour: number): boolean;
  readonly open_W_per_m2: number;
  readonly closed_W_per_m2: number;
  /** Heat loss through the walls and the air, met by gas at 10.5 kWh a m3. */
  readonly heating_W_per_m2_K: number;
  readonly heatsTo_Cel: number;
  /** What is left of heating while it is closed. */
  readonly setback: number;
  readonly water_L_per_m2_h: number;
}

const isSchoolDay = (date: LocalDate) => date.isWorkday && !date.isSchoolHoliday;

const DEMAND: Readonly<Record<BuildingKind, Demand>> = {
  school: {
    isOpen: (date, hour) => isSchoolDay(date) && hour >= 8 && hour < (date.weekday === 2 ? 12 : 17),
    open_W_per_m2: 9,
    closed_W_per_m2: 1.2,
    heating_W_per_m2_K: 1.7,
    heatsTo_Cel: 17,
    setback: 0.35,
    water_L_per_m2_h: 0.16,
  },
  gym: {
    // Pupils by day, clubs in the evening and at weekends.
    isOpen: (date, hour) =>
      (isSchoolDay(date) && hour >= 8 && hour < 22) ||
      (!date.isPublicHoliday && date.weekday === 5 && hour >= 9 && hour < 19),
    open_W_per_m2: 12,
    closed_W_per_m2: 0.8,
    heating_W_per_m2_K: 1.9,
    heatsTo_Cel: 15,
    setback: 0.4,
    water_L_per_m2_h: 0.25,
  },
  town_hall: {
    isOpen: (date, hour) =>
      (date.isWorkday && hour >= 8 && hour < 18) ||
      (!date.isPublicHoliday && date.weekday === 5 && hour >= 9 && hour < 12),
    open_W_per_m2: 14,
    closed_W_per_m2: 2.4,
    heating_W_per_m2_K: 1.5,
    heatsTo_Cel: 17,
    setback: 0.45,
    water_L_per_m2_h: 0.06,
  },
  pool: {
    // Pumps and air never stop.
    isOpen: (date, hour) => !date.isPublicHoliday && hour >= 7 && hour < 21,
    open_W_per_m2: 38,
    closed_W_per_m2: 22,
    heating_W_per_m2_K: 4,
    heatsTo_Cel: 22,
    setback: 0.8,
    water_L_per_m2_h: 1.3,
  },
  library: {
    isOpen: (date, hour) =>
      !date.isPublicHoliday && date.weekday >= 1 && date.weekday <= 5 && hour >= 10 && hour < 19,
    open_W_per_m2: 11,
    closed_W_per_m2: 1.6,
    heating_W_per_m2_K: 1.4,
    heatsTo_Cel: 17,
    setback: 0.5,
    water_L_per_m2_h: 0.05,
  },
};

const GAS_WH_PER_DM3 = 10.5;
/** Boilers start before people come. */
const PREHEAT_HOURS = 2;

export type BuildingMedium = 'water' | 'gas' | 'electricity';

/** One medium of all public buildings, hour by hour: mL, dm3 or mWh. */
export class BuildingFlow implements Flow {
  readonly customers: number;
  readonly stepsPerDay = 24;
  readonly registers = 1;
  readonly #buildings: readonly Building[];
  readonly #medium: BuildingMedium;
  readonly #key: Key;
  readonly #days: CityDays;

  constructor(buildings: readonly Building[], medium: BuildingMedium, city: Key, days: CityDays) {
    this.customers = buildings.length;
    this.#buildings = buildings;
    this.#medium = medium;
    this.#key = derive(city, `building ${medium}`);
    this.#days = days;
  }

  registerOf(): 0 {
    return 0;
  }

  fill(customer: number, day: number, into: Float64Array, at: number): void {
    const building = this.#buildings[customer];
    if (building === undefined) return;
    const key = hash(this.#key, customer);
    const { localHour, date, meanTemperature_Cel } = this.#days.at(day);
    for (let hour = 0; hour < 24; hour++) {
      const today = date[hour];
      if (today === undefined) continue;
      const noise = between(key, day * 24 + hour, 0.8, 1.2);
      const per_m2 = this.#demand_per_m2(
        DEMAND[building.kind],
        today,
        localHour[hour] ?? 0,
        meanTemperature_Cel[hour] ?? 0,
      );
      into[at + hour] = Math.round(per_m2 * building.area_m2 * noise);
    }
  }

  /** What a m2 takes in an hour, in the flow's unit. */
  #demand_per_m2(demand: Demand, date: LocalDate, hour: number, temperature_Cel: number): number {
    const isOpen = demand.isOpen(date, hour);
    switch (this.#medium) {
      case 'water':
        return isOpen ? 1000 * demand.water_L_per_m2_h : 0;
      case 'electricity':
        return 1000 * (isOpen ? demand.open_W_per_m2 : demand.closed_W_per_m2);
      case 'gas': {
        const isWarm = isOpen || demand.isOpen(date, Math.min(23, hour + PREHEAT_HOURS));
        const cold_K = Math.max(0, demand.heatsTo_Cel - temperature_Cel);
        return (cold_K * demand.heating_W_per_m2_K * (isWarm ? 1 : demand.setback)) / GAS_WH_PER_DM3;
      }
    }
  }
}
