import { VeilleurError } from '@veilleur/domain';
import {
  createDevice,
  type Encode,
  MAX_DEVICES_A_MEDIUM,
  type SimulatedDevice,
  type Uplink,
} from './device.ts';
import { createElectricityMeter } from './electricity-meter.ts';
import { createGasMeter } from './gas-meter.ts';
import { LightingCalendar } from './lighting-calendar.ts';
import { createLuminaire } from './luminaire.ts';
import { MEDIA, type Medium, type Model, type Setting } from './model.ts';
import { type Place, placeOf, SECTORS, type Sector } from './quarter.ts';
import { derive, hash, type Key } from './seeded.ts';
import { createWaterMeter } from './water-meter.ts';

export interface FleetOptions {
  /** The same seed is the same fleet, to the byte, on every machine and at every start. */
  readonly seed: number;
  readonly water: number;
  readonly gas: number;
  readonly electricity: number;
  readonly luminaires: number;
  /** How often each device reports. */
  readonly periodS: number;
  /** When all meters start to count. Default 2026-01-01T00:00Z. */
  readonly installedAt?: Date;
}

/** A quarter's worth of devices that report every minute: far more often than real ones, to be watched. */
export const DEMO_FLEET: FleetOptions = {
  seed: 1,
  water: 20,
  gas: 10,
  electricity: 10,
  luminaires: 20,
  periodS: 60,
};

const DEFAULT_INSTALLATION = new Date('2026-01-01T00:00:00Z');

export interface Fleet {
  readonly devices: readonly SimulatedDevice[];
  /** Every uplink received from `from` (included) to `to` (not), in time order, made as they are asked for. */
  uplinks(from: Date, to: Date): Iterable<Uplink>;
}

/**
 * Pure: everything follows from the options, the device and the time. A fleet that is made again, tomorrow
 * or elsewhere, goes on with the same meters.
 *
 * @throws VeilleurError `fleet_options_invalid`
 */
export function createFleet(options: FleetOptions, encode: Encode): Fleet {
  check(options);
  const { seed, installedAt = DEFAULT_INSTALLATION } = options;
  const installedAtMs = installedAt.getTime();
  const periodMs = options.periodS * 1000;
  const city = derive(hash(derive(0, 'city'), seed), 'Veilleur');
  const weather = derive(city, 'weather');
  const lighting = lightingBySector(city, installedAtMs);

  const deviceAt = (medium: Medium, number: number): SimulatedDevice => {
    const place = placeOf(medium, number);
    const key = hash(derive(city, medium), number);
    const setting: Setting = { key, weather, number, installedAtMs };
    const model = createModel(medium, setting, place, lighting);
    return createDevice({ key, seed, number, medium, model, place, installedAtMs, periodMs, encode });
  };
  const devices = MEDIA.flatMap((medium) =>
    Array.from({ length: countOf(options, medium) }, (_, number) => deviceAt(medium, number)),
  );
  // Each device reports once a period at its own offset, so one order holds for every period.
  const byOffset = devices.toSorted((a, b) => a.firstReportAt.getTime() - b.firstReportAt.getTime());

  return {
    devices,
    *uplinks(from, to) {
      const firstRound = Math.max(0, Math.floor((from.getTime() - installedAtMs) / periodMs));
      for (let n = firstRound; byOffset.length > 0; n++) {
        for (const device of byOffset) {
          const atMs = device.firstReportAt.getTime() + n * periodMs;
          if (atMs >= to.getTime()) return;
          if (atMs >= from.getTime()) yield device.uplink(n);
        }
      }
    },
  };
}

interface SectorLighting {
  readonly calendar: LightingCalendar;
  readonly transformer: Key;
}

function lightingBySector(city: Key, installedAtMs: number): ReadonlyMap<Sector, SectorLighting> {
  return new Map(
    SECTORS.map((sector) => [
      sector,
      {
        calendar: new LightingCalendar(sector.program, installedAtMs),
        transformer: derive(city, `transformer ${sector.id}`),
      },
    ]),
  );
}

function createModel(
  medium: Medium,
  setting: Setting,
  place: Place,
  lighting: ReadonlyMap<Sector, SectorLighting>,
): Model {
  switch (medium) {
    case 'water':
      return createWaterMeter(setting);
    case 'gas':
      return createGasMeter(setting);
    case 'electricity':
      return createElectricityMeter(setting);
    case 'lighting': {
      const sector = lighting.get(place.sector);
      if (sector === undefined) throw new RangeError(`no lighting in sector ${place.sector.id}`);
      return createLuminaire(setting, sector.calendar, sector.transformer);
    }
  }
}

function countOf(options: FleetOptions, medium: Medium): number {
  return medium === 'lighting' ? options.luminaires : options[medium];
}

function check(options: FleetOptions): void {
  const wrong = [
    ...MEDIA.filter((medium) => !isCount(countOf(options, medium))).map(
      (medium) => `the number of ${medium}`,
    ),
    ...(Number.isSafeInteger(options.seed) ? [] : ['seed']),
    ...(Number.isInteger(options.periodS) && options.periodS > 0 ? [] : ['periodS']),
    ...(Number.isNaN(options.installedAt?.getTime() ?? 0) ? ['installedAt'] : []),
  ];
  if (wrong.length === 0) return;
  throw new VeilleurError('fleet_options_invalid', `not usable: ${wrong.join(', ')}`, {
    remedy: `Give whole numbers: up to ${MAX_DEVICES_A_MEDIUM} devices a medium, and a period of a second or more.`,
  });
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= MAX_DEVICES_A_MEDIUM;
}
