/** A silence of the record that is many times longer than its usual ones is a hole in it. */
const HOLE_IS_TIMES_LONGER = 8;
const SHORTEST_HOLE_MS = 60_000;

/**
 * The spans of which a record of the LNS can be taken for whole: from its first event to its last, without
 * the hours in which it has nothing of any device though it usually has. A recorder that was off and a
 * radio that was silent look alike there, so nothing is concluded.
 *
 * Memory: one entry for each silence of a minute or more, so never more than one a minute of the record.
 */
export class RecordCoverage {
  #first: number | undefined;
  #last: number | undefined;
  readonly #silences: { readonly from: number; readonly to: number }[] = [];
  /** How many steps between events are of 2^i milliseconds. */
  readonly #steps: number[] = [];

  /** An event of any device; a little out of order does no harm. */
  add(at: Date): void {
    const atMs = at.getTime();
    this.#first = Math.min(this.#first ?? atMs, atMs);
    const stepMs = this.#last === undefined ? 0 : atMs - this.#last;
    if (this.#last !== undefined && stepMs > 0) {
      const size = Math.ceil(Math.log2(stepMs));
      this.#steps[size] = (this.#steps[size] ?? 0) + 1;
      if (stepMs >= SHORTEST_HOLE_MS) this.#silences.push({ from: this.#last, to: atMs });
    }
    this.#last = Math.max(this.#last ?? atMs, atMs);
  }

  spans(): { readonly from: Date; readonly to: Date }[] {
    if (this.#first === undefined || this.#last === undefined) return [];
    const longestMs = Math.max(SHORTEST_HOLE_MS, HOLE_IS_TIMES_LONGER * this.#usualStepMs());
    const holes = this.#silences.filter(({ from, to }) => to - from > longestMs);
    const froms = [this.#first, ...holes.map(({ to }) => to)];
    const tos = [...holes.map(({ from }) => from), this.#last];
    return froms.map((from, i) => ({ from: new Date(from), to: new Date(tos[i] ?? from) }));
  }

  /** The median step, as the power of two above it. */
  #usualStepMs(): number {
    const half = this.#steps.reduce((sum, count) => sum + count, 0) / 2;
    let sum = 0;
    for (const [size, count = 0] of this.#steps.entries()) {
      sum += count;
      if (sum >= half && sum > 0) return 2 ** size;
    }
    return 0;
  }
}
