import type { DevEui, Quantity } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { MS } from './changed-facts.ts';
import { type AttributesOfDevice, attributesOfDevices } from './device-attributes.ts';
import { moment } from './write-alerts.ts';

/** Sites of which something was told, by code, each with the earliest moment that it concerns, ms. */
export type SiteNews = ReadonlyMap<string, number>;

/** Notes that sites must be evaluated again, in the transaction of whoever was told. */
export async function noteSiteNews(client: Pool | PoolClient, news: SiteNews, now: Date): Promise<void> {
  if (news.size === 0) return;
  // In one order everywhere: two that note the same sites wait for each other in no circle.
  const sites = [...news.keys()].sort();
  await client.query(
    `insert into site_watch as w (site, news_from, evaluated_to)
     select site, news_from, $3 from unnest($1::text[], $2::timestamptz[]) n(site, news_from)
     on conflict (site) do update set news_from = least(w.news_from, excluded.news_from)`,
    [sites, sites.map((site) => moment(news.get(site))), now],
  );
}

/** All sites of these levels must be evaluated again: the rules are others, or where devices belong. */
export async function noteEverySite(
  client: Pool | PoolClient,
  levels: readonly string[],
  now: Date,
): Promise<void> {
  await client.query(
    `insert into site_watch as w (site, due_at, evaluated_to)
     select code, $2, $2 from site where kind = any($1::text[]) order by code
     on conflict (site) do update set due_at = least(w.due_at, excluded.due_at)`,
    [levels, now],
  );
}

/** A site that this transaction evaluates. Times are ms since 1970. */
export interface ClaimedSite {
  readonly site: string;
  /** Infinite: there is none. */
  readonly newsFrom: number;
  readonly evaluatedTo: number;
}

/**
 * Takes the next site that has news or is due, which nobody else has; null: there is none.
 *
 * @param except Sites that are left alone.
 */
export async function claimSite(
  client: PoolClient,
  now: Date,
  except: readonly string[] = [],
): Promise<ClaimedSite | null> {
  const { rows } = await client.query<{ site: string; newsFrom: number | null; evaluatedTo: number }>(
    `select site, ${MS('news_from')} as "newsFrom", ${MS('evaluated_to')} as "evaluatedTo" from site_watch
     where (news_from is not null or due_at <= $1) and site <> all($2::text[])
     order by news_from is null, site limit 1 for update skip locked`,
    [now, except],
  );
  const [row] = rows;
  return row === undefined ? null : { ...row, newsFrom: row.newsFrom ?? Number.POSITIVE_INFINITY };
}

/** @param dueAt When to look again though nothing comes, ms; infinite: never. */
export async function noteSiteEvaluated(
  client: PoolClient,
  site: string,
  { to, dueAt }: { readonly to: Date; readonly dueAt: number },
): Promise<void> {
  await client.query(
    `update site_watch set news_from = null, due_at = $3, evaluated_to = greatest(evaluated_to, $2) where site = $1`,
    [site, to, dueAt === Number.POSITIVE_INFINITY ? null : moment(dueAt)],
  );
}

/** How many sites wait to be evaluated. */
export async function waitingSites(pool: Pool, now: Date): Promise<number> {
  const { rows } = await pool.query<{ waiting: number }>(
    'select count(*) as waiting from site_watch where news_from is not null or due_at <= $1',
    [now],
  );
  return rows[0]?.waiting ?? 0;
}

/** The devices of a site and of all in it, as rules choose them. */
export async function devicesOfSite(
  client: PoolClient,
  site: string,
  now: Date,
): Promise<AttributesOfDevice[]> {
  const { rows } = await client.query<{ id: number }>(DEVICES_OF_SITE, [site, now]);
  return attributesOfDevices(
    client,
    rows.map(({ id }) => id),
    now,
  );
}

const DEVICES_OF_SITE = `
with recursive inside as (
  select id, 0 as depth from site where code = $1
  union all
  select s.id, i.depth + 1 from site s join inside i on s.parent_id = i.id where i.depth < 50
), points as (
  select p.id, p.code from metering_point p where p.site_id in (select id from inside)
)
select i.device_id as id from points p join installation i on i.point_id = p.id and i.superseded_at is null
  and i.from_time <= $2 and coalesce(i.to_time, 'infinity') > $2
union
select d.id from points p join device d on d.metering_point = p.code
order by 1`;

export interface SiteReading {
  readonly devEui: DevEui;
  readonly quantity: Quantity;
  readonly channel: number;
  /** ms */
  readonly time: number;
  readonly value: number;
}

const MISSING = 3;

/** What some devices told of some quantities since a moment, each series in the order of time. */
export async function readingsSince(
  client: PoolClient,
  deviceIds: readonly number[],
  quantities: readonly Quantity[],
  since: Date,
): Promise<SiteReading[]> {
  // `offset 0` has the index of each device probed, as for the pasts of devices.
  const { rows } = await client.query<SiteReading>(
    `select d.dev_eui as "devEui", q.name as quantity, m.channel, ${MS('m.time')} as time, m.value
     from device d cross join lateral (
       select quantity_id, channel, time, value from measurement
       where device_id = d.id and time >= $3::timestamptz and quality <> ${MISSING}
         and quantity_id = any(array(select id from quantity where name = any($2::text[])))
       offset 0
     ) m join quantity q on q.id = m.quantity_id
     where d.id = any($1::int[]) order by d.id, m.quantity_id, m.channel, m.time`,
    [deviceIds, quantities, since],
  );
  return rows;
}
