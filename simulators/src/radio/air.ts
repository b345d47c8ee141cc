import { CHANNELS_HZ, LOWEST_SF, sensitivity_dBm } from './eu868.ts';
import { MAX_HEARERS } from './link.ts';

/** A frame is read in spite of others if it is so much stronger than all of them together: 6 dB. */
const CAPTURE_RATIO = 10 ** (6 / 10);
/** An SX1301 follows eight frames at once. */
const DEMODULATORS = 8;
const SPREADING_FACTORS = 6;

/** What became of a frame at one gateway, where it was strong enough to be read. */
export const HEARD = { tooWeak: 0, read: 1, collided: 2, noDemodulator: 3 } as const;

/**
 * Who is on the air. Frames meet where channel and spreading factor are the same (pure ALOHA); other
 * spreading factors are taken as orthogonal.
 *
 * There are no lists of who met whom: every gateway keeps, for each channel and spreading factor, the sum
 * of all power that ever began and ever ended. What overlapped a frame is what was there when it began
 * and what began until it ended, so a frame costs the same in a storm of thousands as alone.
 */
export class Air {
  readonly #gateways: number;
  readonly #begun: Int32Array;
  readonly #ended: Int32Array;
  readonly #begun_mW: Float64Array;
  readonly #ended_mW: Float64Array;
  readonly #busy: Int32Array;
  readonly #free: number[] = [];
  #capacity = 0;
  #slot = new Int32Array(0);
  #there = new Int32Array(0);
  #begunThen = new Int32Array(0);
  #hearers = new Int32Array(0);
  #gateway = new Int32Array(0);
  #strength_dBm = new Float64Array(0);
  #power_mW = new Float64Array(0);
  #there_mW = new Float64Array(0);
  #begunThen_mW = new Float64Array(0);
  #verdict = new Uint8Array(0);

  constructor(gateways: number) {
    const slots = CHANNELS_HZ.length * SPREADING_FACTORS;
    this.#gateways = gateways;
    this.#begun = new Int32Array(slots);
    this.#ended = new Int32Array(slots);
    this.#begun_mW = new Float64Array(slots * gateways);
    this.#ended_mW = new Float64Array(slots * gateways);
    this.#busy = new Int32Array(gateways);
  }

  /** A frame begins. Its hearers are told one by one with `reaches`, then it is `end`ed at its time. */
  begin(channel: number, spreadingFactor: number): number {
    const id = this.#free.pop() ?? this.#grown();
    const slot = channel * SPREADING_FACTORS + spreadingFactor - LOWEST_SF;
    const begun = this.#begun[slot] as number;
    this.#slot[id] = slot;
    this.#there[id] = begun - (this.#ended[slot] as number);
    this.#begun[slot] = begun + 1;
    this.#begunThen[id] = begun + 1;
    this.#hearers[id] = 0;
    return id;
  }

  reaches(id: number, gateway: number, strength_dBm: number): void {
    const slot = this.#slot[id] as number;
    const place = id * MAX_HEARERS + (this.#hearers[id] as number);
    this.#hearers[id] = (this.#hearers[id] as number) + 1;
    const cell = slot * this.#gateways + gateway;
    const power_mW = 10 ** (strength_dBm / 10);
    const begun_mW = this.#begun_mW[cell] as number;
    this.#gateway[place] = gateway;
    this.#strength_dBm[place] = strength_dBm;
    this.#power_mW[place] = power_mW;
    this.#there_mW[place] = begun_mW - (this.#ended_mW[cell] as number);
    this.#begun_mW[cell] = begun_mW + power_mW;
    this.#begunThen_mW[place] = begun_mW + power_mW;
    const spreadingFactor = (slot % SPREADING_FACTORS) + LOWEST_SF;
    if (strength_dBm < sensitivity_dBm(spreadingFactor)) this.#verdict[place] = HEARD.tooWeak;
    else if ((this.#busy[gateway] as number) >= DEMODULATORS) this.#verdict[place] = HEARD.noDemodulator;
    else {
      this.#verdict[place] = HEARD.read;
      this.#busy[gateway] = (this.#busy[gateway] as number) + 1;
    }
  }

  /** The frame ends; ask for its verdicts before the next one begins. */
  end(id: number): void {
    const slot = this.#slot[id] as number;
    const others =
      (this.#there[id] as number) + (this.#begun[slot] as number) - (this.#begunThen[id] as number);
    const ended = (this.#ended[slot] as number) + 1;
    this.#ended[slot] = ended;
    const hearers = this.#hearers[id] as number;
    for (let place = id * MAX_HEARERS; place < id * MAX_HEARERS + hearers; place++) {
      const gateway = this.#gateway[place] as number;
      const cell = slot * this.#gateways + gateway;
      const power_mW = this.#power_mW[place] as number;
      this.#ended_mW[cell] = (this.#ended_mW[cell] as number) + power_mW;
      if (this.#verdict[place] !== HEARD.read) continue;
      this.#busy[gateway] = (this.#busy[gateway] as number) - 1;
      if (others === 0) continue;
      const others_mW =
        (this.#there_mW[place] as number) +
        (this.#begun_mW[cell] as number) -
        (this.#begunThen_mW[place] as number);
      if (power_mW < CAPTURE_RATIO * others_mW) this.#verdict[place] = HEARD.collided;
    }
    // Silence: start the sums anew, or rounding would add up over the years.
    if (ended === this.#begun[slot]) {
      this.#begun[slot] = 0;
      this.#ended[slot] = 0;
      this.#begun_mW.fill(0, slot * this.#gateways, (slot + 1) * this.#gateways);
      this.#ended_mW.fill(0, slot * this.#gateways, (slot + 1) * this.#gateways);
    }
    this.#free.push(id);
  }

  verdict(id: number, place: number): number {
    return this.#verdict[id * MAX_HEARERS + place] as number;
  }

  strength_dBm(id: number, place: number): number {
    return this.#strength_dBm[id * MAX_HEARERS + place] as number;
  }

  #grown(): number {
    const before = this.#capacity;
    this.#capacity = Math.max(64, before * 2);
    this.#slot = larger(this.#slot, this.#capacity);
    this.#there = larger(this.#there, this.#capacity);
    this.#begunThen = larger(this.#begunThen, this.#capacity);
    this.#hearers = larger(this.#hearers, this.#capacity);
    const places = this.#capacity * MAX_HEARERS;
    this.#gateway = larger(this.#gateway, places);
    this.#strength_dBm = larger(this.#strength_dBm, places);
    this.#power_mW = larger(this.#power_mW, places);
    this.#there_mW = larger(this.#there_mW, places);
    this.#begunThen_mW = larger(this.#begunThen_mW, places);
    this.#verdict = larger(this.#verdict, places);
    for (let id = this.#capacity - 1; id > before; id--) this.#free.push(id);
    return before;
  }
}

function larger<T extends Int32Array | Float64Array | Uint8Array>(array: T, length: number): T {
  const copy = new (array.constructor as new (length: number) => T)(length);
  copy.set(array);
  return copy;
}
