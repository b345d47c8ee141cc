import type { Quantity } from './quantity.ts';

/**
 * How a value came to be. The device's own readings are `measured`; the others are the work of
 * later steps and never replace them silently.
 */
export const QUALITIES = ['measured', 'estimated', 'repaired', 'missing'] as const;
export type Quality = (typeof QUALITIES)[number];

/** The highest channel: it is stored in 16 bits. */
export const CHANNEL_MAX = 32_767;

/** One number of one device at one moment. (Device, quantity, channel, time) exists once. */
export interface Measurement {
  readonly quantity: Quantity;
  /** Tells several of one quantity apart: tariff register, pulse input, probe. 0 is the only or total one, `CHANNEL_MAX` the last. */
  readonly channel: number;
  /** When the device measured: its own time where the frame carries one, else when the LNS received. */
  readonly time: Date;
  /** In the quantity's unit. Finite: a value that is not known is not a measurement. */
  readonly value: number;
  readonly quality: Quality;
}
