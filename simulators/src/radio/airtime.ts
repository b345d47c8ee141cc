/** A symbol of spreading factor 7 to 12 in 125 kHz lasts 2^SF / 125 ms. */
const BANDWIDTH_KHZ = 125;
const PREAMBLE_SYMBOLS = 8 + 4.25;
const HEADER_AND_CRC_BITS = 28 + 16;

/** MHDR, FHDR without options, FPort and MIC: what LoRaWAN puts around an FRMPayload. */
export const DATA_FRAME_OVERHEAD_BYTES = 13;
export const JOIN_REQUEST_BYTES = 23;
/** 51 bytes of payload at SF12, the longest that EU868 allows: 2,793.5 ms. */
export const LONGEST_AIRTIME_MS = 2793.472;

/** By spreading factor and length: a city asks for the same few hundred all the time. */
const computed: number[] = [];

/**
 * How long a LoRa packet is on the air in 125 kHz at coding rate 4/5, with explicit header and CRC
 * (Semtech AN1200.13, which the SX1276's data sheet repeats in clause 4.1.1.7).
 *
 * @param bytes of the whole PHYPayload, at most 255.
 */
export function airtimeMs(spreadingFactor: number, bytes: number): number {
  const place = spreadingFactor * 256 + bytes;
  const known = computed[place];
  if (known !== undefined) return known;
  const ms = compute(spreadingFactor, bytes);
  computed[place] = ms;
  return ms;
}

function compute(spreadingFactor: number, bytes: number): number {
  const symbolMs = 2 ** spreadingFactor / BANDWIDTH_KHZ;
  // From 16 ms a symbol on, low data rate optimisation gives up two bits of each.
  const bitsASymbol = spreadingFactor - (symbolMs > 16 ? 2 : 0);
  const bits = 8 * bytes - 4 * spreadingFactor + HEADER_AND_CRC_BITS;
  const payloadSymbols = 8 + Math.max(0, Math.ceil(bits / (4 * bitsASymbol))) * 5;
  return (PREAMBLE_SYMBOLS + payloadSymbols) * symbolMs;
}
