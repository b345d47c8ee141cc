import type { FamilyId } from './kinds.ts';
import { ruleOf } from './kinds.ts';
import type { Fault } from './plan.ts';

/** A stretch of time in whole seconds; its end is no longer in it. */
export interface Span {
  readonly from_s: number;
  readonly until_s: number;
}

export const isIn = ({ from_s, until_s }: Span, time_s: number): boolean =>
  time_s >= from_s && time_s < until_s;

/** How much of a span lies before a moment. */
export const elapsedIn = ({ from_s, until_s }: Span, time_s: number): number =>
  Math.max(0, Math.min(time_s, until_s) - from_s);

/** The faults of one device, by what they touch. */
export interface DeviceFaults {
  readonly flow: readonly Fault[];
  /** At most one: a register that has two stories tells neither. */
  readonly register: Fault | undefined;
  readonly lamp: readonly Fault[];
  readonly battery: readonly Fault[];
  readonly clock: readonly Fault[];
  readonly codec: readonly Fault[];
  /** When it does not send, whatever the reason; in order and apart. */
  readonly silence: readonly Span[];
}

/** Nearly all devices have none, and then nothing is stored. */
export type FaultsByDevice = ReadonlyMap<number, DeviceFaults>;

/**
 * @param alsoSilent what keeps a device from sending beside its own faults: a dark cabinet, an empty battery.
 */
export function faultsByDevice(
  faults: readonly Fault[],
  family: FamilyId,
  alsoSilent: (number: number, own: readonly Fault[]) => readonly Span[],
  alsoTouched: Iterable<number> = [],
): FaultsByDevice {
  const own = new Map<number, Fault[]>();
  for (const number of alsoTouched) own.set(number, []);
  for (const fault of faults) {
    if (fault.family !== family) continue;
    const list = own.get(fault.number);
    if (list === undefined) own.set(fault.number, [fault]);
    else list.push(fault);
  }
  const result = new Map<number, DeviceFaults>();
  for (const [number, list] of own) {
    const of = (group: string) => list.filter(({ kind }) => ruleOf(kind).group === group);
    result.set(number, {
      flow: of('flow'),
      register: of('register')[0],
      lamp: of('lamp'),
      battery: of('battery'),
      clock: of('clock'),
      codec: of('codec'),
      silence: joined([...of('radio').map(forever), ...alsoSilent(number, list)]),
    });
  }
  return result;
}

/** A dead battery stays dead. */
function forever(fault: Fault): Span {
  return fault.kind === 'battery_death' ? { from_s: fault.from_s, until_s: Number.POSITIVE_INFINITY } : fault;
}

/** In order, and what touches or overlaps made one. */
export function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const { from_s, until_s } of spans.toSorted((a, b) => a.from_s - b.from_s)) {
    const last = result.at(-1);
    if (last !== undefined && from_s <= last.until_s) {
      result[result.length - 1] = { from_s: last.from_s, until_s: Math.max(last.until_s, until_s) };
    } else {
      result.push({ from_s, until_s });
    }
  }
  return result;
}

/** How far a device's clock is ahead of true time, in whole seconds. */
export function clockError_s(clock: readonly Fault[], time_s: number): number {
  const drifting = clock.find((fault) => isIn(fault, time_s));
  return drifting === undefined ? 0 : Math.trunc(((time_s - drifting.from_s) / 86_400) * drifting.size);
}
