import type { Quantity } from '@veilleur/domain';
import type { Medium } from '../emission.ts';
import type { FaultsByDevice } from '../faults/device-faults.ts';
import type { FamilyId } from '../faults/kinds.ts';

/** What is really so, in the quantity's unit: what a reader of the frames should find. */
export interface Truth {
  readonly quantity: Quantity;
  readonly channel: number;
  readonly value: number;
}

/** What really flowed or was drawn, meter faults aside: a perfect meter's index. */
export interface Physics {
  readonly quantity: Quantity;
  readonly channel: number;
  /** In the quantity's unit. */
  readonly value: number;
  /** The same in `unit`, of which nothing smaller exists: sums of these are exact. */
  readonly units: number;
  readonly unit: 'mL' | 'dm3' | 'mWh' | 'dJ';
}

/** Like devices, told apart by a number from 0: models of thousands, not an object for each. */
export interface Family {
  readonly id: FamilyId;
  readonly count: number;
  readonly period_s: number;
  readonly medium: Medium;
  readonly profileId: string;
  readonly lnsProfileName: string;
  readonly application: string;
  readonly deviceClass: 'A' | 'C';
  readonly confirmed: boolean;
  readonly faults: FaultsByDevice;
  /**
   * What a device says at a moment: the `data` that its profile's encoder takes.
   *
   * @param clock_s the device's own clock, by which it dates what it says.
   */
  report(number: number, time_s: number, clock_s: number, report: number): object;
  /** What its registers and flags really show. */
  truth(number: number, time_s: number): readonly Truth[];
  physics(number: number, time_s: number): readonly Physics[];
}
