import { z } from 'zod';

/** What Grafana answers, as far as it is read here. Whatever else is in it is left alone. */
export const healthAnswer = z.object({ version: z.string().optional(), database: z.string() });

export const dataSourceAnswer = z.looseObject({
  uid: z.string(),
  name: z.string(),
  type: z.string(),
  readOnly: z.boolean().optional(),
  secureJsonFields: z.record(z.string(), z.boolean()).nullish(),
});
export type DataSourceAnswer = z.infer<typeof dataSourceAnswer>;

export const folderAnswer = z.object({ uid: z.string(), title: z.string(), version: z.number().optional() });
export type FolderAnswer = z.infer<typeof folderAnswer>;

export const dashboardAnswer = z.object({
  dashboard: z.looseObject({ id: z.number().nullish(), version: z.number().optional() }),
  meta: z.object({ folderUid: z.string().optional(), provisioned: z.boolean().optional() }),
});
export type DashboardAnswer = z.infer<typeof dashboardAnswer>;

export const savedAnswer = z.object({ uid: z.string(), url: z.string(), version: z.number() });

export const contactPointsAnswer = z
  .array(
    z.object({
      uid: z.string(),
      name: z.string(),
      type: z.string(),
      settings: z.record(z.string(), z.unknown()),
      disableResolveMessage: z.boolean().optional(),
    }),
  )
  .nullable();
export type ContactPointAnswer = NonNullable<z.infer<typeof contactPointsAnswer>>[number];

/** A refusal: `{ "message": ..., "status": "version-mismatch" }`. */
export const refusalAnswer = z.looseObject({ message: z.string(), status: z.unknown() });
