/** What came of putting a sample on a tape. */
export type Put = 'appended' | 'inserted' | 'replaced' | 'same';

/** The samples of one series in the order of time; one for each moment. Times are ms since 1970. */
export class Tape {
  readonly times: number[] = [];
  readonly values: number[] = [];

  get length(): number {
    return this.times.length;
  }

  put(time: number, value: number): Put {
    const { times, values } = this;
    const last = times.length - 1;
    if (last < 0 || time > (times[last] as number)) {
      times.push(time);
      values.push(value);
      return 'appended';
    }
    const at = this.atOrBefore(time);
    if (at >= 0 && times[at] === time) {
      if (values[at] === value) return 'same';
      values[at] = value;
      return 'replaced';
    }
    times.splice(at + 1, 0, time);
    values.splice(at + 1, 0, value);
    return 'inserted';
  }

  /** The place of the last sample that is not after a moment; -1: there is none. */
  atOrBefore(time: number): number {
    const { times } = this;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] as number) <= time) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  timeAt(at: number): number {
    return this.times[at] ?? Number.NaN;
  }

  valueAt(at: number): number {
    return this.values[at] ?? Number.NaN;
  }

  /** Keeps one sample before the moment: what held then. */
  forgetBefore(time: number): void {
    const first = this.atOrBefore(time);
    if (first <= 0) return;
    this.times.splice(0, first);
    this.values.splice(0, first);
  }

  clear(from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): void {
    const first = this.atOrBefore(from) + (this.times[this.atOrBefore(from)] === from ? 0 : 1);
    const count = this.atOrBefore(to) + 1 - first;
    if (count <= 0) return;
    this.times.splice(first, count);
    this.values.splice(first, count);
  }
}
