/** How much may be under way at once: whoever starts something waits for room first. */
export class InFlightWindow {
  readonly #size: number;
  readonly #waiting: (() => void)[] = [];
  readonly #emptied: (() => void)[] = [];
  #inFlight = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.#inFlight >= this.#size) return false;
    this.#inFlight += 1;
    return true;
  }

  /** Resolves when a place may be free: ask `tryEnter` again. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    this.#inFlight -= 1;
    this.#waiting.shift()?.();
    if (this.#inFlight === 0) for (const resolve of this.#emptied.splice(0)) resolve();
  }

  /** Lets everybody go who waits for room, for there will be none. */
  giveUp(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when nothing is under way. */
  empty(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#emptied.push(resolve));
  }
}
