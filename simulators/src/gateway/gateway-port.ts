/** A frame as a gateway's concentrator hands it up. */
export interface GatewayUplink {
  readonly phyPayload: Buffer;
  /** When it had been received, milliseconds since 1970, with fractions. */
  readonly heardAtMs: number;
  readonly channel: number;
  readonly frequency_Hz: number;
  readonly spreadingFactor: number;
  readonly rssi: number;
  readonly snr: number;
}

/** A frame that the server asks a gateway to send. */
export interface GatewayDownlink {
  readonly phyPayload: Buffer;
  readonly frequency_Hz: number;
  readonly spreadingFactor: number;
  /** By the concentrator's counter of microseconds (32 bits); null is at once. */
  readonly tmst: number | null;
}

/** Names of TX_ACK (packet_forwarder's PROTOCOL.TXT) and of ChirpStack's TxAckStatus alike. */
export type TxStatus = 'OK' | 'TOO_LATE' | 'TOO_EARLY' | 'TX_FREQ' | 'INTERNAL_ERROR';

/** Takes a downlink for the air and says at once whether its time can be kept. */
export type TakeDownlink = (gatewayId: string, downlink: GatewayDownlink) => TxStatus;

/** One gateway's way to its server. */
export interface GatewayPort {
  readonly gatewayId: string;
  /** Resolves when the server is known to be there. */
  start(take: TakeDownlink): Promise<void>;
  forward(uplink: GatewayUplink): void;
  stop(): Promise<void>;
}

export interface GatewayCounts {
  received: number;
  forwarded: number;
  /** Of the messages that want an acknowledgement, those that got it. */
  acknowledged: number;
  downlinks: number;
  sent: number;
}

/** Microseconds since the concentrator was started, 32 bits: it begins anew every 71.6 minutes. */
export function concentratorCounter(gatewayId: string, timeMs: number): number {
  // Each was started at another moment.
  const offset = Number.parseInt(gatewayId.slice(-8), 16) * 7919;
  return (Math.round(timeMs * 1000) + offset) % 2 ** 32;
}

/** From one count to another, in microseconds, over the turn of 32 bits. */
export function counterDifference(to: number, from: number): number {
  return (to - from) | 0;
}
