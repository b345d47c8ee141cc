import type { EmittingDevice } from '../emission.ts';
import { derive, hash, hex32, type Key, unit } from '../seeded.ts';
import { DutyCycle } from './duty-cycle.ts';
import type { Frame } from './frame.ts';
import { createLink, drift_dB, type Link, settledSpreadingFactor } from './link.ts';
import type { Gateway } from './plan.ts';
import type { Session } from './transmission.ts';

/** A network server looks at a device's data rate after so many frames. */
const FRAMES_BETWEEN_ADR = 20;

const QUESTIONS = 16;

/** What a device's one pending moment is. */
export type Step = 'idle' | 'send' | 'sent' | 'join' | 'join_sent';

/** One device's radio: link, session, counters, queue. The steps that change it are `RadioNetwork`'s. */
export class RadioDevice {
  readonly device: EmittingDevice;
  readonly key: Key;
  readonly link: Link;
  readonly dutyCycle = new DutyCycle();
  readonly queue: Frame[] = [];
  step: Step = 'idle';
  /** Of the frame or join request that is on the air, in `Air`; its hearers are the link's gateways. */
  onAir = -1;
  channel = 0;
  /** Of what is on the air now. */
  spreadingFactor = 0;
  /** Before this its receive windows are open. */
  readyAtMs = Number.NEGATIVE_INFINITY;
  /** Counts all that it ever sent: fading, channels and chances follow from it. */
  sends = 0;
  session: Session;
  isJoined: boolean;
  fCnt: number;
  devNonce = 0;
  joinAttempts = 0;
  /** Of the frame at the head of the queue. */
  attempts = 0;
  /** As soon as the frame under way is over. */
  hasToRestart = false;
  settled = 0;
  /** dB, of the time when the server last looked. */
  drift = 0;
  /** What the server holds of it. */
  serverSession: number;
  sessionsGiven = 0;
  serverFCnt = -1;
  statusDueMs = Number.NEGATIVE_INFINITY;
  readonly #channels: Key;
  readonly #chances: Key;
  #framesToAdr = 0;

  constructor(
    device: EmittingDevice,
    gateways: readonly Gateway[],
    seed: Key,
    isJoined: boolean,
    fCnt: number,
  ) {
    this.device = device;
    this.key = derive(seed, device.devEui);
    this.link = createLink(device, gateways, this.key);
    this.isJoined = isJoined || device.activation === 'ABP';
    this.fCnt = this.isJoined ? fCnt : 0;
    this.#channels = derive(this.key, 'channel');
    this.#chances = derive(this.key, 'chance');
    this.session = sessionOf(this.key, 0);
    this.serverSession = this.isJoined ? 0 : -1;
  }

  /** Forgets its session, as after a power cut; an ABP device has it written in, and only counts anew. */
  restart(): void {
    this.hasToRestart = false;
    this.fCnt = 0;
    if (this.device.activation === 'ABP') return;
    this.isJoined = false;
    this.joinAttempts = 0;
  }

  joined(session: Session): void {
    this.session = session;
    this.isJoined = true;
    this.joinAttempts = 0;
    this.fCnt = 0;
  }

  /** 32 even bits for the choice of its next channel. */
  channelBits(): number {
    return hash(this.#channels, this.sends);
  }

  /** From 0 to 1, for one question about what it sent last. */
  chance(question: number): number {
    return unit(this.#chances, this.sends * QUESTIONS + question);
  }

  /** Where the server's ADR has put it; it looks again every so many frames. */
  settledSpreadingFactor(timeMs: number): number {
    if (this.#framesToAdr === 0) {
      this.drift = drift_dB(this.link, timeMs);
      this.settled = settledSpreadingFactor(this.link, this.drift);
      this.#framesToAdr = FRAMES_BETWEEN_ADR;
    }
    this.#framesToAdr -= 1;
    return this.settled;
  }
}

/** 02xxxxxx belongs to NetID 000001, kept for experimental networks (LoRaWAN Backend Interfaces, NetID). */
export function sessionOf(key: Key, number: number): Session {
  return { number, devAddr: `02${hex32(hash(derive(key, 'session'), number)).slice(2)}` };
}
