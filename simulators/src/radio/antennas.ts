import { Air, HEARD } from './air.ts';
import { bandOf, CHANNELS_HZ, reportedSnr_dB } from './eu868.ts';
import { strength_dBm } from './link.ts';
import type { RadioPlan } from './plan.ts';
import { GatewaySpans } from './plan-times.ts';
import type { RadioDevice } from './radio-device.ts';
import type { Hearing, LossCause, Reception } from './transmission.ts';

/** What a gateway without backhaul keeps for later. */
export interface Held {
  readonly gateway: number;
  /** When its backhaul is back. */
  readonly untilMs: number;
  readonly hearing: Hearing;
}

export interface Heard {
  /** At the server now, the strongest first. */
  readonly receptions: readonly Reception[];
  readonly held: readonly Held[];
  /** Why there is none, if there is none. */
  readonly cause: LossCause;
}

/** Which of a device's chances tells whether noise drowns what it sent; the others are the device's and the server's. */
const INTERFERENCE_CHANCE = 10;
const NOTHING_HELD: readonly Held[] = [];

/** The gateways' side of the air: who is heard by whom, and whose gateway or backhaul is out. */
export class Antennas {
  readonly #gatewayIds: readonly string[];
  readonly #air: Air;
  readonly #outages: GatewaySpans;
  readonly #backhaulOutages: GatewaySpans;
  readonly #lossShare: number;

  /** @throws VeilleurError `radio_plan_invalid` */
  constructor({ gateways, gatewayOutages, backhaulOutages, lossShare = 0 }: RadioPlan) {
    this.#gatewayIds = gateways.map(({ id }) => id);
    this.#air = new Air(gateways.length);
    this.#outages = new GatewaySpans(gateways, gatewayOutages);
    this.#backhaulOutages = new GatewaySpans(gateways, backhaulOutages);
    this.#lossShare = lossShare;
  }

  /** A device begins to send at its `spreadingFactor`; `hear` it when its airtime is over. */
  begin(device: RadioDevice, channel: number, nowMs: number, airtimeMs: number): void {
    const { link, sends, drift } = device;
    device.channel = channel;
    device.dutyCycle.sent(bandOf(channel), nowMs, airtimeMs);
    device.onAir = this.#air.begin(channel, device.spreadingFactor);
    for (let place = 0; place < link.gateways.length; place++) {
      const strength = strength_dBm(link, place, sends, drift);
      this.#air.reaches(device.onAir, link.gateways[place] as number, strength);
    }
  }

  /** What the gateways make of the frame that ends now. */
  hear(device: RadioDevice, nowMs: number): Heard {
    const air = this.#air;
    const id = device.onAir;
    const { gateways } = device.link;
    const receptions: Reception[] = [];
    let held = NOTHING_HELD;
    let at: Date | undefined;
    let cause: LossCause = 'out_of_range';
    air.end(id);
    for (let place = 0; place < gateways.length; place++) {
      const verdict = air.verdict(id, place);
      if (verdict === HEARD.tooWeak) continue;
      const gateway = gateways[place] as number;
      // Of several causes the one that is nearest to a reception: the plan's outage, then others' frames.
      if (this.#outages.endAround(gateway, nowMs) !== undefined) cause = 'gateway_outage';
      else if (verdict === HEARD.collided) cause = cause === 'gateway_outage' ? cause : 'collision';
      else if (verdict === HEARD.noDemodulator) cause = cause === 'out_of_range' ? 'gateway_busy' : cause;
      else {
        at ??= new Date(nowMs);
        const strength = air.strength_dBm(id, place);
        const reception = {
          gateway,
          gatewayId: this.#gatewayIds[gateway] as string,
          rssi: Math.round(strength),
          snr: reportedSnr_dB(strength, device.spreadingFactor),
          at,
        };
        const untilMs = this.#backhaulOutages.endAround(gateway, nowMs);
        if (untilMs === undefined) receptions.push(reception);
        else held = [...held, { gateway, untilMs, hearing: hearingOf(device, [reception]) }];
      }
    }
    const isHeard = receptions.length + held.length > 0;
    if (isHeard && this.#lossShare > 0 && device.chance(INTERFERENCE_CHANCE) < this.#lossShare)
      return { receptions: [], held: NOTHING_HELD, cause: 'interference' };
    if (receptions.length > 1) receptions.sort((a, b) => b.rssi - a.rssi);
    return { receptions, held, cause };
  }
}

/** @param device of which this was heard just now. */
export function hearingOf(device: RadioDevice, receptions: readonly Reception[]): Hearing {
  const { channel, spreadingFactor } = device;
  return { channel, spreadingFactor, frequency_Hz: CHANNELS_HZ[channel] as number, receptions };
}
