import type { Encode } from '../device.ts';
import type { Emission } from '../emission.ts';
import { clockError_s, elapsedIn, isIn } from '../faults/device-faults.ts';
import type { Fault } from '../faults/plan.ts';
import { type TruthLine, truthLineOf } from '../faults/truth-file.ts';
import { derive } from '../seeded.ts';
import { CityDevice, type FamilyContext } from './city-device.ts';
import type { Family } from './family.ts';
import { createModels, type Models } from './models.ts';
import { Places } from './places.ts';
import { type CityPlanInput, parseCityPlan } from './plan.ts';
import { type Schedule, scheduleOf, walk } from './schedule.ts';

/** An emission whose device can also be asked for the truth. */
export interface CityEmission extends Emission {
  readonly device: CityDevice;
}

export interface City {
  readonly deviceCount: number;
  /** Made once and light: see `CityDevice`. */
  device(index: number): CityDevice;
  devices(): Iterable<CityDevice>;
  /**
   * Every frame that is sent from `from` (included) to `to` (not), by time, then by DevEUI, made as it is
   * asked for. The same whatever was asked before.
   */
  emissions(from: Date, to: Date): Iterable<CityEmission>;
  readonly faults: readonly Fault[];
  /** The lines of `truth.jsonl`, in the plan's order. */
  truthLines(): Iterable<TruthLine>;
  readonly models: Models;
}

/**
 * A pure function of the plan and of time.
 *
 * @param encode makes the frames: `@veilleur/codec` has it for each profile with an encoder.
 * @throws VeilleurError `city_plan_invalid`, `fault_plan_invalid`
 */
export function createCity(input: CityPlanInput, encode: Encode): City {
  const plan = parseCityPlan(input);
  const models = createModels(plan);
  const places = new Places({
    city: models.key,
    centre: plan.position,
    inPitShare: plan.households.inPit,
    householdOf: (family, number) => models.householdOf(family, number),
    buildings: models.buildings,
    lampsPerCabinet: plan.lighting.lampsPerCabinet,
    sectors: plan.lighting.sectors,
  });
  const roster = createRoster(models, { seed: plan.seed, places });
  const installedAtMs = models.installed_s * 1000;
  let schedules: readonly Schedule[] | undefined;

  return {
    deviceCount: roster.count,
    device: (index) => roster.device(index),
    *devices() {
      for (let index = 0; index < roster.count; index++) yield roster.device(index);
    },
    *emissions(from, to) {
      schedules ??= models.families
        .filter(({ count }) => count > 0)
        .map((family) => scheduleOf(family, derive(models.key, `report offset ${family.id}`)));
      let batch: CityEmission[] = [];
      let batchAtMs = Number.NaN;
      for (const { family, number, atMs, round, offsetMs } of walk(schedules, installedAtMs, from, to)) {
        const emission = emissionOf(roster.at(family, number, atMs), family, { atMs, round, offsetMs });
        if (emission === undefined) continue;
        if (atMs !== batchAtMs) {
          yield* inOrder(batch);
          batch = [];
          batchAtMs = atMs;
        }
        batch.push(emission);
      }
      yield* inOrder(batch);
    },
    faults: models.faults,
    *truthLines() {
      for (const fault of models.faults) yield truthLineOf(fault, roster.subjectOf(fault));
    },
    models,
  };

  function emissionOf(
    device: CityDevice,
    family: Family,
    due: { readonly atMs: number; readonly round: number; readonly offsetMs: number },
  ): CityEmission | undefined {
    const { atMs, round, offsetMs } = due;
    const faults = family.faults.get(device.number);
    const time_s = Math.floor(atMs / 1000);
    let report = round;
    let clock_s = time_s;
    if (faults !== undefined) {
      if (!device.isInService(time_s)) return undefined;
      for (const { from_s, until_s } of faults.silence) {
        if (isIn({ from_s, until_s }, time_s)) return undefined;
        if (from_s > time_s) break;
        report -= slotsBefore(until_s) - slotsBefore(from_s);
      }
      const { service } = device;
      if (service !== undefined && service.from_s > models.installed_s) report = sinceService(service.from_s);
      clock_s += clockError_s(faults.clock, time_s);
    }
    const { bytes, fPort } = encode(family.profileId, family.report(device.number, time_s, clock_s, report));
    return { device, at: new Date(atMs), report, fPort, payload: bytes, confirmed: family.confirmed };

    /** How many reports fell due before a moment. */
    function slotsBefore(moment_s: number): number {
      return Math.max(0, Math.ceil((moment_s * 1000 - installedAtMs - offsetMs) / (family.period_s * 1000)));
    }

    /** A meter that took another's place counts from its own first day, without what it kept to itself. */
    function sinceService(from_s: number): number {
      let count = round - slotsBefore(from_s);
      for (const span of faults?.silence ?? []) {
        if (elapsedIn(span, time_s) === 0 || span.until_s <= from_s) continue;
        count -= slotsBefore(span.until_s) - slotsBefore(Math.max(span.from_s, from_s));
      }
      return count;
    }
  }
}

function inOrder(batch: CityEmission[]): CityEmission[] {
  return batch.length < 2 ? batch : batch.sort((a, b) => (a.device.devEui < b.device.devEui ? -1 : 1));
}

/** Numbers the devices of all families in one row, replacements last, and makes each when it is first met. */
function createRoster(models: Models, common: { readonly seed: number; readonly places: Places }) {
  const contexts = new Map<Family, FamilyContext>();
  const starts = new Map<Family, number>();
  let count = 0;
  for (const family of models.families) {
    contexts.set(family, { family, ...common, batteries: models.batteries.get(family.id) });
    starts.set(family, count);
    count += family.count;
  }
  const regular = count;
  const made: (CityDevice | undefined)[] = new Array(regular);
  const replacements: CityDevice[] = [];
  const replacing = new Map<Fault, CityDevice>();
  const familyOf = new Map(models.families.map((family) => [family.id, family]));
  for (const fault of models.faults) {
    if (fault.kind !== 'swapped' || fault.family === 'gateway' || !fault.newDevEui) continue;
    const family = familyOf.get(fault.family);
    const context = family === undefined ? undefined : contexts.get(family);
    if (context === undefined) continue;
    const service = { from_s: fault.from_s, until_s: Number.POSITIVE_INFINITY };
    const device = new CityDevice(count, fault.number, context, service, true);
    count += 1;
    replacements.push(device);
    replacing.set(fault, device);
  }

  const regularAt = (family: Family, number: number): CityDevice => {
    const index = (starts.get(family) ?? 0) + number;
    let device = made[index];
    if (device === undefined) {
      const context = contexts.get(family);
      if (context === undefined) throw new RangeError(`no family ${family.id}`);
      const swap = family.faults.get(number)?.register;
      const service =
        swap?.kind === 'swapped' && swap.newDevEui
          ? { from_s: Number.NEGATIVE_INFINITY, until_s: swap.from_s }
          : undefined;
      device = new CityDevice(index, number, context, service, false);
      made[index] = device;
    }
    return device;
  };

  return {
    count,
    device(index: number): CityDevice {
      const replacement = replacements[index - regular];
      if (replacement !== undefined) return replacement;
      const family = models.families.findLast((each) => (starts.get(each) ?? 0) <= index && each.count > 0);
      if (family === undefined || index >= regular || index < 0) throw new RangeError(`no device ${index}`);
      return regularAt(family, index - (starts.get(family) ?? 0));
    },
    /** Who speaks at a place at a moment. */
    at(family: Family, number: number, atMs: number): CityDevice {
      const swap = family.faults.get(number)?.register;
      const other = swap === undefined ? undefined : replacing.get(swap);
      if (other !== undefined && swap !== undefined && atMs >= swap.from_s * 1000) return other;
      return regularAt(family, number);
    },
    subjectOf(fault: Fault): string {
      const family = fault.family === 'gateway' ? undefined : familyOf.get(fault.family);
      return family === undefined ? `gateway ${fault.number}` : regularAt(family, fault.number).devEui;
    },
  };
}
