import type { DevEui } from './dev-eui.ts';

/** The network servers whose events Veilleur reads, by wire format. */
export type LnsFormat =
  | 'chirpstack-v4-json'
  | 'chirpstack-v4-protobuf'
  | 'chirpstack-v3-json'
  | 'tts-v3-json';

/** No city hears a frame through more gateways; an event that names more is a mistake, or means harm. */
export const RECEPTIONS_MAX = 100;

/** One gateway's hearing of a frame. */
export interface Reception {
  readonly gatewayId: string;
  /** Received signal strength, dBm. */
  readonly rssi?: number | undefined;
  /** Signal to noise ratio, dB. */
  readonly snr?: number | undefined;
  /** When the gateway heard it, by the gateway's own clock: not to be trusted without GPS. */
  readonly gatewayTime?: Date | undefined;
}

/** What the LNS knows of the device beside its DevEUI. */
export interface LnsDevice {
  readonly devEui: DevEui;
  readonly name?: string | undefined;
  readonly applicationId?: string | undefined;
  readonly applicationName?: string | undefined;
  /** The LNS's own name of its device profile. */
  readonly profileName?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * An uplink as the network server delivered it, immutable. A frame is one (DevEUI, session, fCnt,
 * payload) near in time: the same frame may reach us through several LNS replicas and deliveries.
 */
export interface Frame {
  readonly kind: 'uplink';
  readonly lns: LnsFormat;
  readonly device: LnsDevice;
  /**
   * The most precise name of the LoRaWAN session that the LNS gives: The Things Stack's
   * `session_key_id`, ChirpStack v4's DevAddr, empty where it gives none (ChirpStack v3).
   */
  readonly sessionKey: string;
  /** The 32-bit uplink frame counter. */
  readonly fCnt: number;
  /** Null for a frame that carries MAC commands only. */
  readonly fPort: number | null;
  /** FRMPayload, decrypted by the LNS unless `encrypted`. */
  readonly payload: Uint8Array;
  /** The LNS holds no application session key (ChirpStack's `joinServerContext`): the payload is ciphertext. */
  readonly encrypted: boolean;
  readonly confirmed: boolean;
  /** The data rate's index of the region (DR0 to DR15), where the LNS gives it. */
  readonly dataRate?: number | undefined;
  /** Hz. */
  readonly frequencyHz?: number | undefined;
  /** When the LNS received it; null where the event does not say, so the reader's clock must do. */
  readonly receivedAt: Date | null;
  /** The first ones, `RECEPTIONS_MAX` at most. */
  readonly receptions: readonly Reception[];
}

/** Everything else that an LNS tells of a device. */
export type DeviceEventKind = 'join' | 'ack' | 'txack' | 'log' | 'status' | 'location';

export interface DeviceEvent {
  readonly kind: DeviceEventKind;
  readonly lns: LnsFormat;
  readonly device: LnsDevice;
  /** When the LNS says that it happened; null where the event does not say. */
  readonly occurredAt: Date | null;
  /** The event's own fields, as JSON, in the spelling of ChirpStack v4 where it has the like. */
  readonly detail: Readonly<Record<string, unknown>>;
}
