import type { KnownEdge } from './known-register.ts';

/**
 * Values of neighbours, added up. Could a register that never falls and goes through all readings have
 * counted so? Each edge narrows down what it can have shown where the run began.
 */
export class Run {
  fromMs: number | undefined;
  #sum = 0;
  #least = Number.NEGATIVE_INFINITY;
  #most = Number.POSITIVE_INFINITY;

  get isPossible(): boolean {
    return this.#least <= this.#most;
  }

  /** For people: by how much it is too little or too much. */
  get told(): string {
    return `${this.#least - this.#most} millionths off`;
  }

  stop(): void {
    this.fromMs = undefined;
    this.#sum = 0;
    this.#least = Number.NEGATIVE_INFINITY;
    this.#most = Number.POSITIVE_INFINITY;
  }

  add(from: KnownEdge, to: KnownEdge, value: number): void {
    if (value < 0) this.#least = Number.POSITIVE_INFINITY;
    this.#narrow(from);
    this.#sum += value;
    this.#narrow(to);
  }

  #narrow({ least, most }: KnownEdge): void {
    this.#least = Math.max(this.#least, least - this.#sum);
    this.#most = Math.min(this.#most, most - this.#sum);
  }
}
