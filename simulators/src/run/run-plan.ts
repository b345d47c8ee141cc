import { VeilleurError } from '@veilleur/domain';
import type { CityPlanInput } from '../city/plan.ts';
import { type FamilyId, ruleOf } from '../faults/kinds.ts';
import type { Load, Scenario, ScenarioFormat } from './scenario.ts';

/** What the command line says otherwise than the scenario. */
export interface Overrides {
  readonly seed?: number | undefined;
  /** `2%` of each kind of device, or so many in all. */
  readonly devices?: DeviceScale | undefined;
  readonly speed?: Speed | undefined;
  readonly from?: Date | undefined;
  readonly days?: number | undefined;
  readonly level?: Scenario['level'] | undefined;
  readonly format?: ScenarioFormat | undefined;
  readonly meteringPoints?: boolean | undefined;
}

export type DeviceScale = { readonly share: number } | { readonly total: number };
export type Speed = Scenario['speed'];

/** A simulation with everything decided: plain data, which a process can hand to another. */
export interface RunPlan {
  readonly name: string;
  readonly seed: number;
  readonly city: CityPlanInput;
  readonly radio: Scenario['radio'];
  /** Whether the city's metering points are made known, and its consumption compared. */
  readonly meteringPoints: boolean;
  readonly level: Scenario['level'];
  readonly format: ScenarioFormat;
  readonly fromMs: number;
  /** Not included. */
  readonly untilMs: number;
  readonly speed: Speed;
  readonly load: Load;
  readonly expect: Scenario['expect'];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A bridge does not believe events from further ahead than a day. */
const BELIEVED_AHEAD_MS = 23 * HOUR_MS;

/**
 * Decides everything that a scenario leaves open.
 *
 * @param now the present, for scenarios that end with it.
 * @throws VeilleurError `scenario_before_installation`, `scenario_in_future`, `scenario_in_past`,
 *   `storm_outside_run`, `gateway_level_real_time`
 */
export function planRun(scenario: Scenario, overrides: Overrides, now: Date): RunPlan {
  const { name, radio, load, expect } = scenario;
  const seed = overrides.seed ?? scenario.seed;
  const speed = overrides.speed ?? scenario.speed;
  const level = overrides.level ?? scenario.level;
  if (level === 'gateway' && speed !== 1) {
    throw new VeilleurError('gateway_level_real_time', 'at the gateway level time is real time', {
      remedy: 'Add --speed real: a network server answers within a second, whatever the simulation wishes.',
    });
  }
  const days = overrides.days ?? scenario.days;
  const lengthMs =
    days === undefined && scenario.until !== undefined && scenario.from !== undefined
      ? Date.parse(scenario.until) - Date.parse(scenario.from)
      : (days ?? 1) * DAY_MS;
  const thisHourMs = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  const defaultFromMs = speed === 1 ? now.getTime() : thisHourMs - lengthMs;
  const writtenFromMs = scenario.from === undefined ? defaultFromMs : Date.parse(scenario.from);
  // No network server lets devices join yesterday: what a scenario tells of the past happens from now on.
  const usualFromMs = level === 'gateway' ? Math.max(now.getTime(), writtenFromMs) : writtenFromMs;
  const fromMs = overrides.from?.getTime() ?? usualFromMs;
  if (level === 'gateway' && fromMs < now.getTime()) {
    throw new VeilleurError(
      'scenario_in_past',
      `the simulated time would begin at ${new Date(fromMs).toISOString()}, and at the gateway level time is real time`,
      { remedy: 'Leave --from out to begin now, or give a time to come.' },
    );
  }
  const untilMs = Math.round(fromMs + lengthMs);
  if (speed !== 1 && untilMs > now.getTime() + BELIEVED_AHEAD_MS) {
    throw new VeilleurError(
      'scenario_in_future',
      `the simulated time would end at ${new Date(untilMs).toISOString()}, and a bridge quarantines events from the future`,
      { remedy: 'Let it begin earlier (--from), take fewer days (--days), or run it in real time.' },
    );
  }
  if (load.kind === 'storm' && (Date.parse(load.from) < fromMs || Date.parse(load.to) > untilMs)) {
    throw new VeilleurError(
      'storm_outside_run',
      `the storm from ${load.from} to ${load.to} is not within the simulated time, ${new Date(fromMs).toISOString()} to ${new Date(untilMs).toISOString()}`,
      {
        remedy:
          'Set load.from and load.to within it, or from, until and days (--from, --days) around the storm.',
      },
    );
  }
  const installedAt =
    scenario.city.installedAt ??
    (scenario.from === undefined ? new Date(fromMs - 2 * DAY_MS).toISOString().slice(0, 10) : '2026-01-01');
  const city = scaled(
    {
      ...scenario.city,
      installedAt,
      seed,
      faults: scenario.faults.map(faultInput),
      reportEvery_s: scenario.reportEvery_s,
    },
    overrides.devices,
  );
  if (Date.parse(installedAt) > fromMs) {
    throw new VeilleurError(
      'scenario_before_installation',
      `the simulated time begins at ${new Date(fromMs).toISOString()}, before the city is installed (${installedAt})`,
      { remedy: 'Set city.installedAt to an earlier day, or --from to a later one.' },
    );
  }
  const format = overrides.format ?? scenario.format;
  const meteringPoints = overrides.meteringPoints ?? scenario.meteringPoints;
  return { name, seed, city, radio, meteringPoints, level, format, fromMs, untilMs, speed, load, expect };
}

/** A fault as a scenario writes it, from one that was read: whole seconds become text again. */
function faultInput({ from, to, ...rest }: Scenario['faults'][number]) {
  const text = (time_s: number) => new Date(time_s * 1000).toISOString();
  return { ...withoutUndefined(rest), from: text(from), ...(to === undefined ? {} : { to: text(to) }) };
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}

type City = RunPlan['city'];

/** The same city with fewer or more of everything; its faults that name devices beyond it are left out. */
function scaled(city: City, scale: DeviceScale | undefined): City {
  if (scale === undefined) return city;
  const share = 'share' in scale ? scale.share : scale.total / Math.max(1, devicesOf(city));
  const some = (count: number) => (count === 0 ? 0 : Math.max(1, Math.round(count * share)));
  const homes = city.households ?? { count: 0 };
  const lighting = city.lighting ?? { luminaires: 0 };
  // Of what is few one is kept: kinds of buildings matter.
  const buildings = (city.buildings ?? []).map((building) => ({
    ...building,
    count: some(building.count ?? 1),
  }));
  const smaller = {
    ...city,
    households: { ...homes, count: some(homes.count) },
    lighting: { ...lighting, luminaires: some(lighting.luminaires) },
    waterDistricts: some(city.waterDistricts ?? 1),
    buildings,
  };
  const counts = countsOf(smaller);
  const faults = (city.faults ?? []).flatMap((fault) => {
    const { families } = ruleOf(fault.kind);
    if (fault.numbers === undefined || families === 'gateway') return [fault];
    const count = counts[fault.family ?? families[0] ?? 'water'];
    const numbers = fault.numbers.filter((number) => number < count);
    return numbers.length === 0 ? [] : [{ ...fault, numbers }];
  });
  return { ...smaller, faults };
}

function countsOf(city: City): Readonly<Record<FamilyId, number>> {
  const homes = city.households ?? { count: 0 };
  const lamps = city.lighting?.luminaires ?? 0;
  const buildings = (city.buildings ?? []).reduce((sum, { count = 1 }) => sum + count, 0);
  return {
    water: Math.round(homes.count * (homes.water ?? 1)),
    gas: Math.round(homes.count * (homes.gas ?? 0.5)),
    electricity: Math.round(homes.count * (homes.electricity ?? 0.5)),
    lighting: lamps,
    cabinet: Math.ceil(lamps / (city.lighting?.lampsPerCabinet ?? 60)),
    district: city.waterDistricts ?? 1,
    building_water: buildings,
    building_gas: buildings,
    building_electricity: buildings,
  };
}

/** How many devices of a run are meters, each with a metering point. */
export function meterCount({ city }: RunPlan): number {
  return devicesOf(city) - countsOf(city).lighting;
}

function devicesOf(city: City): number {
  return Object.values(countsOf(city)).reduce((sum, count) => sum + count, 0);
}
