/** What is to happen, the earliest first; of two at one moment, the one that was told first. */
export class TimeHeap<T> {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #items: T[] = [];
  #told = 0;

  get size(): number {
    return this.#items.length;
  }

  /** When the first is due; infinity where nothing is. */
  get nextMs(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  push(timeMs: number, item: T): void {
    const times = this.#times;
    const orders = this.#orders;
    const items = this.#items;
    const order = this.#told++;
    let place = items.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      // A later order never goes before an equal time.
      if ((times[parent] as number) <= timeMs) break;
      times[place] = times[parent] as number;
      orders[place] = orders[parent] as number;
      items[place] = items[parent] as T;
      place = parent;
    }
    times[place] = timeMs;
    orders[place] = order;
    items[place] = item;
  }

  pop(): T | undefined {
    const times = this.#times;
    const orders = this.#orders;
    const items = this.#items;
    const first = items[0];
    const lastTime = times.pop();
    const lastOrder = orders.pop();
    const last = items.pop();
    const size = items.length;
    if (size === 0 || lastTime === undefined || lastOrder === undefined) return first;
    let place = 0;
    for (let child = 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && isBefore(times, orders, child + 1, child)) child += 1;
      const childTime = times[child] as number;
      const childOrder = orders[child] as number;
      if (lastTime < childTime || (lastTime === childTime && lastOrder < childOrder)) break;
      times[place] = childTime;
      orders[place] = childOrder;
      items[place] = items[child] as T;
      place = child;
    }
    times[place] = lastTime;
    orders[place] = lastOrder;
    items[place] = last as T;
    return first;
  }
}

function isBefore(times: number[], orders: number[], a: number, b: number): boolean {
  const timeA = times[a] as number;
  const timeB = times[b] as number;
  return timeA < timeB || (timeA === timeB && (orders[a] as number) < (orders[b] as number));
}
