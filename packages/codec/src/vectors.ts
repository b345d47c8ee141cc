import { CHANNEL_MAX, isQuantity, type Quantity } from '@veilleur/domain';
import { z } from 'zod';

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text));

const expectedMeasurement = z.strictObject({
  quantity: z.custom<Quantity>((value) => typeof value === 'string' && isQuantity(value), 'unknown quantity'),
  channel: z.int().min(0).max(CHANNEL_MAX).default(0),
  /** Absent: when the network server received the frame. */
  time: instant.optional(),
  value: z.number(),
});

const vector = z
  .strictObject({
    name: z.string().min(1),
    source: z.string().min(1),
    fPort: z.int().min(1).max(255),
    // YAML reads an unquoted 30e015 as a number, and 1000900 as well.
    hex: z
      .string('put hexadecimal between quotes')
      .regex(/^([0-9a-fA-F]{2})*$/, 'whole bytes in hexadecimal'),
    recvTime: instant.default(new Date('2026-01-01T00:00:00Z')),
    variables: z.record(z.string(), z.string()).default({}),
    /** What `data` must at least contain; null says that the field must be absent. */
    data: z.record(z.string(), z.unknown()).optional(),
    /** All the measurements, in any order: one more is as wrong as one less. */
    measurements: z.array(expectedMeasurement).optional(),
    /** Text that some warning must contain. */
    warning: z.string().optional(),
    /** The frame must be refused, with this text in the code or the reason. */
    refused: z.string().optional(),
  })
  .refine((v) => v.refused !== undefined || v.data !== undefined || v.measurements !== undefined, {
    message: 'expects nothing: give data, measurements or refused',
  })
  .refine((v) => v.refused === undefined || (v.data === undefined && v.measurements === undefined), {
    message: 'a refused frame has neither data nor measurements',
  });

/** `vectors.yaml` or `vectors.json`. */
export const vectorsSchema = z.array(vector);

/** A frame and what it must decode to. The acceptance test of a profile. */
export type Vector = z.output<typeof vector>;
