import { type DeviceFaults, elapsedIn, type FaultsByDevice, isIn } from '../faults/device-faults.ts';
import type { Fault } from '../faults/plan.ts';

/** Where a meter's flow comes from, in a unit fine enough to be whole: see `Flow`. */
export interface FlowSource {
  /** Since the installation. */
  at(customer: number, time_s: number, register?: number): number;
  /** An hour. */
  rate(customer: number, time_s: number, register?: number): number;
}

export interface MeterSettings {
  readonly source: FlowSource;
  /** The register's smallest step, in the flow's unit: 1 L is 1000 mL. */
  readonly unitsPerStep: number;
  /** What a register showed at the installation, in its steps. */
  readonly initial: (number: number, register: number) => number;
  readonly faults: FaultsByDevice;
}

type Marks = Map<Fault, { from: number; until: number | undefined }>;

/** Register and pipe of a family of meters: what flowed, and what is shown of it. */
export class Meters {
  readonly #settings: MeterSettings;
  /** What had flowed when a fault began and ended: asked at each report, and it never changes. */
  readonly #marks: readonly [Marks, Marks] = [new Map(), new Map()];

  constructor(settings: MeterSettings) {
    this.#settings = settings;
  }

  faultsOf(number: number): DeviceFaults | undefined {
    return this.#settings.faults.get(number);
  }

  /** What a perfect meter would show that was set to the same index at the installation, in fine units. */
  physics(number: number, time_s: number, register = 0): number {
    const { initial, unitsPerStep } = this.#settings;
    return initial(number, register) * unitsPerStep + this.flowed(number, time_s, register);
  }

  /** Since the installation, in fine units: leaks included, what ran back taken away. */
  flowed(number: number, time_s: number, register = 0): number {
    const forward = this.#forward(number, time_s, register);
    const fault = this.faultsOf(number)?.register;
    if (fault?.kind !== 'backflow' || time_s <= fault.from_s) return forward;
    const held = this.#flowWithin(number, fault, register, time_s, forward);
    return forward - held - (fault.size * 1000 * elapsedIn(fault, time_s)) / 3600;
  }

  /** In fine units an hour; leaks included. */
  rate(number: number, time_s: number, register = 0): number {
    return (
      this.#settings.source.rate(number, time_s, register) + leaking(this.faultsOf(number)?.flow, time_s)
    );
  }

  /** The register as its meter shows it, in its smallest steps. */
  index(number: number, time_s: number, register = 0): number {
    const { initial, unitsPerStep } = this.#settings;
    const fault = this.faultsOf(number)?.register;
    const forward = this.#forward(number, time_s, register);
    if (fault === undefined) return initial(number, register) + Math.floor(forward / unitsPerStep);
    switch (fault.kind) {
      case 'swapped': {
        if (time_s < fault.from_s) break;
        const mark = this.#markOf(number, fault, register).from;
        return fault.size + Math.floor((forward - mark) / unitsPerStep);
      }
      case 'rollover': {
        const end = 10 ** fault.size;
        const mark = this.#markOf(number, fault, register).from;
        return ((Math.floor((forward - mark) / unitsPerStep) % end) + end) % end;
      }
      default: {
        if (time_s <= fault.from_s) break;
        const uncounted = (1 - gainOf(fault)) * this.#flowWithin(number, fault, register, time_s, forward);
        return initial(number, register) + Math.floor((forward - uncounted) / unitsPerStep);
      }
    }
    return initial(number, register) + Math.floor(forward / unitsPerStep);
  }

  #forward(number: number, time_s: number, register: number): number {
    const forward = this.#settings.source.at(number, time_s, register);
    const leaks = this.faultsOf(number)?.flow;
    if (leaks === undefined || leaks.length === 0 || register !== 0) return forward;
    let leaked = 0;
    for (const leak of leaks) leaked += (leak.size * 1000 * elapsedIn(leak, time_s)) / 3600;
    return forward + leaked;
  }

  /** What went forward while a fault lasted. */
  #flowWithin(number: number, fault: Fault, register: number, time_s: number, forward: number): number {
    const mark = this.#markOf(number, fault, register);
    if (time_s < fault.until_s) return forward - mark.from;
    mark.until ??= this.#forward(number, fault.until_s, register);
    return mark.until - mark.from;
  }

  #markOf(number: number, fault: Fault, register: number) {
    const marks = this.#marks[register] ?? this.#marks[0];
    let mark = marks.get(fault);
    if (mark === undefined) {
      mark = { from: this.#forward(number, fault.from_s, register), until: undefined };
      marks.set(fault, mark);
    }
    return mark;
  }
}

/** How much of the flow a faulty register counts. */
function gainOf({ kind, size }: Fault): number {
  if (kind === 'pulse_weight') return size;
  return kind === 'tamper' ? 1 - size : 0;
}

function leaking(leaks: readonly Fault[] | undefined, time_s: number): number {
  let rate = 0;
  for (const leak of leaks ?? []) if (isIn(leak, time_s)) rate += leak.size * 1000;
  return rate;
}
