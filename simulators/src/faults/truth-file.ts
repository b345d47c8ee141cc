import { ruleOf } from './kinds.ts';
import type { Fault } from './plan.ts';

/** A line of `truth.jsonl`: what a rule should find, and nothing that it could not. */
export interface TruthLine {
  /** The device's DevEUI, or `gateway 3`. */
  readonly subject: string;
  readonly kind: string;
  /** RFC 3339, UTC. */
  readonly from: string;
  /** null: it was never mended. */
  readonly to: string | null;
  readonly size: number;
  readonly unit: string;
}

export function truthLineOf(fault: Fault, subject: string): TruthLine {
  return {
    subject,
    kind: fault.kind,
    from: timeOf(fault.from_s),
    to: Number.isFinite(fault.until_s) ? timeOf(fault.until_s) : null,
    size: fault.size,
    unit: ruleOf(fault.kind).unit,
  };
}

function timeOf(time_s: number): string {
  return new Date(time_s * 1000).toISOString().replace('.000Z', 'Z');
}
