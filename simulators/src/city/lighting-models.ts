import { faultsByDevice, joined, type Span } from '../faults/device-faults.ts';
import type { Fault } from '../faults/plan.ts';
import type { Key } from '../seeded.ts';
import { Cabinets } from './cabinets.ts';
import type { CityClock } from './clock.ts';
import { Lamps } from './lamps.ts';
import { LightingCalendar } from './lighting.ts';
import { Luminaires } from './luminaires.ts';
import type { CityPlan } from './plan.ts';
import type { Weather } from './weather.ts';

/** Lamps, their controllers and their cabinets, which share calendars and outages. */
export function lightingOf(
  plan: CityPlan,
  city: {
    readonly key: Key;
    readonly clock: CityClock;
    readonly weather: Weather;
    readonly faults: readonly Fault[];
    readonly installed_s: number;
  },
) {
  const { luminaires: count, lampsPerCabinet, sectors, rated_W, losses_permille, cabinet_W } = plan.lighting;
  const { key, clock, weather, faults, installed_s } = city;
  const calendars = sectors.map(
    ({ program }) => new LightingCalendar(program, clock, plan.position, installed_s * 1000),
  );
  const outages = new Map<number, Span[]>();
  const faultsOfLamp = new Map<number, Fault[]>();
  for (const fault of faults) {
    if (fault.kind === 'cabinet_outage') {
      outages.set(fault.number, joined([...(outages.get(fault.number) ?? []), fault]));
    }
    const isOfLight = ['lamp_failure', 'day_burner', 'cycling', 'dimming_ignored'].includes(fault.kind);
    if (isOfLight) faultsOfLamp.set(fault.number, [...(faultsOfLamp.get(fault.number) ?? []), fault]);
  }
  const outagesOf = (cabinet: number): readonly Span[] => outages.get(cabinet) ?? NO_SPANS;
  const lamps = new Lamps({
    count,
    lampsPerCabinet,
    rated_W,
    city: key,
    installed_s,
    calendars,
    outagesOf,
    faultsOf: (lamp) => faultsOfLamp.get(lamp) ?? NO_FAULTS,
  });
  const inTheDark = [...outages.keys()].flatMap((cabinet) =>
    Array.from({ length: lampsPerCabinet }, (_, place) => cabinet * lampsPerCabinet + place),
  );
  const luminaires = new Luminaires({
    count,
    period_s: plan.reportEvery_s.lighting,
    lamps,
    weather,
    city: key,
    faults: faultsByDevice(faults, 'lighting', (lamp) => outagesOf(lamps.cabinetOf(lamp)), inTheDark),
  });
  const cabinets = new Cabinets({
    luminaires: count,
    lampsPerCabinet,
    period_s: plan.reportEvery_s.cabinet,
    lamps,
    outagesOf,
    losses_permille,
    cabinet_W,
    installed_s,
    city: key,
    faults: faultsByDevice(faults, 'cabinet', outagesOf, outages.keys()),
  });
  return { lamps, luminaires, cabinets };
}

const NO_SPANS: readonly Span[] = [];
const NO_FAULTS: readonly Fault[] = [];
