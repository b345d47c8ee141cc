import type { DevEui } from '@veilleur/domain';

/** The devices that are remembered; the one that was heard least lately goes first. */
const DEVICES = 10_000;
/**
 * A device that is so far ahead was not heard in a burst: the clock was set back. LoRaWAN's duty cycle
 * lets no device send this many frames in a day.
 */
const LONGEST_BURST_MS = 60_000;

/**
 * The times of frames that tell none (a ChirpStack v3 before 3.11 behind gateways without a clock): the
 * moment when each came. After an outage many of one device come within a millisecond, and a measurement
 * is known by its device, quantity, channel and time: with one time they would be taken for one. So each
 * frame of a device has a later time than the one before.
 *
 * One reader knows only its own: two bridges of a group that each get a frame of one device in the same
 * millisecond give both the same time.
 */
export class UntimedFrames {
  readonly #lastMs = new Map<DevEui, number>();
  readonly #devices: number;

  constructor(devices = DEVICES) {
    this.#devices = devices;
  }

  /** `arrivedAt`, or as many milliseconds later as it takes. */
  timeOf(devEui: DevEui, arrivedAt: Date): Date {
    const arrivedMs = arrivedAt.getTime();
    const lastMs = this.#lastMs.get(devEui) ?? Number.NEGATIVE_INFINITY;
    const isInBurst = lastMs >= arrivedMs && lastMs - arrivedMs < LONGEST_BURST_MS;
    const ms = isInBurst ? lastMs + 1 : arrivedMs;
    // Set anew, it is the last of the map's order.
    this.#lastMs.delete(devEui);
    this.#lastMs.set(devEui, ms);
    if (this.#lastMs.size > this.#devices) {
      for (const oldest of this.#lastMs.keys()) {
        this.#lastMs.delete(oldest);
        break;
      }
    }
    return new Date(ms);
  }
}
