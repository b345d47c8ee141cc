import type { Emission, EmittingDevice } from '../emission.ts';

/**
 * Why a frame never came to the network server's subscribers. Of several attempts the last one tells.
 *
 * - `out_of_range`: no gateway was near enough for the spreading factor;
 * - `collision`: strong enough, but another frame on the same channel and spreading factor drowned it;
 * - `gateway_busy`: the gateways' eight demodulators were all at work;
 * - `gateway_outage`: a gateway that was out would have heard it;
 * - `interference`: somebody else's noise, the share that the plan asks for;
 * - `counter_refused`: it came after the server had gone on to a newer counter or session;
 * - `queue_full`: the device had too much to say for its duty cycle, the frame was never sent;
 * - `too_long`: more bytes than the data rate takes, never sent;
 * - `not_joined`: the device never got into the network, never sent.
 */
export const LOSS_CAUSES = [
  'out_of_range',
  'collision',
  'gateway_busy',
  'gateway_outage',
  'interference',
  'counter_refused',
  'queue_full',
  'too_long',
  'not_joined',
] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];

/** A span with one set of keys; `number` counts the device's, from 0. */
export interface Session {
  readonly number: number;
  /** Eight lower case hexadecimal digits. */
  readonly devAddr: string;
}

export interface Reception {
  /** Place in the plan's list of gateways. */
  readonly gateway: number;
  readonly gatewayId: string;
  /** Whole dBm, as gateways report it. */
  readonly rssi: number;
  /** Quarters of a dB. */
  readonly snr: number;
  /** When the gateway had heard the frame. */
  readonly at: Date;
}

/** What the server has of one hearing of a frame. */
export interface Hearing {
  readonly spreadingFactor: number;
  readonly channel: number;
  readonly frequency_Hz: number;
  /** The strongest first. */
  readonly receptions: readonly Reception[];
}

/** The end of one frame's life: received or lost, once for each frame that an application handed over. */
export interface Transmission extends Hearing {
  readonly kind: 'frame';
  /** When this is known: when the server publishes it, or when the device gives it up. Never falls. */
  readonly atMs: number;
  readonly emission: Emission;
  readonly session: Session;
  /** 32 bits; null for a frame that was never sent and used up no counter. */
  readonly fCnt: number | null;
  /** 0 to 5, of the attempt that was heard, else of the last one. */
  readonly dr: number;
  readonly airtimeMs: number;
  /** So far: a frame that was heard may still be repeated. */
  readonly attempts: number;
  /** When the first gateway's copy reached the server; null for a lost one. */
  readonly receivedAt: Date | null;
  readonly lost: LossCause | null;
}

/** A frame that was told of already comes again: the sum of frames does not change. */
export interface Repeat extends Hearing {
  readonly kind: 'repeat';
  readonly atMs: number;
  /**
   * - `retransmission`: the device sent it again, for it had heard no acknowledgement or repeats all;
   * - `late_backhaul`: a gateway whose backhaul was away had kept it;
   * - `replica`: another replica of the server publishes it too;
   * - `redelivery`: the broker hands on the same bytes again.
   */
  readonly how: 'retransmission' | 'late_backhaul' | 'replica' | 'redelivery';
  readonly of: Transmission;
  /** Tells this copy from others of the frame. */
  readonly copy: number;
  readonly receivedAt: Date;
  /** Whether the server publishes it as an uplink; else it says in a log that it dropped it. */
  readonly isPublished: boolean;
}

/** The server let a device in. */
export interface Join extends Hearing {
  readonly kind: 'join';
  readonly atMs: number;
  readonly device: EmittingDevice;
  readonly session: Session;
  readonly devNonce: number;
  readonly receivedAt: Date;
}

/** The server asked for DevStatusAns and got it. */
export interface DeviceStatus {
  readonly kind: 'status';
  readonly atMs: number;
  readonly device: EmittingDevice;
  readonly session: Session;
  readonly receivedAt: Date;
  /** dB above what the data rate needs, -32 to 31. */
  readonly margin_dB: number;
  /** Null on external power. */
  readonly battery_percent: number | null;
}

export type RadioEvent = Transmission | Repeat | Join | DeviceStatus;
