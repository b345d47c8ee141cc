import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import type { Reference } from './reference.ts';

export interface ReferenceChange {
  readonly table: keyof Reference;
  readonly kind: 'added' | 'changed' | 'removed';
  /** Such as `tariff bleu-base 2026-02-01`. */
  readonly what: string;
}

/** One load at a time: a replacement is read, deleted and inserted. */
const ADVISORY_LOCK = 0x7665_7265;

/** A table, which of its rows an entry speaks of, and what names a row. */
interface Target {
  readonly table: keyof Reference;
  readonly name: string;
  /** The rows of an entry's group are replaced together. */
  readonly group: string;
  readonly label: string;
}

const CODE_OF_POINT = '(select code from metering_point where id = r.point_id)';
const CODE_OF_SITE = '(select code from site where id = r.site_id)';

const TARGETS = {
  tariffs: { table: 'tariffs', name: 'tariff', group: 'r.code', label: "r.code || ' ' || r.from_date" },
  contracts: {
    table: 'contracts',
    name: 'contract',
    group: 'r.point_id',
    label: `${CODE_OF_POINT} || ' ' || r.from_date`,
  },
  emissionFactors: {
    table: 'emissionFactors',
    name: 'emission_factor',
    group: 'r.quantity',
    label: "r.quantity || ' ' || r.from_date",
  },
  gasCoefficients: {
    table: 'gasCoefficients',
    name: 'gas_coefficient',
    group: 'jsonb_build_array(r.point_id, r.site_id)',
    label: `coalesce(${CODE_OF_POINT}, ${CODE_OF_SITE}, '*') || ' ' || r.from_date`,
  },
  tempoDays: { table: 'tempoDays', name: 'tempo_day', group: 'r.day', label: 'r.day::text' },
  sites: { table: 'sites', name: 'site_reference', group: 'r.site_id', label: CODE_OF_SITE },
} as const satisfies Record<keyof Reference, Target>;

/**
 * Brings the tables up to what a reference says, and tells what that changed. The same again changes
 * nothing. Points and sites must be there: `checkReference` tells.
 */
export async function writeReference(pool: Pool, reference: Reference): Promise<ReferenceChange[]> {
  return withTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
    const points = await idsOf(client, 'metering_point', [
      ...reference.contracts.map(({ point }) => point),
      ...reference.gasCoefficients.flatMap(({ point }) => point ?? []),
    ]);
    const sites = await idsOf(client, 'site', [
      ...reference.gasCoefficients.flatMap(({ site }) => site ?? []),
      ...reference.sites.map(({ site }) => site),
    ]);
    const days = ({ from, to }: { readonly from: string; readonly to: string | null }) => ({
      from_date: from,
      to_date: to,
    });
    const changes = [
      await replace(
        client,
        TARGETS.tariffs,
        reference.tariffs.map((one) => ({
          ...days(one),
          code: one.code,
          terms: one.terms,
          source: one.source,
        })),
      ),
      await replace(
        client,
        TARGETS.contracts,
        reference.contracts.map((one) => ({
          ...days(one),
          point_id: points.get(one.point),
          tariff_code: one.tariff,
          off_peak: one.offPeak,
        })),
      ),
      await replace(
        client,
        TARGETS.emissionFactors,
        reference.emissionFactors.map(({ quantity, per, grams, source, ...one }) => ({
          ...days(one),
          quantity,
          per,
          grams,
          source,
        })),
      ),
      await replace(
        client,
        TARGETS.gasCoefficients,
        reference.gasCoefficients.map(({ point, site, energy, source, ...one }) => ({
          ...days(one),
          point_id: point === null ? null : points.get(point),
          site_id: site === null ? null : sites.get(site),
          energy,
          source,
        })),
      ),
      await replace(client, TARGETS.tempoDays, reference.tempoDays),
      await replace(
        client,
        TARGETS.sites,
        reference.sites.map(({ site, station, base_Cel: base_cel, heating, tertiary }) => ({
          site_id: sites.get(site),
          station,
          base_cel,
          heating,
          tertiary,
        })),
      ),
    ];
    return changes.flat();
  });
}

async function idsOf(
  client: PoolClient,
  table: 'metering_point' | 'site',
  codes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ id: number; code: string }>(
    `select id, code from ${table} where code = any($1)`,
    [[...new Set(codes)]],
  );
  return new Map(rows.map(({ id, code }) => [code, id]));
}

/** Rows that are said as they are stored stay untouched; the others of their groups go, and the new ones come. */
async function replace(
  client: PoolClient,
  { table, name, group, label }: Target,
  rows: readonly object[],
): Promise<ReferenceChange[]> {
  if (rows.length === 0) return [];
  const said = `jsonb_populate_recordset(null::${name}, $1::jsonb)`;
  const parameters = [JSON.stringify(rows)];
  const gone = await client.query<{ what: string }>(
    `delete from ${name} r using (select distinct ${group} as said from ${said} r) g
     where ${group} is not distinct from g.said
       and not exists (select from ${said} s where to_jsonb(s) = to_jsonb(r))
     returning ${label} as what`,
    parameters,
  );
  const come = await client.query<{ what: string }>(
    `insert into ${name} as r select * from ${said} on conflict do nothing returning ${label} as what`,
    parameters,
  );
  const before = new Set(gone.rows.map(({ what }) => what));
  const after = new Set(come.rows.map(({ what }) => what));
  const told = (kind: ReferenceChange['kind'], some: readonly { readonly what: string }[]) =>
    some.map(({ what }) => ({ table, kind, what }));
  return [
    ...told(
      'added',
      come.rows.filter(({ what }) => !before.has(what)),
    ),
    ...told(
      'changed',
      come.rows.filter(({ what }) => before.has(what)),
    ),
    ...told(
      'removed',
      gone.rows.filter(({ what }) => !after.has(what)),
    ),
  ];
}
