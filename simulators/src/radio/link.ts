import type { EmittingDevice } from '../emission.ts';
import { derive, hash, type Key, smooth, unit } from '../seeded.ts';
import { HIGHEST_SF, LOWEST_SF, leastSnr_dB, NOISE_DBM, sensitivity_dBm } from './eu868.ts';
import { type Gateway, KM_A_DEGREE } from './plan.ts';

/** No frame is asked of more gateways than this: the strongest of a device's surroundings. */
export const MAX_HEARERS = 6;

/** EIRP of EU868, and a gateway's antenna. */
const SENT_DBM = 14;
const ANTENNA_DB = 3;
/** Log-distance path loss of an urban macro cell: 128.1 dB at a kilometre, 37.6 dB a decade (3GPP TR 36.942). */
const LOSS_AT_1_KM_DB = 128.1;
const LOSS_A_DECADE_DB = 37.6;
/** Lamps stand outdoors; meters hang in cellars and behind walls. */
const WALL_LOSS_DB = { least: 0, most: 22 } as const;
/** Buildings between the two, the same for every frame. */
const SHADOWING_DB = 7;
const OUTDOORS_DB = { least: 0, most: 3 } as const;
/** An iron lid: from a plastic one to a flooded one. */
const PIT_LOSS_DB = { least: 8, most: 20 } as const;
/** Frame by frame. */
const FADING_DB = 3;
/** Leaves, snow and parked cars move a link within weeks. */
const DRIFT_DB = 5;
const DRIFT_MS = 10 * 86_400_000;
/**
 * What network servers leave of margin when they choose a data rate: 10 dB below the best of the last 20
 * frames, which fading lifts some 1.9 sigma above the mean.
 */
const ADR_MARGIN_DB = 10 - 1.9 * FADING_DB;

/** Heard or not, the strongest first: places in the plan's list of gateways and mean strengths. */
export interface Link {
  readonly key: Key;
  readonly gateways: readonly number[];
  readonly mean_dBm: readonly number[];
}

/** How one place is heard. It does not change; fading and drift come with each frame. */
export function createLink(device: EmittingDevice, gateways: readonly Gateway[], key: Key): Link {
  const shadowing = derive(key, 'shadowing');
  const cover = device.inPit ? PIT_LOSS_DB : device.medium === 'lighting' ? OUTDOORS_DB : WALL_LOSS_DB;
  const cover_dB = cover.least + (cover.most - cover.least) * unit(derive(key, 'cover'), 0);
  const { latitude, longitude } = device.position;
  const kmALongitude = KM_A_DEGREE * Math.cos((latitude * Math.PI) / 180);
  const heard: { gateway: number; mean_dBm: number }[] = [];
  for (const [gateway, { latitude: north, longitude: east }] of gateways.entries()) {
    const km = Math.max(
      0.02,
      Math.hypot((north - latitude) * KM_A_DEGREE, (east - longitude) * kmALongitude),
    );
    const loss_dB = LOSS_AT_1_KM_DB + LOSS_A_DECADE_DB * Math.log10(km);
    const mean_dBm =
      SENT_DBM + ANTENNA_DB - loss_dB - cover_dB + SHADOWING_DB * normal(hash(shadowing, gateway));
    // Even a lucky frame is not heard from below this, nor does it disturb.
    if (mean_dBm > sensitivity_dBm(HIGHEST_SF) - 3 * FADING_DB) heard.push({ gateway, mean_dBm });
  }
  heard.sort((a, b) => b.mean_dBm - a.mean_dBm);
  heard.length = Math.min(heard.length, MAX_HEARERS);
  return {
    key: derive(key, 'fading'),
    gateways: heard.map(({ gateway }) => gateway),
    mean_dBm: heard.map(({ mean_dBm }) => mean_dBm),
  };
}

/** What the weeks do to a link, dB. */
export function drift_dB({ key }: Link, timeMs: number): number {
  return DRIFT_DB * (smooth(key, timeMs / DRIFT_MS) - 0.5);
}

/** How strongly the `place`-th gateway of the link hears the device's transmission number `n`. */
export function strength_dBm(link: Link, place: number, n: number, drift: number): number {
  return (
    (link.mean_dBm[place] as number) + drift + FADING_DB * normal(hash(link.key, n * MAX_HEARERS + place))
  );
}

/** What a network server's ADR settles on: the fastest data rate that leaves its margin. */
export function settledSpreadingFactor(link: Link, drift: number): number {
  const snr_dB = (link.mean_dBm[0] ?? Number.NEGATIVE_INFINITY) + drift - NOISE_DBM;
  for (let sf = LOWEST_SF; sf < HIGHEST_SF; sf++) if (snr_dB >= leastSnr_dB(sf) + ADR_MARGIN_DB) return sf;
  return HIGHEST_SF;
}

/** Standard deviation of the sum of four even bytes. */
const FOUR_BYTES_SIGMA = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/** A bell curve out of 32 random bits: the sum of their four bytes, from -3.4 to 3.4 sigma. */
function normal(bits: number): number {
  const sum = (bits & 0xff) + ((bits >>> 8) & 0xff) + ((bits >>> 16) & 0xff) + (bits >>> 24);
  return (sum - 510) / FOUR_BYTES_SIGMA;
}
