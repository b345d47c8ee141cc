/**
 * The fields that every server has under one name or another, as zod schemas.
 *
 * One policy throughout: **strict on what makes the frame** (DevEUI, fCnt, fPort, payload), for a wrong
 * one is worse than none; **tolerant of what describes it** (names, tags, radio, times), for a gateway
 * with a broken driver must not cost a meter its reading. A tolerant field that can't be read is absent.
 */
import { DevEui } from '@veilleur/domain';
import { z } from 'zod';
import { flagOf, instantOf, nameOf, textsOf } from './tolerant.ts';

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

export const flag = z.unknown().optional().transform(flagOf);

/** A label, storable; the empty text that protobuf gives for "not set" is absent. */
export const name = z.unknown().optional().transform(nameOf);

/** Text of an event's detail, empty where the server left it out. */
export const detailText = tolerant(z.string()).transform((text) => text ?? '');

/** A number of an event's detail; null for NaN, infinity and all else that JSON can't carry. */
export const detailNumber = z.number().nullable().default(0).catch(null);

export const texts = z.unknown().optional().transform(textsOf);

/** RFC 3339, to the millisecond (the servers give up to nanoseconds). */
export const instant = z.unknown().optional().transform(instantOf);
