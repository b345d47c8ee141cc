import type { Emission } from './emission.ts';
import { airtimeMs, DATA_FRAME_OVERHEAD_BYTES } from './radio/airtime.ts';
import { CHANNELS_HZ, dataRateOf, reportedSnr_dB, sensitivity_dBm } from './radio/eu868.ts';
import { createLink, drift_dB, type Link, settledSpreadingFactor, strength_dBm } from './radio/link.ts';
import type { Gateway } from './radio/plan.ts';
import { sessionOf } from './radio/radio-device.ts';
import type { Reception, Transmission } from './radio/transmission.ts';
import { derive, hash, type Key } from './seeded.ts';

/** A gateway hears the frame some 40 ms before the server has put its copies together. */
const BACKHAUL_MS = 40;

/** A frame that was heard, as all of the demo's are. */
export interface HeardFrame extends Transmission {
  readonly fCnt: number;
  readonly receivedAt: Date;
}

/**
 * The radio of a fleet that is asked for any stretch of time: where `transmit` simulates queues, collisions
 * and counters from the first frame on, this is a function of the one frame. Links, fading and data rates
 * are the same model's; nothing is lost, repeated or in anybody's way, and frames take no time.
 *
 * @param pace tells sessions apart: another pace or installation numbers its reports anew, as after a join.
 */
export function createDemoRadio(
  gateways: readonly Gateway[],
  pace: { readonly installed_s: number; periodOf_s(emission: Emission): number },
): (emission: Emission) => HeardFrame {
  const links: { readonly key: Key; readonly link: Link }[] = [];

  const linkOf = ({ device }: Emission) => {
    let known = links[device.index];
    if (known === undefined) {
      const key = derive(derive(0, 'demo radio'), device.devEui);
      known = { key, link: createLink(device, gateways, key) };
      links[device.index] = known;
    }
    return known;
  };

  return (emission) => {
    const { at, report: fCnt, payload } = emission;
    const { key, link } = linkOf(emission);
    const drift = drift_dB(link, at.getTime());
    const spreadingFactor = settledSpreadingFactor(link, drift);
    const least_dBm = sensitivity_dBm(spreadingFactor);
    const heardAt = new Date(at.getTime() - BACKHAUL_MS);
    const receptions: Reception[] = [];
    const hears = (gateway: number, signal_dBm: number) =>
      receptions.push({
        gateway,
        gatewayId: gateways[gateway]?.id ?? '',
        rssi: Math.round(signal_dBm),
        snr: reportedSnr_dB(signal_dBm, spreadingFactor),
        at: heardAt,
      });
    for (const [place, gateway] of link.gateways.entries()) {
      const signal_dBm = strength_dBm(link, place, fCnt, drift);
      if (signal_dBm >= least_dBm) hears(gateway, signal_dBm);
    }
    // However it fades, and wherever it is: one hears every frame.
    if (receptions.length === 0) hears(link.gateways[0] ?? 0, least_dBm);
    const channel = hash(derive(key, 'channel'), fCnt) % CHANNELS_HZ.length;
    return {
      kind: 'frame',
      atMs: at.getTime(),
      emission,
      session: sessionOf(key, hash(hash(0, pace.periodOf_s(emission)), pace.installed_s)),
      fCnt,
      dr: dataRateOf(spreadingFactor),
      spreadingFactor,
      channel,
      frequency_Hz: CHANNELS_HZ[channel] ?? CHANNELS_HZ[0],
      airtimeMs: airtimeMs(spreadingFactor, DATA_FRAME_OVERHEAD_BYTES + payload.length),
      attempts: 1,
      receptions: receptions.sort((a, b) => b.rssi - a.rssi),
      receivedAt: at,
      lost: null,
    };
  };
}
