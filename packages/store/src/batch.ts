import { type DevEui, type DeviceEvent, type Frame, type Measurement, storableText } from '@veilleur/domain';

/** What the decoder made of a frame. Whatever it is, the frame is stored. */
export type Decoding =
  | { readonly state: 'decoded'; readonly profileVersionId: number; readonly warnings: readonly string[] }
  | { readonly state: 'failed'; readonly profileVersionId: number; readonly reason: string }
  /** The decoder was not run: its codec is on hold. The frame waits for a re-decode. */
  | { readonly state: 'waiting'; readonly profileVersionId: number; readonly reason: string }
  | { readonly state: 'no_profile' }
  | { readonly state: 'encrypted' }
  | { readonly state: 'no_payload' };

const REASON_LENGTH_MAX = 2_000;

/**
 * What is worth knowing beside the verdict, storable; null where there is nothing to say. A stranger's
 * decoder may put anything into its errors and warnings, bytes of the payload among them.
 */
export function reasonOf(decoding: Decoding): string | null {
  switch (decoding.state) {
    case 'failed':
    case 'waiting':
      return storableText(decoding.reason, REASON_LENGTH_MAX);
    case 'decoded':
      if (decoding.warnings.length === 0) return null;
      return storableText(decoding.warnings.join('; '), REASON_LENGTH_MAX);
    case 'no_profile':
    case 'encrypted':
    case 'no_payload':
      return null;
  }
}

/** A moment, and whether the event said it or the reader's clock had to do. */
export interface EventTime {
  readonly at: Date;
  readonly source: 'lns' | 'reader';
}

export interface FrameEntry {
  readonly kind: 'frame';
  readonly frame: Frame;
  readonly received: EventTime;
  /** The profile that it was decoded with, or would have been; null where none was found. */
  readonly profile: string | null;
  readonly decoding: Decoding;
  readonly measurements: readonly Measurement[];
}

export interface DeviceEventEntry {
  readonly kind: 'device_event';
  readonly event: DeviceEvent;
  readonly occurred: EventTime;
  /** The broker marked it as a redelivery: an event without a time of its own may be one that we have. */
  readonly redelivered: boolean;
  readonly measurements: readonly Measurement[];
}

export interface QuarantineEntry {
  readonly kind: 'quarantine';
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly code: string;
  readonly reason: string;
  readonly devEui: DevEui | null;
  readonly receivedAt: Date;
}

export type BatchEntry = FrameEntry | DeviceEventEntry | QuarantineEntry;

/** What became of an entry: `duplicate` changed nothing, for it was there before. */
export type EntryOutcome = 'stored' | 'quarantined' | 'duplicate';

export interface BatchOutcome {
  /** Of each entry, in their order. */
  readonly outcomes: readonly EntryOutcome[];
  /** How many measurements were new: what an earlier frame's history held is not counted again. */
  readonly newMeasurements: number;
}
