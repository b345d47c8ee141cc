import type { Quantity } from '@veilleur/domain';
import type { Key } from './seeded.ts';

export const MEDIA = ['water', 'gas', 'electricity', 'lighting'] as const;
export type Medium = (typeof MEDIA)[number];

/** What is really so, in the quantity's unit: what a reader of the frames should find. */
export interface Truth {
  readonly quantity: Quantity;
  readonly channel: number;
  readonly value: number;
}

/** The physics behind one device, and how it words them. Pure: time is the only thing that moves. */
export interface Model {
  /** At any moment from the installation on. */
  truth(timeMs: number): readonly Truth[];
  /**
   * What the device says when it reports: the `data` that its profile's encoder takes.
   *
   * @param reportNumber counts from 0 at the installation.
   */
  report(timeMs: number, reportNumber: number): object;
}

/** What a model is made of beside its own numbers. */
export interface Setting {
  /** Of this device alone. */
  readonly key: Key;
  /** Of the city's weather. */
  readonly weather: Key;
  /** Of the device within its medium, from 0: the rare stories are told by it, so that they are known. */
  readonly number: number;
  readonly installedAtMs: number;
}
