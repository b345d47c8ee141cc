import { createCity } from '../city/city.ts';
import type { CityDevice } from '../city/city-device.ts';
import { appliancesOf } from '../city/electricity-flow.ts';
import { householdOf } from '../city/household.ts';
import type { CityPlanInput } from '../city/plan.ts';
import type { Encode } from '../device.ts';
import { derive } from '../seeded.ts';
import { type DailyShape, dailyShapeOf, type HourlyShape, hourlyShapeOf } from './shape.ts';

const HOMES: CityPlanInput = {
  seed: 2026,
  installedAt: '2026-01-01',
  households: { count: 1200, water: 1, gas: 1, electricity: 1 },
  waterDistricts: 0,
};
const ELECTRIC_HEATING_SHARE = 0.3;
/** Enough for the shape of a kind of home, few enough for a minute. */
const HOMES_OF_A_KIND = 60;

export interface SimulatedShapes {
  readonly water: HourlyShape;
  readonly electricity: HourlyShape;
  readonly gas: DailyShape;
  /** No real hours of gas are at hand: shown alone. */
  readonly gasHours: HourlyShape;
}

/**
 * The shapes of simulated homes of the kind that the real ones are: three people's water in the same
 * months; three and more who heat with electricity and have no night tank; any home with gas.
 */
export function simulatedShapes(): SimulatedShapes {
  const city = createCity(HOMES, withoutFrames);
  const meters = (family: string) => [...city.devices()].filter(({ familyId }) => familyId === family);
  const households = derive(city.models.key, 'household');
  const homeOf = (meter: CityDevice) => householdOf(households, Number(meter.tags.household));
  const water = meters('water').filter((meter) => homeOf(meter).persons === 3);
  const electricity = meters('electricity').filter((meter) => {
    const { key, persons } = homeOf(meter);
    const home = appliancesOf(derive(key, 'e'), persons, ELECTRIC_HEATING_SHARE);
    return persons >= 3 && home.heating_Wh_per_K > 0 && home.tank_Wh_per_day === 0;
  });
  const gas = meters('gas').slice(0, HOMES_OF_A_KIND);
  return {
    water: hourlyShapeOf(daysOf(city, water.slice(0, HOMES_OF_A_KIND), '2026-04-02', '2026-06-08', 1000)),
    electricity: hourlyShapeOf(
      daysOf(city, electricity.slice(0, HOMES_OF_A_KIND), '2026-02-14', '2027-02-02', 1000),
    ),
    gas: dailyShapeOf(gasDays(gas)),
    gasHours: hourlyShapeOf(daysOf(city, gas, '2026-01-10', '2026-02-10', 1000)),
  };
}

/** Every local day of every meter, by hours; quantiles are over each home's own mean. */
function daysOf(
  city: ReturnType<typeof createCity>,
  meters: readonly CityDevice[],
  from: string,
  to: string,
  unitsPerUnit: number,
): number[][] {
  const days: number[][] = [];
  const fromMs = Date.parse(from);
  const count = Math.round((Date.parse(to) - fromMs) / 86_400_000);
  for (const meter of meters) {
    const own: number[][] = [];
    let before = unitsAt(meter, fromMs);
    for (let day = 0; day < count; day++) {
      const { localHour } = city.models.days.at(Math.floor(fromMs / 86_400_000) + day);
      const hours = new Array<number>(24).fill(0);
      for (let hour = 0; hour < 24; hour++) {
        const after = unitsAt(meter, fromMs + (day * 24 + hour + 1) * 3_600_000);
        const local = localHour[hour] ?? 0;
        hours[local] = (hours[local] ?? 0) + (after - before) / unitsPerUnit;
        before = after;
      }
      own.push(hours);
    }
    days.push(...own);
  }
  return days;
}

function gasDays(meters: readonly CityDevice[]): { month: number; total: number }[] {
  const days: { month: number; total: number }[] = [];
  const fromMs = Date.parse('2026-01-01T05:00:00Z');
  for (const meter of meters) {
    let before = unitsAt(meter, fromMs);
    for (let day = 0; day < 365; day++) {
      const after = unitsAt(meter, fromMs + (day + 1) * 86_400_000);
      // As the operator publishes it: whole cubic metres between two indexes.
      const total = Math.floor(after / 1000) - Math.floor(before / 1000);
      days.push({ month: new Date(fromMs + day * 86_400_000).getUTCMonth() + 1, total });
      before = after;
    }
  }
  return days;
}

function unitsAt(meter: CityDevice, timeMs: number): number {
  return meter.physics(new Date(timeMs)).reduce((sum, { units }) => sum + units, 0);
}

/** Shapes are of what flowed; no frame is asked for. */
const withoutFrames: Encode = (profileId) => {
  throw new RangeError(`no frame of ${profileId} is made here`);
};
