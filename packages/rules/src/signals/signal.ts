import type { History } from '../history.ts';
import type { Tape } from '../tape.ts';

/** Where a device stands: for local time and the sun. */
export interface Place {
  /** IANA. */
  readonly zone: string;
  /** WGS 84. */
  readonly position: { readonly latitude: number; readonly longitude: number } | null;
}

/** A number (or 0 and 1) that follows from a device's history at each moment. */
export interface Signal {
  /** How far back it looks from a moment, ms. */
  readonly horizonMs: number;
  /** Whose samples are moments to look at it. */
  triggers(history: History): readonly Tape[];
  /** Null: nothing can be said. A gap is no value. */
  at(history: History, time: number, place: Place): number | null;
}
