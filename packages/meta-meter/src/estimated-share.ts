/**
 * How much of buckets that follow each other rests on estimates, millionths. Where one ends between two
 * readings the next one has what it lacks: in a row of them only the two outer ends leave something open.
 */
export class EstimatedShare {
  #closed = 0;
  #row: { value: number; readonly first: number; last: number } | null = null;

  /** @param doubt By how much the value may be off; 0: it is not; null: nothing bounds it. */
  add(value: number, doubt: number | null): void {
    if (doubt === null || doubt === 0) {
      this.#closed = this.sum + (doubt === null ? value : 0);
      this.#row = null;
    } else if (this.#row === null) this.#row = { value, first: doubt, last: 0 };
    else {
      this.#row.value += value;
      this.#row.last = doubt;
    }
  }

  /** Never more than there is. */
  get sum(): number {
    if (this.#row === null) return this.#closed;
    const { value, first, last } = this.#row;
    return this.#closed + Math.min(value, first + last);
  }
}
