import { DAY_S } from './clock.ts';
import type { Flow } from './flow.ts';

/** How many customer days stay worked out: two for each of 100,000 customers. */
const MOST_SLOTS = 2 ** 18;

/**
 * Reads any customer's register at any second, in any order, with the same answer, and never falling.
 *
 * Two things are remembered, neither of which changes an answer. For each customer: one day and what had
 * flowed before it; another day is reached by adding or taking away the days between, exactly, since all
 * are whole numbers. And the last days that were worked out, as sums from midnight: in the order of time
 * each customer's day is computed once for its 24 reports and their history.
 */
export class FlowLedger {
  readonly flow: Flow;
  readonly #firstDay: number;
  readonly #steps: number;
  readonly #stepS: number;
  /** The day that each customer was last read on, and each register's flow before it. */
  readonly #day: Int32Array;
  readonly #before: Float64Array;
  readonly #slots: number;
  readonly #slotCustomer: Int32Array;
  readonly #slotDay: Int32Array;
  /** For each slot and register: sums from midnight to the end of each step, after a leading zero. */
  readonly #sums: Float64Array;
  readonly #row: number;
  readonly #work: Float64Array;

  constructor(flow: Flow, firstDay: number) {
    this.flow = flow;
    this.#firstDay = firstDay;
    this.#steps = flow.stepsPerDay;
    this.#stepS = DAY_S / flow.stepsPerDay;
    this.#day = new Int32Array(flow.customers).fill(firstDay);
    this.#before = new Float64Array(flow.customers * flow.registers);
    this.#slots = Math.max(2, Math.min(MOST_SLOTS, 2 * flow.customers));
    this.#slotCustomer = new Int32Array(this.#slots).fill(-1);
    this.#slotDay = new Int32Array(this.#slots);
    this.#row = this.#steps + 1;
    this.#sums = new Float64Array(this.#slots * flow.registers * this.#row);
    this.#work = new Float64Array(this.#steps);
  }

  /** What has flowed since the first day's midnight, in the flow's unit. Before it: nothing. */
  at(customer: number, time_s: number, register = 0): number {
    const day = Math.floor(time_s / DAY_S);
    if (day < this.#firstDay) return 0;
    if (day !== this.#day[customer]) this.#turnTo(customer, day);
    let before = this.#before[customer * this.flow.registers + register] ?? 0;
    const row = this.#rowOf(customer, day, register);
    // Yesterday is read for a history while today stays the customer's day.
    if (this.#day[customer] !== day) before -= this.#sums[row + this.#steps] ?? 0;
    const inDay_s = time_s - day * DAY_S;
    const step = Math.floor(inDay_s / this.#stepS);
    const from = this.#sums[row + step] ?? 0;
    const rest_s = inDay_s - step * this.#stepS;
    if (rest_s === 0) return before + from;
    return before + from + (((this.#sums[row + step + 1] ?? 0) - from) * rest_s) / this.#stepS;
  }

  /** What flows in the step that a moment falls in, in the flow's unit an hour. */
  rate(customer: number, time_s: number, register = 0): number {
    const day = Math.floor(time_s / DAY_S);
    if (day < this.#firstDay) return 0;
    const row = this.#rowOf(customer, day, register);
    const step = Math.floor((time_s - day * DAY_S) / this.#stepS);
    return (((this.#sums[row + step + 1] ?? 0) - (this.#sums[row + step] ?? 0)) * 3600) / this.#stepS;
  }

  /** Adds a customer's sums from midnight to the end of each step to others; register 0. */
  addDay(customer: number, day: number, sums: Float64Array): void {
    const row = this.#rowOf(customer, day, 0);
    for (let step = 1; step <= this.#steps; step++) {
      sums[step] = (sums[step] ?? 0) + (this.#sums[row + step] ?? 0);
    }
  }

  /** Makes `day` the customer's day, unless it is the one before, which histories reach into. */
  #turnTo(customer: number, day: number): void {
    const known = this.#day[customer] ?? this.#firstDay;
    if (day === known - 1) return;
    for (let register = 0; register < this.flow.registers; register++) {
      const place = customer * this.flow.registers + register;
      let before = this.#before[place] ?? 0;
      for (let d = known; d < day; d++) before += this.#dayTotal(customer, d, register);
      for (let d = known - 1; d >= day; d--) before -= this.#dayTotal(customer, d, register);
      this.#before[place] = before;
    }
    this.#day[customer] = day;
  }

  #dayTotal(customer: number, day: number, register: number): number {
    return this.#sums[this.#rowOf(customer, day, register) + this.#steps] ?? 0;
  }

  #rowOf(customer: number, day: number, register: number): number {
    const slot = (2 * customer + (day & 1)) % this.#slots;
    const start = slot * this.flow.registers * this.#row;
    if (this.#slotCustomer[slot] !== customer || this.#slotDay[slot] !== day) {
      this.#slotCustomer[slot] = customer;
      this.#slotDay[slot] = day;
      this.#workOut(customer, day, start);
    }
    return start + register * this.#row;
  }

  #workOut(customer: number, day: number, start: number): void {
    this.flow.fill(customer, day, this.#work, 0);
    let first = 0;
    let second = 0;
    const isSplit = this.flow.registers === 2;
    for (let step = 0; step < this.#steps; step++) {
      const drawn = this.#work[step] ?? 0;
      if (isSplit && this.flow.registerOf(day, step) === 1) second += drawn;
      else first += drawn;
      this.#sums[start + step + 1] = first;
      if (isSplit) this.#sums[start + this.#row + step + 1] = second;
    }
  }
}
