import type { PoolClient } from 'pg';

const MS = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;

/** What is known of a gateway's hearing. Times are ms since 1970, by the clock of the network server. */
export interface GatewayHearing {
  readonly gatewayId: string;
  readonly lastHeardAt: number;
  /** How long it is silent between two frames, usually; null: it was heard once. */
  readonly usualGapMs: number | null;
  /** The first frame that this look told beyond what was known, and what was known before; null: none. */
  readonly news: { readonly firstHeardAt: number; readonly knownUntil: number | null } | null;
}

/** So much of the newest look counts for the usual gap. */
const WEIGHT = 0.2;

/**
 * Takes in who heard the frames that were stored since a moment. The same frames again change nothing.
 *
 * @returns All gateways.
 */
export async function hearGateways(client: PoolClient, storedSince: Date): Promise<GatewayHearing[]> {
  const { rows } = await client.query<{
    gatewayId: string;
    lastHeardAt: number;
    usualGapMs: number | null;
    firstHeardAt: number | null;
    knownUntil: number | null;
  }>(HEAR, [storedSince, WEIGHT]);
  return rows.map(({ firstHeardAt, knownUntil, ...known }) => ({
    ...known,
    news: firstHeardAt === null ? null : { firstHeardAt, knownUntil },
  }));
}

const HEAR = `
with reported as (
  select distinct r.device_id, r.reported_at
  from change c cross join lateral unnest(c.device_ids, c.reported_at, c.f_cnts) r(device_id, reported_at, f_cnt)
  where c.recorded_at > $1 and c.cause = 'arrival' and r.f_cnt >= 0
), heard as (
  select g->>'gatewayId' as gateway_id, f.received_at
  from reported r
  join frame f on f.device_id = r.device_id and f.received_at = r.reported_at
  cross join lateral jsonb_array_elements(f.receptions) g
), news as (
  select h.gateway_id, min(h.received_at) as first, max(h.received_at) as last, count(*) as frames,
    k.last_heard_at as known
  from heard h left join gateway_heard k using (gateway_id)
  where h.gateway_id is not null and (k.last_heard_at is null or h.received_at > k.last_heard_at)
  group by h.gateway_id, k.last_heard_at
), gaps as (
  select *, extract(epoch from last - coalesce(known, first)) * 1000
    / nullif(frames - case when known is null then 1 else 0 end, 0) as gap
  from news
), written as (
  insert into gateway_heard as g (gateway_id, last_heard_at, usual_gap_ms)
  select gateway_id, last, gap from gaps
  on conflict (gateway_id) do update set last_heard_at = excluded.last_heard_at,
    usual_gap_ms = coalesce(g.usual_gap_ms + $2::float8 * (excluded.usual_gap_ms - g.usual_gap_ms),
                            g.usual_gap_ms, excluded.usual_gap_ms)
  returning gateway_id, last_heard_at, usual_gap_ms
)
select gateway_id as "gatewayId", ${MS('last_heard_at')} as "lastHeardAt", usual_gap_ms as "usualGapMs",
  ${MS('n.first')} as "firstHeardAt", ${MS('n.known')} as "knownUntil"
from (
  select * from written
  union all
  select gateway_id, last_heard_at, usual_gap_ms from gateway_heard k
  where not exists (select from written w where w.gateway_id = k.gateway_id)
) all_of_them left join news n using (gateway_id)
order by 1`;

/** Which gateways heard the last frame of each of these devices. */
export async function lastReceivers(
  client: PoolClient,
  deviceIds: readonly number[],
): Promise<ReadonlyMap<number, readonly string[]>> {
  const { rows } = await client.query<{ deviceId: number; gateways: string[] | null }>(
    `select d.id as "deviceId",
       (select array_agg(distinct g->>'gatewayId') from jsonb_array_elements(f.receptions) g) as gateways
     from unnest($1::int[]) d(id)
     cross join lateral (
       select receptions from frame where device_id = d.id order by received_at desc limit 1
     ) f`,
    [deviceIds],
  );
  return new Map(rows.map(({ deviceId, gateways }) => [deviceId, gateways ?? []]));
}

/** When a gateway was last heard, by what is known; null: never. */
export async function newestHearing(client: PoolClient): Promise<Date | null> {
  const { rows } = await client.query<{ newest: Date | null }>(
    'select max(last_heard_at) as newest from gateway_heard',
  );
  return rows[0]?.newest ?? null;
}
