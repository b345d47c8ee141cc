import { DUP_FLAG } from './mqtt-packets.ts';

const PACKET_IDS = 65_535;

/** What was published and not acknowledged, by packet id, in order: a window that slides over the ids. */
export class Unacknowledged<T> {
  readonly #chunks: (Buffer | undefined)[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  readonly #items: (T | undefined)[] = [];
  readonly #size: number;
  /** Counts of packets; the id of packet n is n mod 65,535 + 1. */
  #oldest = 0;
  #next = 0;
  #open = 0;

  /** @param size how many may be open at once, at most 60,000. */
  constructor(size: number) {
    this.#size = Math.min(size, 60_000);
  }

  get open(): number {
    return this.#open;
  }

  /** How many more may be published. Ids are given in order, so the oldest holds up the window's end. */
  get room(): number {
    return Math.min(this.#size - this.#open, PACKET_IDS - (this.#next - this.#oldest));
  }

  get nextId(): number {
    return (this.#next % PACKET_IDS) + 1;
  }

  add(chunk: Buffer, start: number, end: number, item: T): void {
    const place = this.#next % PACKET_IDS;
    this.#chunks[place] = chunk;
    this.#starts[place] = start;
    this.#ends[place] = end;
    this.#items[place] = item;
    this.#next += 1;
    this.#open += 1;
  }

  /** What was acknowledged; undefined for an id that is not open. */
  acknowledge(packetId: number): T | undefined {
    const place = packetId - 1;
    if (this.#chunks[place] === undefined) return undefined;
    const item = this.#items[place];
    this.#chunks[place] = undefined;
    this.#items[place] = undefined;
    this.#open -= 1;
    while (this.#oldest < this.#next && this.#chunks[this.#oldest % PACKET_IDS] === undefined)
      this.#oldest += 1;
    return item;
  }

  /** All that is open, in order, each marked as sent before (MQTT 3.1.1, clause 4.4). */
  again(): Buffer {
    const packets: Buffer[] = [];
    for (let n = this.#oldest; n < this.#next; n++) {
      const place = n % PACKET_IDS;
      const chunk = this.#chunks[place];
      if (chunk === undefined) continue;
      const start = this.#starts[place] as number;
      chunk[start] = (chunk[start] as number) | DUP_FLAG;
      packets.push(chunk.subarray(start, this.#ends[place]));
    }
    return Buffer.concat(packets);
  }
}
