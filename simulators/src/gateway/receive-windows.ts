import { dataRateOf, spreadingFactorOf } from '../radio/eu868.ts';
import { counterDifference, type GatewayDownlink } from './gateway-port.ts';
import type { MacSettings } from './mac-commands.ts';

const JOIN_ACCEPT_DELAY_US = 5_000_000;
const RX2_AFTER_US = 1_000_000;
/** A class A device listens for some symbols around the moment: a gateway that is later is not heard. */
const TOLERANCE_US = 10_000;

/** What a device sent last, from which its windows follow. */
export interface SentUplink {
  readonly isJoin: boolean;
  readonly frequency_Hz: number;
  readonly spreadingFactor: number;
}

/**
 * The receive window of a class A device that a downlink hits: moment, frequency and data rate must be
 * right (LoRaWAN 1.0.3, chapter 3.3). Undefined where it hits none.
 *
 * @param tmst of the end of the uplink, at the gateway that sends the downlink.
 */
export function windowHit(
  sent: SentUplink,
  settings: MacSettings,
  tmst: number,
  downlink: GatewayDownlink,
): 'rx1' | 'rx2' | undefined {
  if (downlink.tmst === null) return undefined;
  const rx1_us = sent.isJoin ? JOIN_ACCEPT_DELAY_US : settings.rx1DelayMs * 1000;
  const late_us = counterDifference(downlink.tmst, tmst) - rx1_us;
  if (Math.abs(late_us) <= TOLERANCE_US) {
    // RX1DROffset of EU868: so many data rates slower, not below DR0.
    const dataRate = Math.max(
      0,
      dataRateOf(sent.spreadingFactor) - (sent.isJoin ? 0 : settings.rx1DataRateOffset),
    );
    const fits =
      downlink.frequency_Hz === sent.frequency_Hz && downlink.spreadingFactor === spreadingFactorOf(dataRate);
    return fits ? 'rx1' : undefined;
  }
  if (Math.abs(late_us - RX2_AFTER_US) > TOLERANCE_US) return undefined;
  return hitsRx2(settings, downlink) ? 'rx2' : undefined;
}

/** Frequency and data rate of the second window, which a class C device keeps open. */
export function hitsRx2(settings: MacSettings, downlink: GatewayDownlink): boolean {
  return (
    downlink.frequency_Hz === settings.rx2_Hz &&
    downlink.spreadingFactor === spreadingFactorOf(settings.rx2DataRate)
  );
}
