import type { Emission } from '../emission.ts';
import { CHANNELS_HZ, dataRateOf } from './eu868.ts';
import type { LossCause, Reception, Session, Transmission } from './transmission.ts';

/** A frame on its way; when its end is known it is the transmission that is told of. */
export class Frame implements Transmission {
  readonly kind = 'frame';
  atMs = 0;
  readonly emission: Emission;
  session: Session;
  fCnt: number | null = null;
  dr = 0;
  spreadingFactor = 0;
  channel = 0;
  frequency_Hz = 0;
  airtimeMs = 0;
  attempts = 0;
  receptions: readonly Reception[] = [];
  receivedAt: Date | null = null;
  lost: LossCause | null = null;
  /** Gateways without backhaul hold it: its end is not known before they deliver. */
  held = 0;
  /** Its end is known. */
  isTold = false;
  /** How often it came again. */
  copies = 0;

  constructor(emission: Emission, session: Session) {
    this.emission = emission;
    this.session = session;
  }

  heardOn(channel: number, spreadingFactor: number, airtimeMs: number): void {
    this.channel = channel;
    this.spreadingFactor = spreadingFactor;
    this.dr = dataRateOf(spreadingFactor);
    this.frequency_Hz = CHANNELS_HZ[channel] as number;
    this.airtimeMs = airtimeMs;
  }
}
