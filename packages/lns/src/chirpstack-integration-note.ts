import { z } from 'zod';
import { detailText } from './fields.ts';

/**
 * The detail of an `integration` event, what an add-on such as LoRa Cloud has to say of a device: a
 * log entry of level INFO, in v3 (`objectJSON`) and in v4 until 4.14 (`object`) alike.
 */
export const integrationNote = z
  .object({
    integrationName: detailText,
    eventType: detailText,
    object: z.unknown().optional(),
    objectJSON: z.unknown().optional(),
  })
  .transform(({ integrationName, eventType, object, objectJSON }) => ({
    level: 'INFO',
    code: 'INTEGRATION',
    description: `${integrationName}: ${eventType}`,
    context: {},
    object: object ?? objectJSON,
  }));
