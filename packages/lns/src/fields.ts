/**
 * The fields that every server has under one name or another, as zod schemas.
 *
 * One policy throughout: **strict on what makes the frame** (DevEUI, fCnt, fPort, payload), for a wrong
 * one is worse than none; **tolerant of what describes it** (names, tags, radio, times), for a gateway
 * with a broken driver must not cost a meter its reading. A tolerant field that can't be read is absent.
 */
import { DevEui } from '@veilleur/domain';
import { z } from 'zod';
import { NAME_LENGTH_MAX, storableTexts } from './storable-json.ts';
import { storableText } from './storable-text.ts';

/** Absent when null, missing or unreadable. */
export function tolerant<T extends z.ZodType>(schema: T) {
  return schema.nullish().catch(undefined);
}

/** The items that can be read; an unreadable one costs only itself. */
export function tolerantList<T extends z.ZodType>(item: T) {
  return z
    .array(item.nullable().catch(null as never))
    .nullish()
    .catch([])
    .transform((items) => (items ?? []).filter((read) => read !== null) as z.output<T>[]);
}

export const devEuiHex = z
  .string()
  .regex(/^[0-9a-fA-F]{16}$/, 'not a DevEUI')
  .transform((text) => DevEui(text));

/** A LoRaWAN frame counter as the servers rebuild it, 32 bit. Never wrapped, never rounded. */
export const frameCounter = z.int().min(0).max(0xffff_ffff);

/**
 * FPort, null for a frame without application payload. Port 0 means MAC commands only (LoRaWAN L2
 * 1.0.4, clause 4.3.2), and it is also what ChirpStack v4 writes, having no null, for an uplink that
 * has no port at all: both are nothing to decode, so both are null.
 */
export const framePort = z
  .int()
  .min(0)
  .max(255)
  .nullish()
  .transform((port) => (port === 0 ? null : (port ?? null)));

/** The region's data rate index. */
export const dataRate = tolerant(z.int().min(0).max(15));

/** Hz, as 32 bits carry it. Zero is protobuf's "not set". */
export const hertz = z.int().min(1).max(0xffff_ffff);
export const frequencyHz = tolerant(hertz);

/** dBm or dB. Past a thousand it is a driver's garbage, and would not fit a small column either. */
export const decibels = z.number().min(-1_000).max(1_000);

export const flag = tolerant(z.boolean()).transform((raised) => raised ?? false);

/** A label, storable; the empty text that protobuf gives for "not set" is absent. */
export const name = tolerant(z.string()).transform((text) =>
  text ? storableText(text, NAME_LENGTH_MAX) : undefined,
);

/** Text of an event's detail, empty where the server left it out. */
export const detailText = tolerant(z.string()).transform((text) => text ?? '');

/** A number of an event's detail; null for NaN, infinity and all else that JSON can't carry. */
export const detailNumber = z.number().nullable().default(0).catch(null);

export const texts = z
  .unknown()
  .optional()
  .transform((map) => (isMap(map) ? storableTexts(map, NAME_LENGTH_MAX) : {}));

/** RFC 3339, to the millisecond (the servers give up to nanoseconds). */
export const instant = tolerant(z.string()).transform((text) => (text ? instantOfRfc3339(text) : undefined));

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

function instantOfRfc3339(text: string): Date | undefined {
  return RFC_3339.test(text) ? instantOfEpochMs(Date.parse(text)) : undefined;
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

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
