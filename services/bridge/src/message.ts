import type { DecodeInput, SandboxedProfile } from '@veilleur/codec';
import type { DevEui } from '@veilleur/domain';
import type { BatchEntry } from '@veilleur/store';

/** A message as it came, before anything is known of it. */
export interface Message {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly redelivered: boolean;
  /** The reader's clock when it came. */
  readonly arrivedAt: Date;
}

/** What a message turned out to be, ready to be stored. */
export interface Interpretation {
  readonly entry: BatchEntry;
  /** The profile that what the LNS says of the device leads to. */
  readonly matchedProfile: { readonly devEui: DevEui; readonly id: string } | undefined;
  /** A stranger's decoder has yet to run over the frame, in the sandbox. */
  readonly awaiting?:
    | { readonly profile: SandboxedProfile; readonly profileVersionId: number; readonly input: DecodeInput }
    | undefined;
}

/** A message on its way: what came, and what it was found to be. */
export interface Received {
  readonly message: Message;
  readonly interpretation: Interpretation;
}

/** The quarantine entry of a message. */
export function quarantine(
  message: Message,
  code: string,
  reason: string,
  devEui: DevEui | null,
): Interpretation {
  const { topic, payload, arrivedAt } = message;
  return {
    entry: { kind: 'quarantine', topic, payload, code, reason, devEui, receivedAt: arrivedAt },
    matchedProfile: undefined,
  };
}
