import { VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import type { InstallationTerms } from './installations.ts';
import type { NewPoint } from './points.ts';
import type { NewSite } from './sites.ts';
import { requireZones } from './zones.ts';

/** A point as a list of many has it: with all that stands there and stood there. */
export interface PointRecord extends Omit<NewPoint, 'operator'> {
  readonly installations: readonly InstallationTerms[];
}

const ROWS_AT_ONCE = 2000;

/**
 * Adds many sites. One that is there already stays as it is.
 *
 * @param sites each after the one that it is part of.
 * @throws VeilleurError `site_not_found` for an unknown parent, `zone_unknown`.
 */
export async function recordSites(pool: Pool, sites: Iterable<NewSite>): Promise<void> {
  for (const some of batches(sites)) {
    requireZones('site', some);
    const rows = [JSON.stringify(some)];
    await withTransaction(pool, async (client) => {
      await client.query(
        `insert into site (code, name, kind, time_zone, attributes)
         select code, name, kind, "timeZone", coalesce(attributes, '{}') from json_to_recordset($1)
           t(code text, name text, kind text, "timeZone" text, attributes jsonb)
         on conflict (code) do nothing`,
        rows,
      );
      await client.query(
        `update site s set parent_id = around.id from json_to_recordset($1) t(code text, parent text)
         join site around on around.code = t.parent
         where s.code = t.code and s.parent_id is null`,
        rows,
      );
      await requireKnown(client, some, 'parent', 'site');
    });
  }
}

/**
 * Adds many metering points with what stands at them, some thousands a second. A point that is there
 * already stays as it is; where anything was ever installed, nothing is.
 *
 * @param points each after its parent. Devices that nobody has met yet are added.
 * @returns How many are new.
 * @throws VeilleurError `site_not_found`, `point_not_found` (a parent), `zone_unknown`,
 *   `installation_overlaps`.
 */
export async function recordPoints(
  pool: Pool,
  points: Iterable<PointRecord>,
  { reason, now }: { readonly reason: string; readonly now: Date },
): Promise<number> {
  let added = 0;
  for (const some of batches(points)) {
    requireZones('metering point', some);
    added += await withTransaction(pool, async (client) => {
      const rows = [JSON.stringify(some)];
      await requireKnown(client, some, 'site', 'site');
      const { rowCount } = await client.query(INSERT_POINTS, rows);
      await client.query(
        `update metering_point p set parent_id = whole.id from json_to_recordset($1) t(code text, parent text)
         join metering_point whole on whole.code = t.parent
         where p.code = t.code and p.parent_id is null`,
        rows,
      );
      await requireKnown(client, some, 'parent', 'metering_point');
      await installAll(client, some, reason, now);
      return rowCount ?? 0;
    });
  }
  return added;
}

const INSERT_POINTS = `
insert into metering_point (code, kind, quantity_id, name, site_id, time_zone, day_start_minutes, maximum_rate)
select t.code, t.kind, q.id, t.name, s.id, t."timeZone", coalesce(t."dayStartMinutes", 0), t."maximumRate"
from json_to_recordset($1) t(code text, kind text, quantity text, name text, site text, "timeZone" text,
  "dayStartMinutes" smallint, "maximumRate" bigint)
join quantity q on q.name = t.quantity left join site s on s.code = t.site
on conflict (code) do nothing`;

async function installAll(
  client: PoolClient,
  points: readonly PointRecord[],
  reason: string,
  now: Date,
): Promise<void> {
  const rows = JSON.stringify(
    points.flatMap(({ code, installations }) => installations.map((terms) => ({ code, ...terms }))),
  );
  await client.query(
    `insert into device (dev_eui) select distinct "devEui" from json_to_recordset($1) t("devEui" text)
     order by 1 on conflict do nothing`,
    [rows],
  );
  // Thousands of locks of single devices would not fit: whoever installs something else waits a moment.
  await client.query('lock table installation in share row exclusive mode');
  const { rows: made } = await client.query<{ id: number }>(INSTALL, [rows, reason, now]);
  const ids = [made.map(({ id }) => id)];
  const { rows: others } = await client.query<{ devEui: string; code: string }>(OVERLAPPING, ids);
  if (others[0] !== undefined) {
    const { devEui, code } = others[0];
    throw new VeilleurError('installation_overlaps', `${devEui} stands at ${code} at the same time`, {
      remedy: `End that first: veilleur point show ${code} tells since when.`,
    });
  }
  await client.query(MARK_TOLD, ids);
}

const INSTALL = `
insert into installation (point_id, device_id, device_quantity_id, device_channel, quantity_id, channel,
  from_time, to_time, meter_serial, factor_numerator, factor_denominator, digits, modulus, start_index,
  end_index, meter_index, reason, recorded_at)
select p.id, d.id, dq.id, t."deviceChannel", q.id, t.channel, coalesce(t."from", '-infinity'), t."to",
  t."meterSerial", (t.factor->>'numerator')::bigint, (t.factor->>'denominator')::bigint, t.digits, t.modulus,
  t."startIndex", t."endIndex", t."meterIndex", $2, $3
from json_to_recordset($1) t(code text, "devEui" text, "deviceQuantity" text, "deviceChannel" smallint,
  quantity text, channel smallint, "from" timestamptz, "to" timestamptz, "meterSerial" text, factor json,
  digits smallint, modulus bigint, "startIndex" bigint, "endIndex" bigint, "meterIndex" bigint)
join metering_point p on p.code = t.code join device d on d.dev_eui = t."devEui"
join quantity dq on dq.name = t."deviceQuantity" join quantity q on q.name = t.quantity
where not exists (select from installation i where i.point_id = p.id)
returning id`;

/** Two joins rather than one with an `or`, which compares each with each. */
const OVERLAPPING = `
with fresh as materialized (select * from installation where id = any($1::int[])), others as (
  select o.id, o.device_id, o.point_id from fresh i join installation o on o.device_id = i.device_id
    and (o.device_quantity_id, o.device_channel) = (i.device_quantity_id, i.device_channel)
    and o.id <> i.id and o.superseded_at is null
    and o.from_time < coalesce(i.to_time, 'infinity') and i.from_time < coalesce(o.to_time, 'infinity')
  union all
  select o.id, o.device_id, o.point_id from fresh i join installation o on o.point_id = i.point_id
    and (o.quantity_id, o.channel) = (i.quantity_id, i.channel)
    and o.id <> i.id and o.superseded_at is null
    and o.from_time < coalesce(i.to_time, 'infinity') and i.from_time < coalesce(o.to_time, 'infinity')
)
select d.dev_eui as "devEui", p.code from others o
join metering_point p on p.id = o.point_id join device d on d.id = o.device_id limit 1`;

/** What devices told before they were installed is to be settled; of the others nothing is known yet. */
const MARK_TOLD = `
insert into consumption_dirty as d (point_id, from_time, to_time, since)
select distinct i.point_id, timestamptz '-infinity', timestamptz 'infinity', now() from installation i
where i.id = any($1::int[]) and exists (select from measurement m where m.device_id = i.device_id
  and m.quantity_id = i.device_quantity_id and m.channel = i.device_channel)
order by 1
on conflict (point_id) do update set from_time = '-infinity', to_time = 'infinity', version = d.version + 1`;

async function requireKnown<Key extends 'site' | 'parent'>(
  client: PoolClient,
  rows: readonly { readonly [key in Key]?: string | undefined }[],
  key: Key,
  table: 'site' | 'metering_point',
): Promise<void> {
  const codes = [...new Set(rows.flatMap((row) => row[key] ?? []))];
  const { rows: unknown } = await client.query<{ code: string }>(
    `select code from unnest($1::text[]) code where not exists (select from ${table} t where t.code = code.code) limit 1`,
    [codes],
  );
  if (unknown[0] === undefined) return;
  const [code, what] =
    table === 'site'
      ? (['site_not_found', 'site'] as const)
      : (['point_not_found', 'metering point'] as const);
  throw new VeilleurError(code, `there is no ${what} ${unknown[0].code}`, {
    remedy: 'List it before those that are part of it.',
  });
}

function* batches<Row>(rows: Iterable<Row>): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
