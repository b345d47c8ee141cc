import type { Emission, EmittingDevice } from '../emission.ts';
import { derive, hash } from '../seeded.ts';
import { airtimeMs, DATA_FRAME_OVERHEAD_BYTES, JOIN_REQUEST_BYTES } from './airtime.ts';
import { Antennas, type Held, hearingOf } from './antennas.ts';
import { bandOf, CHANNELS_HZ, HIGHEST_SF, JOIN_CHANNELS, maxPayloadBytes } from './eu868.ts';
import { Frame } from './frame.ts';
import type { RadioPlan, Restart } from './plan.ts';
import { RadioDevice } from './radio-device.ts';
import { ServerSide, type Untold } from './server-side.ts';
import { TimeHeap } from './time-heap.ts';
import type { Hearing, RadioEvent } from './transmission.ts';

/** Both receive windows, and a device's pause before it tries again. */
const WINDOWS_MS = 2000;
const RETRY_PAUSE_MS = { least: 1000, most: 3000 } as const;
/** JOIN_ACCEPT_DELAY1 and the accept itself. */
const JOIN_ACCEPT_MS = 6000;
const JOIN_PAUSE_MS = { first: 5000, least: 10_000, most: 30_000, longest: 3_600_000 } as const;
/** A gateway that is back delivers what it kept, a frame after the other. */
const HELD_SPACING_MS = 20;

const CHANCE = { firstJoin: 0, downlink: 1, pause: 2 } as const;

/** What is to happen beside the devices' own steps. */
type Later =
  | { readonly kind: 'publish'; readonly event: Untold; readonly device: RadioDevice }
  | { readonly kind: 'held'; readonly frame: Frame; readonly device: RadioDevice; readonly hearing: Hearing }
  | { readonly kind: 'restarts'; readonly restart: Restart; readonly number: number }
  | { readonly kind: 'restart'; readonly device: RadioDevice };

/**
 * The devices' side of the radio, a simulation of discrete events between `Antennas` and `ServerSide`.
 * `take` emissions in time order, `step` while something is due before the next one, and read what has
 * come of it from `told`.
 */
export class RadioNetwork {
  readonly #plan: RadioPlan;
  readonly #seed: number;
  readonly #devices: RadioDevice[] = [];
  readonly #heap = new TimeHeap<RadioDevice | Later>();
  readonly #antennas: Antennas;
  readonly #server: ServerSide;
  /** By gateway: the moment of the last frame that it kept. */
  readonly #heldUntilMs: number[] = [];
  #nowMs = Number.NEGATIVE_INFINITY;
  #isDraining = false;

  /** @throws VeilleurError `radio_plan_invalid` */
  constructor(plan: RadioPlan, seed: number) {
    this.#plan = plan;
    this.#seed = derive(hash(derive(0, 'radio'), seed), 'device');
    this.#antennas = new Antennas(plan);
    this.#server = new ServerSide(plan, (atMs, device, event) =>
      this.#heap.push(atMs, { kind: 'publish', device, event }),
    );
    for (const [number, restart] of (plan.restarts ?? []).entries())
      this.#heap.push(restart.at.getTime(), { kind: 'restarts', restart, number });
  }

  /** What has become known, in time order; whoever reads it empties it. */
  get told(): RadioEvent[] {
    return this.#server.told;
  }

  /** When something is due; infinity where nothing is under way. */
  get nextMs(): number {
    return this.#heap.nextMs;
  }

  take(emission: Emission): void {
    this.#nowMs = Math.max(this.#nowMs, emission.at.getTime());
    const device = this.#deviceOf(emission.device, emission.report);
    const frame = new Frame(emission, device.session);
    if (device.queue.length >= (this.#plan.queueLength ?? 8)) {
      this.#server.lose(this.#nowMs, frame, 'queue_full');
      return;
    }
    device.queue.push(frame);
    if (device.step === 'idle') this.#proceed(device);
  }

  /** What is due first happens. */
  step(): void {
    this.#nowMs = Math.max(this.#nowMs, this.#heap.nextMs);
    const next = this.#heap.pop();
    if (next === undefined) return;
    if (next instanceof RadioDevice) this.#stepOf(next);
    else this.#happens(next);
  }

  /** There will be no more emissions: who is not in the network now gives up. */
  drain(): void {
    this.#isDraining = true;
  }

  #deviceOf(device: EmittingDevice, report: number): RadioDevice {
    const known = this.#devices[device.index];
    if (known !== undefined) return known;
    const isJoined = this.#plan.activation !== 'join_first';
    const added = new RadioDevice(device, this.#plan.gateways, this.#seed, isJoined, isJoined ? report : 0);
    this.#devices[device.index] = added;
    return added;
  }

  #stepOf(device: RadioDevice): void {
    switch (device.step) {
      case 'send':
        device.step = 'idle';
        this.#proceed(device);
        break;
      case 'sent':
        this.#frameEnded(device);
        break;
      case 'join':
        this.#sendJoinRequest(device);
        break;
      case 'join_sent':
        this.#joinRequestEnded(device);
        break;
      case 'idle':
        break;
    }
  }

  #happens(later: Later): void {
    switch (later.kind) {
      case 'publish':
        this.#server.publish(this.#nowMs, later.device, later.event);
        break;
      case 'held':
        this.#heldArrives(later.device, later.frame, later.hearing);
        break;
      case 'restarts':
        this.#beginRestarts(later.restart, later.number);
        break;
      case 'restart':
        later.device.hasToRestart = true;
        if (later.device.step === 'idle') this.#proceed(later.device);
        break;
    }
  }

  #beginRestarts(restart: Restart, number: number): void {
    for (const device of this.#devices) {
      if (device === undefined || restart.applies?.(device.device) === false) continue;
      const delayMs = (hash(device.key, -1 - number) / 2 ** 32) * restart.withinMs;
      this.#heap.push(this.#nowMs + delayMs, { kind: 'restart', device });
    }
  }

  /** An idle device looks what it has to do next. */
  #proceed(device: RadioDevice): void {
    if (device.hasToRestart && device.attempts === 0) device.restart();
    if (!device.isJoined) {
      if (device.joinAttempts === 0)
        this.#joinAfter(device, device.chance(CHANCE.firstJoin) * JOIN_PAUSE_MS.first);
      return;
    }
    for (let frame = device.queue[0]; frame !== undefined; frame = device.queue[0]) {
      const readyAtMs = Math.max(device.readyAtMs, device.dutyCycle.earliestMs());
      if (readyAtMs > this.#nowMs) {
        device.step = 'send';
        this.#heap.push(readyAtMs, device);
        return;
      }
      if (device.attempts === 0) {
        device.spreadingFactor = device.settledSpreadingFactor(this.#nowMs);
        if (frame.emission.payload.length > maxPayloadBytes(device.spreadingFactor)) {
          device.queue.shift();
          this.#server.lose(this.#nowMs, frame, 'too_long');
          continue;
        }
      }
      this.#send(device, frame);
      return;
    }
  }

  #send(device: RadioDevice, frame: Frame): void {
    const { emission } = frame;
    if (device.attempts === 0) {
      frame.session = device.session;
      frame.fCnt = device.fCnt;
      device.fCnt += 1;
    } else if (emission.confirmed && device.attempts % 2 === 0) {
      // Who is not acknowledged speaks more slowly after every second attempt (LoRaWAN 1.0.2, chapter 18.4).
      const slower = Math.min(HIGHEST_SF, device.spreadingFactor + 1);
      if (emission.payload.length <= maxPayloadBytes(slower)) device.spreadingFactor = slower;
    }
    device.attempts += 1;
    device.sends += 1;
    const lengthMs = frameMs(device.spreadingFactor, frame);
    this.#antennas.begin(device, this.#freeChannel(device), this.#nowMs, lengthMs);
    device.step = 'sent';
    this.#heap.push(this.#nowMs + lengthMs, device);
  }

  #freeChannel(device: RadioDevice): number {
    const bits = device.channelBits();
    const channel = bits % CHANNELS_HZ.length;
    if (device.dutyCycle.freeAtMs(bandOf(channel)) <= this.#nowMs) return channel;
    // The other sub-band.
    const others = CHANNELS_HZ.length - JOIN_CHANNELS;
    return bandOf(channel) === 0 ? JOIN_CHANNELS + (bits % others) : bits % JOIN_CHANNELS;
  }

  #frameEnded(device: RadioDevice): void {
    const frame = device.queue[0];
    if (frame === undefined) return;
    const { confirmed } = frame.emission;
    const { receptions, held, cause } = this.#antennas.hear(device, this.#nowMs);
    for (const each of held) this.#hold(device, frame, each);
    const isHeard = receptions.length > 0;
    if (!frame.isTold) {
      frame.heardOn(device.channel, device.spreadingFactor, frameMs(device.spreadingFactor, frame));
      frame.attempts = device.attempts;
    }
    if (isHeard)
      this.#server.arrives(this.#nowMs, device, frame, hearingOf(device, receptions), 'retransmission');
    const isAcked = isHeard && this.#hearsDownlink(device);
    const isOver = confirmed
      ? isAcked || device.attempts >= (this.#plan.confirmedAttempts ?? 8)
      : device.attempts >= (this.#plan.nbTrans ?? 1);
    device.step = 'idle';
    device.readyAtMs = this.#nowMs + WINDOWS_MS;
    if (isOver) {
      device.queue.shift();
      device.attempts = 0;
      if (!frame.isTold && frame.held === 0) this.#server.lose(this.#nowMs, frame, cause);
    } else {
      const { least, most } = RETRY_PAUSE_MS;
      device.readyAtMs += least + device.chance(CHANCE.pause) * (most - least);
    }
    this.#proceed(device);
  }

  #hearsDownlink(device: RadioDevice): boolean {
    return device.chance(CHANCE.downlink) >= (this.#plan.downlinkLossShare ?? 0.02);
  }

  #hold(device: RadioDevice, frame: Frame, { gateway, untilMs, hearing }: Held): void {
    const atMs = Math.max(untilMs, (this.#heldUntilMs[gateway] ?? 0) + HELD_SPACING_MS);
    this.#heldUntilMs[gateway] = atMs;
    frame.held += 1;
    this.#heap.push(atMs, { kind: 'held', device, frame, hearing });
  }

  #heldArrives(device: RadioDevice, frame: Frame, hearing: Hearing): void {
    const { channel, spreadingFactor } = hearing;
    frame.held -= 1;
    if (!frame.isTold) frame.heardOn(channel, spreadingFactor, frameMs(spreadingFactor, frame));
    this.#server.arrives(this.#nowMs, device, frame, hearing, 'late_backhaul');
  }

  #joinAfter(device: RadioDevice, pauseMs: number): void {
    device.step = 'join';
    const earliestMs = Math.max(device.readyAtMs, device.dutyCycle.earliestMs(1));
    this.#heap.push(Math.max(this.#nowMs + pauseMs, earliestMs), device);
  }

  #sendJoinRequest(device: RadioDevice): void {
    const slower = Math.floor(device.joinAttempts / 2);
    device.spreadingFactor = Math.min(HIGHEST_SF, device.settledSpreadingFactor(this.#nowMs) + slower);
    device.joinAttempts += 1;
    device.devNonce += 1;
    device.sends += 1;
    const lengthMs = airtimeMs(device.spreadingFactor, JOIN_REQUEST_BYTES);
    this.#antennas.begin(device, device.channelBits() % JOIN_CHANNELS, this.#nowMs, lengthMs);
    device.step = 'join_sent';
    this.#heap.push(this.#nowMs + lengthMs, device);
  }

  #joinRequestEnded(device: RadioDevice): void {
    // A JoinRequest that a gateway keeps for hours is of no use to anybody.
    const { receptions } = this.#antennas.hear(device, this.#nowMs);
    device.step = 'idle';
    device.readyAtMs = this.#nowMs + JOIN_ACCEPT_MS;
    if (receptions.length > 0) {
      const session = this.#server.join(this.#nowMs, device, hearingOf(device, receptions));
      if (this.#hearsDownlink(device)) {
        device.joined(session);
        this.#proceed(device);
        return;
      }
    }
    if (this.#isDraining) {
      for (const frame of device.queue.splice(0)) this.#server.lose(this.#nowMs, frame, 'not_joined');
      return;
    }
    const { least, most, longest } = JOIN_PAUSE_MS;
    const doubled = 2 ** Math.min(device.joinAttempts - 1, 8);
    this.#joinAfter(
      device,
      Math.min(longest, (least + device.chance(CHANCE.pause) * (most - least)) * doubled),
    );
  }
}

function frameMs(spreadingFactor: number, { emission }: Frame): number {
  return airtimeMs(spreadingFactor, DATA_FRAME_OVERHEAD_BYTES + emission.payload.length);
}
