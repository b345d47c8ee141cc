import type { EmittingDevice } from '../emission.ts';
import type { RadioEvent } from '../radio/transmission.ts';

export const LNS_FORMATS = ['chirpstack-v4-json', 'chirpstack-v4-protobuf', 'the-things-stack-v3'] as const;
export type LnsFormat = (typeof LNS_FORMATS)[number];

/** What the network server publishes, ready to be sent. */
export interface LnsMessage {
  readonly topic: string;
  readonly payload: string | Uint8Array;
  /** When the server publishes it, simulated time. */
  readonly atMs: number;
  /** What it tells of. */
  readonly event: RadioEvent;
}

/** Words one format's messages; null where that server publishes nothing. Pure: the same event, the same bytes. */
export type Wording = (event: RadioEvent) => LnsMessage | null;

export function deviceOf(event: RadioEvent): EmittingDevice {
  switch (event.kind) {
    case 'frame':
      return event.emission.device;
    case 'repeat':
      return event.of.emission.device;
    case 'join':
    case 'status':
      return event.device;
  }
}
