import type { DevEui } from '@veilleur/domain';

/**
 * What became of a frame counter. Each counter of a session's span is in exactly one state:
 *
 * - `decoded`, `no_payload` (MAC commands alone: there is nothing to decode): stored;
 * - `failed`, `no_profile`, `encrypted`, `waiting`: stored, and not decoded yet;
 * - `lost_on_radio`: the LNS did not hear it;
 * - `lost_after_lns`: the LNS heard it, and it did not come here;
 * - `unexplained`: it is not here, and nothing tells where it was lost.
 */
export const LEDGER_STATES = [
  'decoded',
  'no_payload',
  'failed',
  'no_profile',
  'encrypted',
  'waiting',
  'lost_on_radio',
  'lost_after_lns',
  'unexplained',
] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];
export type LostState = 'lost_on_radio' | 'lost_after_lns' | 'unexplained';

/** How the counters of a device add up. */
export interface DeviceLedger {
  readonly devEui: DevEui;
  readonly name: string | null;
  /** Sessions with a frame in the span. */
  readonly sessions: number;
  /** Stored frames: counters that are here, and `repeated`. */
  readonly frames: number;
  /**
   * Frames beyond the first of their counter: the device sent another payload under it, or the same one
   * more than a quarter of an hour later. A redelivery is none of these: it leaves no row behind.
   */
  readonly repeated: number;
  /** The sum of `states`. */
  readonly counters: number;
  readonly states: Readonly<Record<LedgerState, number>>;
  readonly gaps: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Counters that were passed over, between two frames of one session. */
export interface Gap {
  readonly devEui: DevEui;
  /** The first and the last counter missing; `fCntFrom > fCntTo` where a 16-bit counter began anew between. */
  readonly fCntFrom: number;
  readonly fCntTo: number;
  readonly missing: number;
  /** When the LNS received the frame before (for the head of a session: when it joined). */
  readonly after: Date;
  /** When it received the frame after, which told of the gap. */
  readonly before: Date;
  /** The session began with it: counters from 0 on that nobody saw after a join. */
  readonly isHead: boolean;
}

/** Why a counter is thought to be lost where it is said to be. */
export type Why =
  /** The LNS logged that the device sent this counter again: it had it before. */
  | 'retransmission_logged'
  /** The LNS told of a status, an acknowledgement or a codec error that only an uplink brings. */
  | 'event_without_frame'
  /** The record of the LNS has it. */
  | 'in_record'
  /** The record of the LNS is whole for these hours, and has it not. */
  | 'not_in_record'
  /** The LNS counted more uplinks in these hours than are here. */
  | 'counted_by_lns'
  /** The LNS counted no more uplinks in these hours than are accounted for. */
  | 'not_counted_by_lns'
  | 'nothing_known';

/** A part of a gap, or all of it, in one state. */
export interface LostSpan {
  readonly fCntFrom: number;
  readonly fCntTo: number;
  /** Fewer than the counters of the span where it is known how many, but not which. */
  readonly count: number;
  readonly state: LostState;
  readonly why: Why;
  readonly after: Date;
  readonly before: Date;
}

/** What the LNS knows of one device's uplinks. */
export interface Evidence {
  /** Counters that it heard. */
  readonly heard: readonly { readonly fCnt: number; readonly at: Date; readonly why: Why }[];
  /** Moments at which it heard an uplink that is not here, of an unknown counter. */
  readonly moments: readonly Date[];
  /** Spans of which its record is whole. */
  readonly recorded: readonly { readonly from: Date; readonly to: Date }[];
  /** Its own counts by hour or day, in order and without a hole. */
  readonly counted: {
    readonly buckets: readonly CountedUplinks[];
    /** When the LNS received the frames that are here, in these hours. */
    readonly stored: readonly Date[];
    /** The first and the last frame of each session: around them counters may be missing that no gap tells. */
    readonly edges: readonly Date[];
  } | null;
}

/** Uplinks of a device that the LNS accepted from `from` until before `to`. */
export interface CountedUplinks {
  readonly from: Date;
  readonly to: Date;
  readonly uplinks: number;
}

export const NO_EVIDENCE: Evidence = { heard: [], moments: [], recorded: [], counted: null };
