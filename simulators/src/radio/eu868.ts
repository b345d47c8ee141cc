/**
 * EU863-870 (LoRaWAN Regional Parameters, chapter "EU863-870 MHz Band"): the three channels that every
 * device knows and the five that network servers add. The first three lie in a sub-band of 1 % duty
 * cycle, the others in another one of 1 %.
 */
export const CHANNELS_HZ = [
  868_100_000, 868_300_000, 868_500_000, 867_100_000, 867_300_000, 867_500_000, 867_700_000, 867_900_000,
] as const;
export const JOIN_CHANNELS = 3;
export const RX2_HZ = 869_525_000;

export const LOWEST_SF = 7;
export const HIGHEST_SF = 12;

export const BANDS = 2;
export function bandOf(channel: number): number {
  return channel < JOIN_CHANNELS ? 0 : 1;
}

export function dataRateOf(spreadingFactor: number): number {
  return HIGHEST_SF - spreadingFactor;
}

export function spreadingFactorOf(dataRate: number): number {
  return HIGHEST_SF - dataRate;
}

/** Of FRMPayload, without options, by data rate 0 to 5 (the repeater compatible column). */
const MAX_PAYLOAD_BYTES = [51, 51, 51, 115, 222, 222] as const;

export function maxPayloadBytes(spreadingFactor: number): number {
  return MAX_PAYLOAD_BYTES[dataRateOf(spreadingFactor)] ?? 51;
}

/** Thermal noise in 125 kHz at 290 K and a receiver's noise figure of 6 dB. */
export const NOISE_DBM = -117;
/** The least signal to noise ratio for SF7 to SF12 (Semtech SX1276 data sheet, table 13). */
const LEAST_SNR_DB = [-7.5, -10, -12.5, -15, -17.5, -20] as const;

export function leastSnr_dB(spreadingFactor: number): number {
  return LEAST_SNR_DB[spreadingFactor - LOWEST_SF] ?? -20;
}

export function sensitivity_dBm(spreadingFactor: number): number {
  return NOISE_DBM + leastSnr_dB(spreadingFactor);
}

/** Receivers saturate: stronger signals do not read as cleaner. */
const HIGHEST_SNR_DB = 11;

/** What a gateway reports for a frame that it read: quarters of a dB, and never -0. */
export function reportedSnr_dB(strength_dBm: number, spreadingFactor: number): number {
  const snr_dB = Math.min(HIGHEST_SNR_DB, Math.max(strength_dBm - NOISE_DBM, leastSnr_dB(spreadingFactor)));
  return Math.round(snr_dB * 4) / 4 + 0;
}
