import { isQuantity, type Quantity } from '@veilleur/domain';
import { FACTOR_UNITS, TARIFF_KINDS } from '@veilleur/store';
import { z } from 'zod';

const day = z.iso.date({ error: 'expected a day such as 2026-02-01' });
const code = z
  .string({ error: 'expected text; write numbers in quotes, so that no digit is lost' })
  .min(1)
  .max(100);
const quantity = z.custom<Quantity>((value) => typeof value === 'string' && isQuantity(value), {
  error: 'expected a quantity such as gas_volume, water_volume, active_energy_import',
});
/** Euros with at most six decimals become whole millionths. */
const euros = z
  .number()
  .min(0)
  .refine((value) => Math.abs(value * 1e6 - Math.round(value * 1e6)) < 1e-3, {
    error: 'expected at most six decimals',
  })
  .transform((value) => Math.round(value * 1e6));
const slot = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d$/, {
    error: 'expected a slot such as 22:30-06:30',
  })
  .transform((text) => {
    const [from, to] = text.split('-').map((time) => {
      const [hours, minutes] = time.split(':').map(Number);
      return (hours ?? 0) * 60 + (minutes ?? 0);
    });
    return { fromMinute: from ?? 0, toMinute: to ?? 0 };
  });

const valid = { from: day, to: day.optional() };
const inOrder = ({ from, to }: { from: string; to?: string | undefined }, context: z.RefinementCtx) => {
  if (to !== undefined && to <= from) {
    const message = 'expected the day after the last, which is after from';
    context.addIssue({ code: 'custom', path: ['to'], message });
  }
};

const CLASSES = {
  flat: ['base'],
  peak_off_peak: ['peak', 'off_peak'],
  tempo: ['blue_peak', 'blue_off_peak', 'white_peak', 'white_off_peak', 'red_peak', 'red_off_peak'],
} as const;

const version = z
  .strictObject({
    ...valid,
    prices: z.record(z.string(), euros),
    fixed: z
      .array(z.strictObject({ name: z.string().min(1), amount: euros, per: z.enum(['month', 'year']) }))
      .default([]),
    source: z.string().min(1).optional(),
  })
  .superRefine(inOrder);

const tariff = z
  .strictObject({
    code,
    kind: z.enum(TARIFF_KINDS),
    unit: z.enum(['kWh', 'm3']),
    versions: z.array(version).min(1),
  })
  .superRefine(({ kind, versions }, context) => {
    for (const [i, { prices }] of versions.entries()) {
      const wanted: readonly string[] = CLASSES[kind];
      const missing = wanted.filter((name) => !Object.hasOwn(prices, name));
      const strange = Object.keys(prices).filter((name) => !wanted.includes(name));
      if (missing.length + strange.length === 0) continue;
      const message = `a tariff of kind ${kind} has prices for ${wanted.join(', ')}`;
      context.addIssue({ code: 'custom', path: ['versions', i, 'prices'], message });
    }
    apart(versions, (i) => ['versions', i, 'from'], context);
  });

const tempo = z
  .strictObject({ from: day, to: day, white: z.array(day), red: z.array(day) })
  .superRefine((season, context) => {
    inOrder(season, context);
    const seen = new Set<string>();
    for (const colour of ['white', 'red'] as const) {
      for (const [i, one] of season[colour].entries()) {
        const path = [colour, i];
        if (one < season.from || one >= season.to) {
          context.addIssue({ code: 'custom', path, message: `${one} is not between from and to` });
        }
        if (seen.has(one)) context.addIssue({ code: 'custom', path, message: `${one} has a colour already` });
        seen.add(one);
      }
    }
  });

const heating = z.partialRecord(
  quantity,
  z.strictObject({ base_per_day: z.number().min(0).default(0) }).nullable(),
);

/** What a reference file may say. docs/consumption.md describes it for people. */
export const ReferenceFile = z
  .strictObject({
    tariffs: z.array(tariff).default([]),
    contracts: z
      .array(
        z
          .strictObject({ ...valid, point: code, tariff: code, off_peak: z.array(slot).default([]) })
          .superRefine(inOrder),
      )
      .default([]),
    emission_factors: z
      .array(
        z
          .strictObject({
            ...valid,
            quantity,
            per: z.enum(FACTOR_UNITS),
            grams: z.number().min(0),
            source: z.string().min(1),
          })
          .superRefine(inOrder),
      )
      .default([]),
    gas_coefficients: z
      .array(
        z
          .strictObject({
            ...valid,
            point: code.optional(),
            site: code.optional(),
            kWh_per_m3: z.number().min(1).max(20),
            source: z.string().min(1),
          })
          .superRefine(inOrder)
          .refine(({ point, site }) => point === undefined || site === undefined, {
            error: 'give a point or a site, or neither for everywhere',
          }),
      )
      .default([]),
    tempo: z.array(tempo).default([]),
    sites: z
      .array(
        z.strictObject({
          site: code,
          station: code.optional(),
          base_Cel: z.number().min(0).max(30).default(18),
          heating: heating.default({}),
          tertiary: z
            .strictObject({
              year: z.number().int().min(2000).max(2100),
              energy_kWh_pci: z.number().positive().optional(),
              degree_days: z.number().positive().optional(),
            })
            .optional(),
        }),
      )
      .default([]),
  })
  .superRefine((file, context) => {
    unique(
      file.tariffs,
      ({ code: of }) => of,
      (i) => ['tariffs', i, 'code'],
      context,
    );
    unique(
      file.sites,
      ({ site }) => site,
      (i) => ['sites', i, 'site'],
      context,
    );
    const lists = [
      ['contracts', file.contracts, (i: number) => file.contracts[i]?.point],
      ['emission_factors', file.emission_factors, (i: number) => file.emission_factors[i]?.quantity],
      [
        'gas_coefficients',
        file.gas_coefficients,
        (i: number) => `${file.gas_coefficients[i]?.point ?? ''}/${file.gas_coefficients[i]?.site ?? ''}`,
      ],
    ] as const;
    for (const [name, rows, groupOf] of lists) {
      const groups = Map.groupBy(
        rows.map((row, i) => ({ from: row.from, to: row.to, i })),
        ({ i }) => groupOf(i),
      );
      for (const own of groups.values()) apart(own, (i) => [name, own[i]?.i ?? 0, 'from'], context);
    }
  });

export type ReferenceFile = z.output<typeof ReferenceFile>;

function unique<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  pathOf: (i: number) => (string | number)[],
  context: z.RefinementCtx,
): void {
  const seen = new Set<string>();
  for (const [i, row] of rows.entries()) {
    const key = keyOf(row);
    if (seen.has(key))
      context.addIssue({ code: 'custom', path: pathOf(i), message: `${key} is there twice` });
    seen.add(key);
  }
}

/** Rows of one thing follow each other: a later one ends the one before, unless that says an end of its own. */
function apart(
  rows: readonly { readonly from: string; readonly to?: string | undefined }[],
  pathOf: (i: number) => (string | number)[],
  context: z.RefinementCtx,
): void {
  const order = rows.map((row, i) => ({ ...row, i })).sort((a, b) => (a.from < b.from ? -1 : 1));
  for (const [at, { from, i }] of order.entries()) {
    const before = order[at - 1];
    if (before === undefined) continue;
    if (before.from === from || (before.to !== undefined && before.to > from)) {
      const message = `another one holds on ${from} already`;
      context.addIssue({ code: 'custom', path: pathOf(i), message });
    }
  }
}
