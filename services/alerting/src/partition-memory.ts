import { advancedTo, type HandleChanges, nextGeneration } from '@veilleur/store';
import { DeviceCache } from './device-cache.ts';
import { DueTimes } from './due-times.ts';

/**
 * What a process remembers of a partition, and whether it still may: each transaction that evaluates counts
 * the partition's generation up first. Where that does not continue what was left here, somebody else has
 * worked, or a transaction of our own was rolled back after it was done; what may be wrong is forgotten.
 */
export class PartitionMemory {
  readonly cache: DeviceCache;
  readonly due = new DueTimes();
  /** Devices of the transaction that is under way, or that was the last one. */
  readonly touched = new Set<number>();
  readonly #partition: number;
  readonly #clock: () => Date;
  #left: number | null = null;
  #evaluatedTo: number | null = null;
  /** The devices up to this id were read: their timers are known. */
  warmTo = 0;
  isWarm = false;

  constructor(partition: number, capacity: number, clock: () => Date) {
    this.#partition = partition;
    this.#clock = clock;
    this.cache = new DeviceCache(capacity);
  }

  /** Up to here every timer of the partition has run, ms. Where nobody ever was here, that is now. */
  get evaluatedTo(): number {
    return this.#evaluatedTo ?? this.#clock().getTime();
  }

  noteEvaluated(to: number): void {
    this.#evaluatedTo = Math.max(this.evaluatedTo, to);
  }

  /** Waits until nobody else has the partition. The first thing that a transaction does. */
  async enter(client: Parameters<HandleChanges>[0]): Promise<void> {
    const generation = await nextGeneration(client, this.#partition, this.#clock());
    const found = generation - 1;
    if (this.#left !== null && found === this.#left - 1) this.undo();
    else if (found !== this.#left) this.forgetAll();
    this.#evaluatedTo ??= await advancedTo(client, this.#partition);
    this.touched.clear();
    this.#left = generation;
  }

  /** What the last transaction touched was rolled back. */
  undo(): void {
    if (this.touched.size === 0) return;
    for (const id of this.touched) this.cache.drop(id);
    this.touched.clear();
    this.#startOver();
  }

  /** As `undo`, where the generation was rolled back too, and the transaction may yet go on. */
  undoToSavepoint(): void {
    this.undo();
    if (this.#left !== null) this.#left -= 1;
  }

  forgetAll(): void {
    this.cache.clear();
    this.due.clear();
    this.touched.clear();
    this.#evaluatedTo = null;
    this.#startOver();
  }

  /** Timers are found again with their devices. */
  #startOver(): void {
    this.warmTo = 0;
    this.isWarm = false;
  }
}
