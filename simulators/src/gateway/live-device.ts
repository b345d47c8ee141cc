import type { Emission, EmittingDevice } from '../emission.ts';
import { DutyCycle } from '../radio/duty-cycle.ts';
import { dataRateOf, NOISE_DBM, reportedSnr_dB, spreadingFactorOf } from '../radio/eu868.ts';
import { createLink, type Link, settledSpreadingFactor } from '../radio/link.ts';
import type { Gateway } from '../radio/plan.ts';
import { derive, hash, unit } from '../seeded.ts';
import { deviceKeys, personalisedSession } from './device-keys.ts';
import { EndDevice } from './end-device.ts';
import type { DeviceStatusFacts } from './mac-commands.ts';
import type { SentUplink } from './receive-windows.ts';

/** A device at the gateway level: its MAC layer, its place in the city, and what it is doing now. */
export interface Live {
  readonly device: EmittingDevice;
  readonly end: EndDevice;
  readonly link: Link;
  readonly dutyCycle: DutyCycle;
  readonly queue: Emission[];
  /** All that it ever sent. */
  sends: number;
  joinAttempts: number;
  isAtWork: boolean;
  /** While its receive windows are open: what it sent, and when that ended. */
  listening: { readonly sent: SentUplink; readonly endMs: number } | undefined;
  onDownlink: (() => void) | undefined;
  wasAcknowledged: boolean;
}

export function liveDevice(device: EmittingDevice, gateways: readonly Gateway[], seed: number): Live {
  const key = derive(derive(hash(derive(0, 'radio'), seed), 'device'), device.devEui);
  const end = new EndDevice(device.devEui, deviceKeys(seed, device.devEui));
  const link = createLink(device, gateways, key);
  end.settings.dataRate = dataRateOf(settledSpreadingFactor(link, 0));
  if (device.activation === 'ABP') end.personalise(personalisedSession(seed, device.devEui));
  return {
    device,
    end,
    link,
    dutyCycle: new DutyCycle(),
    queue: [],
    sends: 0,
    joinAttempts: 0,
    isAtWork: false,
    listening: undefined,
    onDownlink: undefined,
    wasAcknowledged: false,
  };
}

/** From 0 to 1, for one question about what it sent last. */
export function chanceOf(live: Live, question: number): number {
  return unit(derive(live.link.key, 'pause'), live.sends * 4 + question);
}

/**
 * What DevStatusAns is to say; a downlink is heard as well as the uplinks are.
 *
 * @param battery_percent null on external power, undefined where nobody knows.
 */
export function statusOf(live: Live, battery_percent: number | null | undefined): DeviceStatusFacts {
  const spreadingFactor = spreadingFactorOf(live.end.settings.dataRate);
  const margin_dB = Math.round(reportedSnr_dB(live.link.mean_dBm[0] ?? NOISE_DBM, spreadingFactor));
  if (battery_percent === undefined) return { battery: 255, margin_dB };
  return { battery: battery_percent === null ? 0 : 1 + Math.round((battery_percent / 100) * 253), margin_dB };
}
