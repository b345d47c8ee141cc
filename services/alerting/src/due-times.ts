/** Which device is to be looked at next though nothing comes: a heap in which what is outdated is passed over. */
export class DueTimes {
  readonly #dueOf = new Map<number, number>();
  readonly #heap: { readonly id: number; readonly at: number }[] = [];

  get size(): number {
    return this.#dueOf.size;
  }

  /** @param at ms; infinite: never. */
  set(id: number, at: number): void {
    if (this.#dueOf.get(id) === at) return;
    if (at === Number.POSITIVE_INFINITY) {
      this.#dueOf.delete(id);
      return;
    }
    this.#dueOf.set(id, at);
    this.#push({ id, at });
    // A device that reports puts its moment off again and again.
    if (this.#heap.length > 1000 && this.#heap.length > 4 * this.#dueOf.size) this.#rebuild();
  }

  clear(): void {
    this.#dueOf.clear();
    this.#heap.length = 0;
  }

  /** When the next one is due, ms; infinite: none. */
  get next(): number {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined) return Number.POSITIVE_INFINITY;
      if (this.#dueOf.get(first.id) === first.at) return first.at;
      this.#pop();
    }
  }

  /** Takes out those that are due by a moment, the first ones first. */
  take(by: number, limit: number): number[] {
    const ids: number[] = [];
    while (ids.length < limit && this.next <= by) {
      const first = this.#pop();
      if (first === undefined) break;
      this.#dueOf.delete(first.id);
      ids.push(first.id);
    }
    return ids;
  }

  #rebuild(): void {
    this.#heap.length = 0;
    for (const [id, at] of this.#dueOf) this.#push({ id, at });
  }

  #push(entry: { readonly id: number; readonly at: number }): void {
    const heap = this.#heap;
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= entry.at) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = entry;
  }

  #pop() {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      const left = 2 * place + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      if (a === undefined) break;
      const [child, at] = b !== undefined && b.at < a.at ? [b, left + 1] : [a, left];
      if (child.at >= last.at) break;
      heap[place] = child;
      place = at;
    }
    heap[place] = last;
    return first;
  }
}
