import type { Knowledge } from '../conscience/knowledge.ts';
import type { NetworkCounts } from '../gateway/gateway-network.ts';
import type { PublishCounts } from '../lns/publisher.ts';
import type { LossCause } from '../radio/transmission.ts';
import type { RunPlan } from './run-plan.ts';

/** What the generator is to do. */
export interface Order {
  readonly plan: RunPlan;
  /** Where the plan's level publishes; null: make everything, publish nothing. */
  readonly target: {
    /** A broker's; at the gateway level the network server's: see `radiate`. */
    readonly url: string;
    readonly username: string | undefined;
    readonly password: string | undefined;
  } | null;
  /** How many new frames and events may be published and not yet stored; null: nobody tells what is. */
  readonly ahead: number | null;
  /** Whether SHA-256 over all topics and payloads is wanted. */
  readonly hash: boolean;
}

export type ToGenerator =
  | { readonly kind: 'run'; readonly order: Order }
  /** How much of what is new has been stored; null: it can't be told any more. */
  | { readonly kind: 'stored'; readonly count: number | null }
  | { readonly kind: 'stop' };

/** A message whose way to the database is measured. */
export interface Probe {
  readonly devEui: string;
  readonly fCnt: number;
  readonly receivedAtMs: number;
  readonly publishedAtMs: number;
}

export interface GeneratorProgress {
  readonly emissions: number;
  readonly lost: Readonly<Record<LossCause, number>>;
  /** Frames and events that the database does not have yet when it is told of them. */
  readonly fresh: number;
  readonly counts: Readonly<PublishCounts>;
  /** At the gateway level. */
  readonly network: Readonly<NetworkCounts> | null;
  /** Simulated. */
  readonly atMs: number;
  readonly cpuSeconds: number;
  readonly memoryMB: number;
}

export interface GeneratorResult {
  readonly knowledge: Knowledge;
  readonly progress: GeneratorProgress;
  readonly seconds: number;
  /** Hexadecimal; null where it was not asked for. */
  readonly sha256: string | null;
  readonly isInterrupted: boolean;
}

export type FromGenerator =
  | { readonly kind: 'progress'; readonly progress: GeneratorProgress; readonly probes: readonly Probe[] }
  | { readonly kind: 'trouble'; readonly message: string }
  | { readonly kind: 'done'; readonly result: GeneratorResult }
  | {
      readonly kind: 'failed';
      readonly code: string;
      readonly message: string;
      readonly remedy: string | undefined;
    };
