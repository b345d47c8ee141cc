import { z } from 'zod';

/** A reading of Data Connect v5: every value is a text. */
const V5Row = z.object({
  value: z.union([z.string(), z.number()]).nullable(),
  date: z.string(),
  interval_length: z.string().nullish(),
  measure_type: z.string().nullish(),
});

/** A point of Data Connect 2026, which replaced v5 on 28 September 2026: the same under other names. */
const Row2026 = z.object({
  v: z.union([z.string(), z.number()]).nullable(),
  d: z.string(),
  p: z.string().nullish(),
  n: z.string().nullish(),
});

export interface MeasureRow {
  readonly value: string;
  readonly date: string;
  /** ISO 8601 duration, such as PT30M; empty where it is not said. */
  readonly step: string;
  /** B raw, C corrected, E estimated. */
  readonly nature: string;
}

export const MeasureRow = z.union([
  V5Row.transform(({ value, date, interval_length, measure_type }): MeasureRow => {
    return { value: String(value ?? ''), date, step: interval_length ?? '', nature: measure_type ?? '' };
  }),
  Row2026.transform(({ v, d, p, n }): MeasureRow => {
    return { value: String(v ?? ''), date: d, step: p ?? '', nature: n ?? '' };
  }),
]);

/** Data Connect v5's contract (`customers_upc/v5/usage_points/contracts`), as far as it is kept. */
export const ContractAnswer = z.object({
  customer: z.object({
    usage_points: z.array(
      z.object({
        usage_point: z.object({ usage_point_id: z.string().regex(/^\d{14}$/) }),
        contracts: z.object({
          subscribed_power: z.string().nullish(),
          last_activation_date: z.string().nullish(),
        }),
      }),
    ),
  }),
});
