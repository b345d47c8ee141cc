import { setTimeout as sleep } from 'node:timers/promises';
import type { Emission, EmittingDevice } from '../emission.ts';
import { Air, HEARD } from '../radio/air.ts';
import { airtimeMs } from '../radio/airtime.ts';
import { bandOf, CHANNELS_HZ, JOIN_CHANNELS, reportedSnr_dB, spreadingFactorOf } from '../radio/eu868.ts';
import { drift_dB, strength_dBm } from '../radio/link.ts';
import type { RadioPlan } from '../radio/plan.ts';
import { GatewaySpans } from '../radio/plan-times.ts';
import { derive, hash } from '../seeded.ts';
import type { EndDevice, FrameFault } from './end-device.ts';
import {
  concentratorCounter,
  counterDifference,
  type GatewayDownlink,
  type GatewayPort,
  type TxStatus,
} from './gateway-port.ts';
import { chanceOf, type Live, liveDevice, statusOf } from './live-device.ts';
import { hitsRx2, windowHit } from './receive-windows.ts';

export interface GatewayNetworkOptions {
  readonly plan: RadioPlan;
  /** Of the keys and of the radio. */
  readonly seed: number;
  /** One for each gateway of the plan that has a way to the server. */
  readonly ports: readonly GatewayPort[];
  /** What is wrong with a frame of a device, asked before each is made. */
  readonly fault?: (device: EmittingDevice, frame: 'join' | 'data') => FrameFault | undefined;
  /** Each attempt to send a data frame; `heardBy` are the gateways that forwarded it. */
  readonly onSent?: (sent: SentFrame) => void;
  /** Whether devices keep to 1 %. Default true; a load test may not want to wait. */
  readonly keepsDutyCycle?: boolean;
  readonly now?: () => number;
}

export interface SentFrame {
  readonly emission: Emission | null;
  readonly devEui: string;
  readonly devAddr: string;
  readonly fCnt: number;
  readonly fault: FrameFault | undefined;
  readonly heardBy: readonly string[];
}

export interface NetworkCounts {
  joinRequests: number;
  joins: number;
  frames: number;
  repetitions: number;
  heard: number;
  unheard: number;
  downlinks: number;
  /** Downlinks that a device took: they hit a window and their MIC was right. */
  taken: number;
  /** Downlinks on the air that hit no device's window or that it refused. */
  missed: number;
  acknowledgements: number;
  /** Frames that a device was given while it had too many to send. */
  dropped: number;
}

/** A downlink may be announced so long before its time, and not later than its time. */
const EARLIEST_US = 20_000_000;
const AFTER_WINDOWS_MS = 300;
const JOIN_WINDOWS_MS = 6000;
const MOST_CONFIRMED_ATTEMPTS = 8;

/**
 * True LoRaWAN devices behind simulated gateways, in real time: what goes out is what antennas would
 * have heard, and a network server at the other end of the ports has to do its work (joins, ADR,
 * acknowledgements) for the devices to go on.
 */
export class GatewayNetwork {
  readonly counts: NetworkCounts = {
    joinRequests: 0,
    joins: 0,
    frames: 0,
    repetitions: 0,
    heard: 0,
    unheard: 0,
    downlinks: 0,
    taken: 0,
    missed: 0,
    acknowledgements: 0,
    dropped: 0,
  };
  readonly #options: GatewayNetworkOptions;
  readonly #now: () => number;
  readonly #air: Air;
  readonly #outages: GatewaySpans;
  readonly #ports: readonly (GatewayPort | undefined)[];
  readonly #devices = new Map<string, Live>();
  /** Those whose windows are open: a downlink is for one of them. */
  readonly #listeners = new Set<Live>();
  readonly #classC: Live[] = [];
  readonly #stopping = new AbortController();
  readonly #atWork = new Set<Promise<void>>();

  constructor(options: GatewayNetworkOptions) {
    const { plan, ports } = options;
    this.#options = options;
    this.#now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.#air = new Air(plan.gateways.length);
    this.#outages = new GatewaySpans(plan.gateways, plan.gatewayOutages);
    this.#ports = plan.gateways.map(({ id }) => ports.find(({ gatewayId }) => gatewayId === id));
  }

  async start(): Promise<void> {
    await Promise.all(this.#options.ports.map((port) => port.start(this.#takeDownlink)));
  }

  /** A device gets a frame to send: it joins first if it has to. Where too many wait, it is dropped and counted. Returns at once. */
  send(emission: Emission): void {
    const live = this.#liveOf(emission.device);
    if (live.queue.length >= (this.#options.plan.queueLength ?? 8)) {
      this.counts.dropped += 1;
      return;
    }
    live.queue.push(emission);
    this.#begin(live);
  }

  /** The MAC layer of a device, to look at or to restart. */
  endDevice(device: EmittingDevice): EndDevice {
    return this.#liveOf(device).end;
  }

  /** Resolves when every device has sent what it had. */
  async idle(): Promise<void> {
    while (this.#atWork.size > 0) await Promise.all(this.#atWork);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.idle();
    await Promise.all(this.#options.ports.map((port) => port.stop()));
  }

  #liveOf(device: EmittingDevice): Live {
    const known = this.#devices.get(device.devEui);
    if (known !== undefined) return known;
    const live = liveDevice(device, this.#options.plan.gateways, this.#options.seed);
    this.#devices.set(device.devEui, live);
    if (device.deviceClass === 'C') this.#classC.push(live);
    return live;
  }

  #begin(live: Live): void {
    if (live.isAtWork) return;
    live.isAtWork = true;
    const work = this.#work(live).finally(() => {
      live.isAtWork = false;
      this.#atWork.delete(work);
    });
    this.#atWork.add(work);
  }

  async #work(live: Live): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted && (live.queue.length > 0 || (live.end.isJoined && live.end.hasToAnswer))) {
      if (!live.end.isJoined) await this.#join(live);
      else {
        const emission = live.queue.shift() ?? null;
        await this.#sendFrame(live, emission);
      }
    }
  }

  async #join(live: Live): Promise<void> {
    if (live.joinAttempts > 0) {
      // 10 to 30 s, doubled with every attempt, an hour at most: a city that rejoins must not drown itself.
      const pauseMs = (10_000 + 20_000 * chanceOf(live, 1)) * 2 ** Math.min(live.joinAttempts - 1, 7);
      await this.#pause(Math.min(3_600_000, pauseMs));
      if (this.#stopping.signal.aborted) return;
    }
    live.joinAttempts += 1;
    this.counts.joinRequests += 1;
    const phyPayload = live.end.joinRequest(this.#options.fault?.(live.device, 'join'));
    await this.#transmit(live, phyPayload, true);
    if (!live.end.isJoined) return;
    live.joinAttempts = 0;
    this.counts.joins += 1;
  }

  async #sendFrame(live: Live, emission: Emission | null): Promise<void> {
    const { end } = live;
    const fault = this.#options.fault?.(live.device, 'data');
    const fCnt = end.fCntUp;
    const devAddr = end.devAddr ?? '';
    const phyPayload = end.uplink(emission, fault);
    const most = emission?.confirmed ? MOST_CONFIRMED_ATTEMPTS : end.settings.nbTrans;
    this.counts.frames += 1;
    live.wasAcknowledged = false;
    for (let attempt = 1; attempt <= most && !this.#stopping.signal.aborted; attempt++) {
      if (attempt > 1) this.counts.repetitions += 1;
      const heardBy = await this.#transmit(live, phyPayload, false);
      this.#options.onSent?.({ emission, devEui: end.devEui, devAddr, fCnt, fault, heardBy });
      if (emission?.confirmed && live.wasAcknowledged) break;
      if (attempt < most) await this.#pause(1000 + 2000 * chanceOf(live, 2));
    }
    if (live.wasAcknowledged) this.counts.acknowledgements += 1;
  }

  /** On the air, at the gateways, and through both windows or to the first downlink. */
  async #transmit(live: Live, phyPayload: Buffer, isJoin: boolean): Promise<string[]> {
    const spreadingFactor = spreadingFactorOf(
      isJoin
        ? Math.max(0, live.end.settings.dataRate - Math.floor((live.joinAttempts - 1) / 2))
        : live.end.settings.dataRate,
    );
    const onAirMs = airtimeMs(spreadingFactor, phyPayload.length);
    live.sends += 1;
    const channel = await this.#channelWhenFree(live, isJoin);
    if (this.#stopping.signal.aborted) return [];
    const drift = drift_dB(live.link, this.#now());
    const startMs = this.#now();
    live.dutyCycle.sent(bandOf(channel), startMs, onAirMs);
    const id = this.#air.begin(channel, spreadingFactor);
    for (const [place, gateway] of live.link.gateways.entries())
      this.#air.reaches(id, gateway, strength_dBm(live.link, place, live.sends, drift));
    // The moment of the end is computed, not measured: a timer is late by a millisecond, an antenna is not.
    const endMs = startMs + onAirMs;
    const frequency_Hz = CHANNELS_HZ[channel] as number;
    live.listening = { sent: { isJoin, frequency_Hz, spreadingFactor }, endMs };
    this.#listeners.add(live);
    await this.#pause(onAirMs);
    const heardBy = this.#forward(live, id, {
      phyPayload,
      heardAtMs: endMs,
      channel,
      frequency_Hz,
      spreadingFactor,
    });
    await this.#throughWindows(live, isJoin);
    this.#listeners.delete(live);
    live.listening = undefined;
    return heardBy;
  }

  async #channelWhenFree(live: Live, isJoin: boolean): Promise<number> {
    const allowed = CHANNELS_HZ.map((_, channel) => channel).filter((channel) =>
      isJoin ? channel < JOIN_CHANNELS : (live.end.settings.channelMask & (1 << channel)) !== 0,
    );
    const bits = hash(derive(live.link.key, 'channel'), live.sends);
    for (;;) {
      const nowMs = this.#now();
      const free =
        this.#options.keepsDutyCycle === false
          ? allowed
          : allowed.filter((channel) => live.dutyCycle.freeAtMs(bandOf(channel)) <= nowMs);
      const channel = free[bits % free.length];
      if (channel !== undefined || this.#stopping.signal.aborted) return channel ?? 0;
      const earliestMs = Math.min(...allowed.map((each) => live.dutyCycle.freeAtMs(bandOf(each))));
      await this.#pause(Math.max(1, earliestMs - nowMs));
    }
  }

  #forward(
    live: Live,
    id: number,
    frame: Omit<Parameters<GatewayPort['forward']>[0], 'rssi' | 'snr'>,
  ): string[] {
    const heardBy: string[] = [];
    this.#air.end(id);
    for (const [place, gateway] of live.link.gateways.entries()) {
      if (this.#air.verdict(id, place) !== HEARD.read) continue;
      if (this.#outages.endAround(gateway, frame.heardAtMs) !== undefined) continue;
      const port = this.#ports[gateway];
      if (port === undefined) continue;
      const strength = this.#air.strength_dBm(id, place);
      port.forward({
        ...frame,
        rssi: Math.round(strength),
        snr: reportedSnr_dB(strength, frame.spreadingFactor),
      });
      heardBy.push(port.gatewayId);
    }
    if (heardBy.length > 0) this.counts.heard += 1;
    else this.counts.unheard += 1;
    return heardBy;
  }

  async #throughWindows(live: Live, isJoin: boolean): Promise<void> {
    const windowsMs = isJoin ? JOIN_WINDOWS_MS : live.end.settings.rx1DelayMs + 1000;
    const early = new AbortController();
    live.onDownlink = () => early.abort();
    const signal = AbortSignal.any([early.signal, this.#stopping.signal]);
    await sleep(windowsMs + AFTER_WINDOWS_MS, undefined, { signal }).catch(() => {});
    live.onDownlink = undefined;
  }

  /** A gateway was asked to send: can its time be kept? If so, it is heard at that time. */
  readonly #takeDownlink = (gatewayId: string, downlink: GatewayDownlink): TxStatus => {
    this.counts.downlinks += 1;
    const gateway = this.#ports.findIndex((port) => port?.gatewayId === gatewayId);
    if (gateway === -1) return 'INTERNAL_ERROR';
    if (downlink.frequency_Hz < 863e6 || downlink.frequency_Hz > 870e6) return 'TX_FREQ';
    if (downlink.tmst === null) {
      this.#hearDownlink(gatewayId, downlink);
      return 'OK';
    }
    const ahead_us = counterDifference(downlink.tmst, concentratorCounter(gatewayId, this.#now()));
    if (ahead_us < 0) return 'TOO_LATE';
    if (ahead_us > EARLIEST_US) return 'TOO_EARLY';
    const onAirMs = airtimeMs(downlink.spreadingFactor, downlink.phyPayload.length);
    void sleep(ahead_us / 1000 + onAirMs, undefined, { signal: this.#stopping.signal }).then(
      () => this.#hearDownlink(gatewayId, downlink),
      () => {},
    );
    return 'OK';
  };

  #hearDownlink(gatewayId: string, downlink: GatewayDownlink): void {
    for (const live of this.#listeners) {
      const { listening, end } = live;
      if (listening === undefined) continue;
      const tmst = concentratorCounter(gatewayId, listening.endMs);
      if (windowHit(listening.sent, end.settings, tmst, downlink) === undefined) continue;
      if (this.#takes(live, downlink)) return;
    }
    // Class C listens on its second window whenever it does not send.
    const devAddr = Buffer.from(downlink.phyPayload.subarray(1, 5)).reverse().toString('hex');
    for (const live of this.#classC) {
      if (
        live.end.devAddr === devAddr &&
        hitsRx2(live.end.settings, downlink) &&
        this.#takes(live, downlink)
      ) {
        // It answers at once, where class A waits for its next report.
        this.#begin(live);
        return;
      }
    }
    this.counts.missed += 1;
  }

  #takes(live: Live, downlink: GatewayDownlink): boolean {
    const battery_percent = this.#options.plan.battery_percent?.(live.device, new Date(this.#now()));
    live.end.status = statusOf(live, battery_percent);
    const taken = live.end.take(downlink.phyPayload);
    if (taken.kind === 'refused') return false;
    this.counts.taken += 1;
    if (taken.kind === 'data' && taken.acknowledges) live.wasAcknowledged = true;
    live.onDownlink?.();
    return true;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
