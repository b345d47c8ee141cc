import { DevEui } from '@veilleur/domain';
import type { EmittingDevice, Medium } from '../emission.ts';
import { clockError_s, isIn, type Span } from '../faults/device-faults.ts';
import type { FamilyId } from '../faults/kinds.ts';
import { derive, hash, hex32 } from '../seeded.ts';
import type { Batteries } from './battery.ts';
import type { Family, Physics, Truth } from './family.ts';
import type { Place, Places } from './places.ts';

/** `02564c ssss f nnnnn`: locally administered, 16 bits of the seed, the family, the number. */
const FAMILY_DIGIT: Readonly<Record<FamilyId, number>> = {
  water: 1,
  gas: 2,
  electricity: 3,
  lighting: 4,
  cabinet: 5,
  district: 6,
  building_water: 7,
  building_gas: 8,
  building_electricity: 0,
};
/** A meter that took another's place counts down from the end of the numbers. */
const REPLACEMENT_FROM = 0xfffff;

/** What the devices of a family have in common. */
export interface FamilyContext {
  readonly family: Family;
  readonly seed: number;
  readonly places: Places;
  readonly batteries: Batteries | undefined;
}

/** When a device is there: a meter that is swapped goes, and another comes. */
export type Service = Span;

/**
 * One device, as light as an object can be: a city of a million has a million. All but the DevEUI is
 * worked out when it is asked for.
 */
export class CityDevice implements EmittingDevice {
  readonly index: number;
  /** Within the family. */
  readonly number: number;
  readonly service: Service | undefined;
  readonly #context: FamilyContext;
  readonly #isReplacement: boolean;
  #devEui: DevEui | undefined;

  constructor(
    index: number,
    number: number,
    context: FamilyContext,
    service: Service | undefined,
    isReplacement: boolean,
  ) {
    this.index = index;
    this.number = number;
    this.service = service;
    this.#context = context;
    this.#isReplacement = isReplacement;
  }

  get devEui(): DevEui {
    this.#devEui ??= cityDevEui(
      this.#context.seed,
      this.familyId,
      this.#isReplacement ? REPLACEMENT_FROM - this.number : this.number,
    );
    return this.#devEui;
  }

  get familyId(): FamilyId {
    return this.#context.family.id;
  }

  get name(): string {
    return this.#isReplacement ? `${this.#place.name}-bis` : this.#place.name;
  }

  get medium(): Medium {
    return this.#context.family.medium;
  }

  get profileId(): string {
    return this.#context.family.profileId;
  }

  get lnsProfileName(): string {
    return this.#context.family.lnsProfileName;
  }

  get application(): string {
    return this.#context.family.application;
  }

  get tags(): Readonly<Record<string, string>> {
    return { 'veilleur-profile': this.profileId, medium: this.medium, ...this.#place.tags };
  }

  get position() {
    return this.#place.position;
  }

  get inPit(): boolean {
    return this.#place.inPit;
  }

  get deviceClass(): 'A' | 'C' {
    return this.#context.family.deviceClass;
  }

  /** A few old ones were given their keys in the factory. */
  get activation(): 'OTAA' | 'ABP' {
    return hash(derive(this.#context.seed, 'activation'), this.index) % 50 === 0 ? 'ABP' : 'OTAA';
  }

  /** What its registers and flags really show; nothing while it is not in service. */
  truth(at: Date): readonly Truth[] {
    const time_s = Math.floor(at.getTime() / 1000);
    if (!this.isInService(time_s)) return [];
    return this.#context.family.truth(this.number, time_s);
  }

  /** What really flowed through the place that it meters. */
  physics(at: Date): readonly Physics[] {
    return this.#context.family.physics(this.number, Math.floor(at.getTime() / 1000));
  }

  /** null: it is fed by the mains. */
  batteryPercent(at: Date): number | null {
    const { batteries, family } = this.#context;
    if (batteries === undefined) return null;
    const decay = family.faults.get(this.number)?.battery ?? [];
    return batteries.percent(this.number, Math.floor(at.getTime() / 1000), decay);
  }

  /** How far its clock, which dates its measurements, is ahead of true time. */
  clockError_s(at: Date): number {
    const clock = this.#context.family.faults.get(this.number)?.clock;
    return clock === undefined ? 0 : clockError_s(clock, Math.floor(at.getTime() / 1000));
  }

  isInService(time_s: number): boolean {
    return this.service === undefined || isIn(this.service, time_s);
  }

  get #place(): Place {
    return this.#context.places.of(this.familyId, this.number);
  }
}

/** Another seed is another city: were the names the same, the indexes of one database would jump between two lives. */
export function cityDevEui(seed: number, family: FamilyId, number: number): DevEui {
  const city = hex32(hash(derive(0, 'city of devices'), seed)).slice(0, 4);
  return DevEui(`02564c${city}${FAMILY_DIGIT[family]}${number.toString(16).padStart(5, '0')}`);
}
