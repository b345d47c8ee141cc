import { DAY_S } from './clock.ts';
import type { FlowLedger } from './flow-ledger.ts';
import type { FlowSource, Meters } from './meters.ts';

/** Customers of one kind that a district's water goes to: those numbered from `from` to before `until`. */
export interface CustomerRange {
  readonly meters: Meters;
  readonly ledger: FlowLedger;
  readonly from: number;
  readonly until: number;
  /** Those of them that leak, or whose water runs back. */
  readonly apart: readonly number[];
}

interface DistrictDay {
  /** Sums from midnight to the end of each hour, after a leading zero; mL. */
  readonly sums: Float64Array;
  readonly before: number;
}

const HOURS = 24;

/**
 * What flows into each district: the sum of its customers, added up once a day and kept, and what leaks
 * behind their meters. What leaks before them is the district meter's own fault.
 */
export class WaterDistricts implements FlowSource {
  readonly #districts: readonly (readonly CustomerRange[])[];
  readonly #firstDay: number;
  readonly #days: DistrictDay[][];
  readonly #hasBackflow: readonly boolean[];
  /** The most that had flowed up to each full hour, day by day; the 25th is the next midnight's. */
  readonly #peaksOfDays: Float64Array[][];

  constructor(districts: readonly (readonly CustomerRange[])[], firstDay: number) {
    this.#districts = districts;
    this.#firstDay = firstDay;
    this.#days = districts.map(() => []);
    this.#peaksOfDays = districts.map(() => []);
    this.#hasBackflow = districts.map((ranges) =>
      ranges.some(({ meters, apart }) =>
        apart.some((customer) => meters.faultsOf(customer)?.register?.kind === 'backflow'),
      ),
    );
  }

  /**
   * Valves keep a district's water from running out backwards: where its customers push more back than
   * their neighbours draw, which takes few customers and a quiet night, it holds what it had at the last
   * full hours.
   */
  at(district: number, time_s: number): number {
    const day = Math.floor(time_s / DAY_S);
    if (day < this.#firstDay) return 0;
    const net = this.#net(district, time_s);
    if (!this.#hasBackflow[district]) return net;
    const hour = Math.floor((time_s - day * DAY_S) / 3600);
    return Math.max(net, this.#peaks(district, day)[hour] ?? 0);
  }

  /** What its customers drew, less what they pushed back. */
  #net(district: number, time_s: number): number {
    const day = Math.floor(time_s / DAY_S);
    const { sums, before } = this.#day(district, day);
    const inDay_s = time_s - day * DAY_S;
    const hour = Math.floor(inDay_s / 3600);
    const from = sums[hour] ?? 0;
    const rest_s = inDay_s - hour * 3600;
    const through = before + from + (((sums[hour + 1] ?? 0) - from) * rest_s) / 3600;
    return through + this.#apart(district, time_s);
  }

  rate(district: number, time_s: number): number {
    const day = Math.floor(time_s / DAY_S);
    if (day < this.#firstDay) return 0;
    const { sums } = this.#day(district, day);
    const hour = Math.floor((time_s - day * DAY_S) / 3600);
    return (sums[hour + 1] ?? 0) - (sums[hour] ?? 0);
  }

  #apart(district: number, time_s: number): number {
    let more = 0;
    for (const { meters, ledger, apart } of this.#districts[district] ?? []) {
      for (const customer of apart) more += meters.flowed(customer, time_s) - ledger.at(customer, time_s);
    }
    return more;
  }

  #peaks(district: number, day: number): Float64Array {
    const known = this.#peaksOfDays[district] ?? [];
    for (let next = known.length; next <= day - this.#firstDay; next++) {
      const peaks = new Float64Array(HOURS + 1);
      let highest = known[next - 1]?.[HOURS] ?? 0;
      const midnight_s = (this.#firstDay + next) * DAY_S;
      for (let hour = 0; hour <= HOURS; hour++) {
        highest = Math.max(highest, this.#net(district, midnight_s + hour * 3600));
        peaks[hour] = highest;
      }
      known.push(peaks);
    }
    return known[day - this.#firstDay] ?? new Float64Array(HOURS + 1);
  }

  #day(district: number, day: number): DistrictDay {
    const days = this.#days[district] ?? [];
    for (let next = days.length; next <= day - this.#firstDay; next++) {
      const last = days[next - 1];
      days.push({
        sums: this.#sumsOf(district, this.#firstDay + next),
        before: last === undefined ? 0 : last.before + (last.sums[HOURS] ?? 0),
      });
    }
    const found = days[day - this.#firstDay];
    if (found === undefined) throw new RangeError(`no water district ${district}`);
    return found;
  }

  #sumsOf(district: number, day: number): Float64Array {
    const sums = new Float64Array(HOURS + 1);
    for (const { ledger, from, until } of this.#districts[district] ?? []) {
      for (let customer = from; customer < until; customer++) ledger.addDay(customer, day, sums);
    }
    return sums;
  }
}
