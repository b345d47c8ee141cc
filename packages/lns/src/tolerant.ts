/**
 * Readers of what describes a frame (names, tags, radio, times): what can't be read is absent, for a
 * gateway with a broken driver must not cost a meter its reading. Plain functions, for every uplink
 * passes through a dozen of them.
 */
import { storableText } from '@veilleur/domain';
import { NAME_LENGTH_MAX, storableTexts } from './storable-json.ts';

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A map, empty where there is none. */
export function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}

/** A label, storable; the empty text that protobuf gives for "not set" is absent. */
export function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? storableText(value, NAME_LENGTH_MAX) : undefined;
}

export function flagOf(value: unknown): boolean {
  return value === true;
}

export function textsOf(value: unknown): Record<string, string> {
  return isMap(value) ? storableTexts(value, NAME_LENGTH_MAX) : {};
}

/** A whole number within limits. */
export function integerOf(value: unknown, lowest: number, highest: number): number | undefined {
  return Number.isInteger(value) && Number(value) >= lowest && Number(value) <= highest
    ? Number(value)
    : undefined;
}

/** dBm or dB. Past a thousand it is a driver's garbage, and would not fit a small column either. */
export function decibelsOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= -1000 && value <= 1000 ? value : undefined;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** RFC 3339, to the millisecond (the servers give up to nanoseconds). */
export function instantOf(value: unknown): Date | undefined {
  return typeof value === 'string' && RFC_3339.test(value) ? instantOfEpochMs(Date.parse(value)) : undefined;
}

/**
 * Undefined for a time at which no LoRaWAN frame can have been heard: Go's zero time of year 1, a
 * gateway that counts from 1970 or 1980 without a fix, or garbage that no database column takes.
 */
export function instantOfEpochMs(epochMs: number): Date | undefined {
  return epochMs >= LORAWAN_1_0_MS && epochMs < YEAR_2100_MS ? new Date(epochMs) : undefined;
}

const LORAWAN_1_0_MS = Date.UTC(2015, 0);
const YEAR_2100_MS = Date.UTC(2100, 0);
