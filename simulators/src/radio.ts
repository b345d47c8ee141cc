import { CITY } from './city-time.ts';
import { between, derive, hash, type Key, unit, weightedIndex } from './seeded.ts';

/** How LoRaWAN data rates of a city's devices divide: spreading factors 7 to 12, in percent. */
const SPREADING_FACTOR_PERCENT = [45, 15, 15, 10, 5, 10] as const;
/** Strength at the best gateway that goes with each of them, dBm. */
const TYPICAL_RSSI_DBM = [-92, -104, -109, -114, -118, -122] as const;
/** The least signal to noise ratio that each can be demodulated at, dB. */
const LEAST_SNR_DB = [-7.5, -10, -12.5, -15, -17.5, -20] as const;
/** Thermal noise in 125 kHz and a receiver's noise figure of 6 dB. */
const NOISE_DBM = -117;
/** Receivers saturate: stronger signals do not read as cleaner. */
const HIGHEST_SNR_DB = 11;

/** EU868: the three channels that every device knows and the five that servers usually add. */
const CHANNELS_HZ = [
  868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000,
] as const;

/** On a town hall, a water tower and a school; ids are locally administered, so they are nobody's. */
const GATEWAYS = [
  {
    id: '02564c0000000001',
    latitude: CITY.latitude + 0.003,
    longitude: CITY.longitude - 0.004,
    altitude: 265,
  },
  {
    id: '02564c0000000002',
    latitude: CITY.latitude - 0.011,
    longitude: CITY.longitude + 0.013,
    altitude: 301,
  },
  {
    id: '02564c0000000003',
    latitude: CITY.latitude + 0.014,
    longitude: CITY.longitude + 0.009,
    altitude: 254,
  },
] as const;

interface Reception {
  readonly gatewayId: string;
  readonly location: { readonly latitude: number; readonly longitude: number; readonly altitude: number };
  readonly rssi: number;
  readonly snr: number;
}

export interface Transmission {
  readonly spreadingFactor: number;
  readonly channel: number;
  readonly frequency_Hz: number;
  /** The best first; never none, for what nobody heard never reached the server. */
  readonly receptions: readonly Reception[];
}

/** The radio life of one device: how well it is placed does not change, fading does from frame to frame. */
export function createRadio(key: Key): (fCnt: number) => Transmission {
  const rate = weightedIndex(unit(derive(key, 'spreading factor'), 0), SPREADING_FACTOR_PERCENT);
  const spreadingFactor = 7 + rate;
  const typical_dBm = TYPICAL_RSSI_DBM[rate] ?? -92;
  const least_dB = LEAST_SNR_DB[rate] ?? -7.5;
  const nearest = hash(derive(key, 'nearest gateway'), 0) % GATEWAYS.length;
  const distances = derive(key, 'distance');
  const fading = derive(key, 'fading');
  const channels = derive(key, 'channel');
  const byDistance = GATEWAYS.map((_, place) => ({
    gateway: GATEWAYS[(nearest + place) % GATEWAYS.length] ?? GATEWAYS[0],
    mean_dBm: typical_dBm - place * between(distances, place, 4, 14),
  }));

  return (fCnt) => {
    const receptions: Reception[] = [];
    for (const [place, { gateway, mean_dBm }] of byDistance.entries()) {
      const strength_dBm = mean_dBm + between(fading, fCnt * GATEWAYS.length + place, -5, 5);
      const ratio_dB = Math.min(HIGHEST_SNR_DB, strength_dBm - NOISE_DBM);
      if (place > 0 && ratio_dB < least_dB) continue;
      const { id, ...location } = gateway;
      // Gateways report whole dBm and quarters of a dB.
      receptions.push({
        gatewayId: id,
        location,
        rssi: Math.round(strength_dBm),
        snr: Math.round(Math.max(ratio_dB, least_dB) * 4) / 4,
      });
    }
    const channel = hash(channels, fCnt) % CHANNELS_HZ.length;
    return { spreadingFactor, channel, frequency_Hz: CHANNELS_HZ[channel] ?? 868_100_000, receptions };
  };
}
