import { faultsByDevice, type Span } from '../faults/device-faults.ts';
import type { FamilyId } from '../faults/kinds.ts';
import { type Fault, resolveFaults } from '../faults/plan.ts';
import { between, derive, type Key } from '../seeded.ts';
import { Batteries } from './battery.ts';
import { type Building, BuildingFlow } from './building.ts';
import type { Cabinets } from './cabinets.ts';
import { CityDays } from './city-day.ts';
import { CityClock, utcDay } from './clock.ts';
import { HouseholdElectricity } from './electricity-flow.ts';
import { BuildingElectricityMeters, ElectricityMeters } from './electricity-meters.ts';
import type { Family } from './family.ts';
import type { Flow } from './flow.ts';
import { FlowLedger } from './flow-ledger.ts';
import { HouseholdGas } from './gas-flow.ts';
import { GasMeters } from './gas-meters.ts';
import { meanPresence } from './household.ts';
import { householdNumbers } from './household-numbers.ts';
import type { Lamps } from './lamps.ts';
import { lightingOf } from './lighting-models.ts';
import { Meters } from './meters.ts';
import type { CityPlan } from './plan.ts';
import { type CustomerRange, WaterDistricts } from './water-districts.ts';
import { HouseholdWater } from './water-flow.ts';
import { WaterMeters } from './water-meters.ts';
import { Weather } from './weather.ts';

/** Everything that a city is made of, wired. */
export interface Models {
  readonly key: Key;
  readonly installed_s: number;
  readonly families: readonly Family[];
  readonly faults: readonly Fault[];
  readonly buildings: readonly Building[];
  readonly batteries: ReadonlyMap<FamilyId, Batteries>;
  readonly lamps: Lamps;
  readonly cabinets: Cabinets;
  readonly weather: Weather;
  readonly days: CityDays;
  /** Which household the number-th meter of a family is behind. */
  householdOf(family: FamilyId, number: number): number;
  /** Which customers a district meter stands before. */
  customersOf(
    district: number,
  ): readonly { readonly family: FamilyId; readonly from: number; readonly until: number }[];
}

/** Litres, pulses of 0.01 or 0.1 m3, watt-hours: what a register's smallest step is in fine units. */
const STEP = { L_in_mL: 1000, domesticPulse_in_dm3: 10, largePulse_in_dm3: 100, Wh_in_mWh: 1000 } as const;

/** @throws VeilleurError `fault_plan_invalid` */
export function createModels(plan: CityPlan): Models {
  const key = derive(derive(plan.seed >>> 0, `city ${Math.floor(plan.seed / 2 ** 32)}`), 'Veilleur');
  const installedAtMs = Date.parse(plan.installedAt);
  const installed_s = installedAtMs / 1000;
  const firstDay = utcDay(installedAtMs);
  const clock = new CityClock(plan.timeZone);
  const weather = new Weather(
    derive(key, 'weather'),
    plan.weather.spells.map(({ from, to, shift_K }) => ({
      fromDay: utcDay(Date.parse(from)),
      untilDay: utcDay(Date.parse(to)),
      shift_K,
    })),
  );
  const days = new CityDays(clock, weather, plan.hasLocalLaw);
  const buildings = plan.buildings.flatMap(({ kind, area_m2, count }) =>
    Array.from({ length: count }, () => ({ kind, area_m2 })),
  );

  const homes = plan.households;
  const counts: Readonly<Record<FamilyId, number>> = {
    water: Math.round(homes.count * homes.water),
    gas: Math.round(homes.count * homes.gas),
    electricity: Math.round(homes.count * homes.electricity),
    lighting: plan.lighting.luminaires,
    cabinet: Math.ceil(plan.lighting.luminaires / plan.lighting.lampsPerCabinet),
    district: plan.waterDistricts,
    building_water: buildings.length,
    building_gas: buildings.length,
    building_electricity: buildings.length,
  };
  const faults = resolveFaults(plan.faults, (family) => counts[family], key);
  const every = plan.reportEvery_s;

  // What all families that meter a flow have in common.
  const batteries = new Map<FamilyId, Batteries>();
  const onBattery = (family: FamilyId) => {
    const own = new Batteries(derive(key, `battery ${family}`), installed_s);
    batteries.set(family, own);
    return own;
  };
  const metered = (
    family: FamilyId,
    source: Meters | FlowLedger | WaterDistricts,
    unitsPerStep: number,
    most: number,
  ) => {
    const battery = batteries.get(family);
    const initials = derive(key, `initial index ${family}`);
    const ofFamily = faultsByDevice(faults, family, (number, own) => {
      const decay = own.filter(({ kind }) => kind === 'battery_decay');
      const empty_s = battery?.emptyAt_s(number, decay) ?? Number.POSITIVE_INFINITY;
      return [
        ...(decay.length === 0 ? [] : [{ from_s: empty_s, until_s: Number.POSITIVE_INFINITY }]),
        ...own.flatMap(silenceOfSwap),
      ];
    });
    const initial = (number: number, register: number) =>
      Math.floor(between(initials, 2 * number + register, most / 40, most));
    return {
      faults: ofFamily,
      meters: new Meters({ source: source as FlowLedger, unitsPerStep, initial, faults: ofFamily }),
    };
  };
  const ledgerOf = (flow: Flow) => new FlowLedger(flow, firstDay);

  const households = derive(key, 'household');
  const presence = meanPresence(households);
  const householdOf = householdNumbers(homes.count, key);
  const waterFlow = new HouseholdWater(counts.water, households, days, presence);
  const gasFlow = new HouseholdGas(
    counts.gas,
    households,
    (customer) => householdOf('gas', customer),
    days,
    waterFlow,
  );
  const electricityFlow = new HouseholdElectricity(
    counts.electricity,
    households,
    (customer) => householdOf('electricity', customer),
    days,
    presence,
    homes.electricHeating,
  );

  const waterLedger = ledgerOf(waterFlow);
  const buildingWaterLedger = ledgerOf(new BuildingFlow(buildings, 'water', key, days));
  const water = new WaterMeters({
    id: 'water',
    count: counts.water,
    period_s: every.water,
    batteries: onBattery('water'),
    ...metered('water', waterLedger, STEP.L_in_mL, 900_000),
  });
  const buildingWater = new WaterMeters({
    id: 'building_water',
    count: buildings.length,
    period_s: every.building,
    batteries: onBattery('building_water'),
    ...metered('building_water', buildingWaterLedger, STEP.L_in_mL, 9_000_000),
  });
  const rangeOf = (count: number, district: number) => ({
    from: Math.floor((count * district) / plan.waterDistricts),
    until: Math.floor((count * (district + 1)) / plan.waterDistricts),
  });
  const districts = new WaterDistricts(
    Array.from({ length: plan.waterDistricts }, (_, district): CustomerRange[] => [
      customers(water, waterLedger, rangeOf(counts.water, district)),
      customers(buildingWater, buildingWaterLedger, rangeOf(buildings.length, district)),
    ]),
    firstDay,
  );
  const districtMeters = new WaterMeters({
    id: 'district',
    count: plan.waterDistricts,
    period_s: every.district,
    batteries: onBattery('district'),
    ...metered('district', districts, STEP.L_in_mL, 90_000_000),
  });

  const gas = new GasMeters({
    id: 'gas',
    count: counts.gas,
    period_s: every.gas,
    batteries: onBattery('gas'),
    ...metered('gas', ledgerOf(gasFlow), STEP.domesticPulse_in_dm3, 800_000),
  });
  const buildingGas = new GasMeters({
    id: 'building_gas',
    count: buildings.length,
    period_s: every.building,
    batteries: onBattery('building_gas'),
    ...metered(
      'building_gas',
      ledgerOf(new BuildingFlow(buildings, 'gas', key, days)),
      STEP.largePulse_in_dm3,
      900_000,
    ),
  });
  const electricity = new ElectricityMeters({
    count: counts.electricity,
    period_s: every.electricity,
    clock,
    city: key,
    ...metered('electricity', ledgerOf(electricityFlow), STEP.Wh_in_mWh, 30_000_000),
  });
  const buildingElectricity = new BuildingElectricityMeters({
    count: buildings.length,
    period_s: every.building,
    ...metered(
      'building_electricity',
      ledgerOf(new BuildingFlow(buildings, 'electricity', key, days)),
      STEP.Wh_in_mWh,
      900_000_000,
    ),
  });

  const { lamps, luminaires, cabinets } = lightingOf(plan, { key, clock, weather, faults, installed_s });
  return {
    key,
    installed_s,
    families: [
      water,
      gas,
      electricity,
      luminaires,
      cabinets,
      districtMeters,
      buildingWater,
      buildingGas,
      buildingElectricity,
    ],
    faults,
    buildings,
    batteries,
    lamps,
    cabinets,
    weather,
    days,
    householdOf,
    customersOf: (district) => [
      { family: 'water', ...rangeOf(counts.water, district) },
      { family: 'building_water', ...rangeOf(buildings.length, district) },
    ],
  };
}

/** A fresh W1 says nothing until its log is full: what it would say of the hours before is the old meter's. */
const NEW_WATER_LOG_S = 48 * 3600;

function silenceOfSwap({ kind, family, from_s }: Fault): Span[] {
  const hasLog = family === 'water' || family === 'building_water' || family === 'district';
  return kind === 'swapped' && hasLog ? [{ from_s, until_s: from_s + NEW_WATER_LOG_S }] : [];
}

function customers(
  { meters, faults }: WaterMeters,
  ledger: FlowLedger,
  { from, until }: { readonly from: number; readonly until: number },
): CustomerRange {
  const apart = [...faults]
    .filter(
      ([number, own]) =>
        number >= from && number < until && (own.flow.length > 0 || own.register?.kind === 'backflow'),
    )
    .map(([number]) => number);
  return { meters, ledger, from, until, apart };
}
