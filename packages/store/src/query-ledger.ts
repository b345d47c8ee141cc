import type { DevEui } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from './connect.ts';
import { type DeviceLedger, type Gap, LEDGER_STATES, type LedgerState, type Why } from './ledger/ledger.ts';
import { COUNTER_ROWS } from './ledger/ledger-sql.ts';
import { withTransaction } from './with-transaction.ts';

/** Frames that the LNS received from `since` until before `until`. */
export interface LedgerSpan {
  readonly since: Date;
  readonly until: Date;
  /** Null: every device. */
  readonly devEuis?: readonly DevEui[] | null;
}

export interface LedgerTotals {
  readonly devices: number;
  readonly sessions: number;
  readonly frames: number;
  readonly repeated: number;
  readonly counters: number;
  readonly states: Readonly<Record<LedgerState, number>>;
}

interface CountsRow extends Partial<Record<LedgerState, number>> {
  readonly sessions: number;
  readonly frames: number;
  readonly counters: number;
  readonly missing: number;
  readonly decoded: number;
  readonly no_payload: number;
  readonly failed: number;
  readonly no_profile: number;
  readonly encrypted: number;
  readonly waiting: number;
}

interface DeviceRow extends CountsRow {
  readonly dev_eui: DevEui;
  readonly name: string | null;
  readonly gaps: number;
  readonly first_at: Date;
  readonly last_at: Date;
}

const STORED_STATES = LEDGER_STATES.slice(0, 6);
const COUNTS = ['sessions', 'frames', 'counters', 'missing', ...STORED_STATES];

/**
 * How the counters of each device add up, the worst devices first (most missing, then most undecoded).
 * What is missing is `unexplained` here: `explainGaps` says more of it.
 */
export async function ledgerOfDevices(
  pool: Pool,
  span: LedgerSpan & { readonly limit?: number | undefined; readonly timeoutMs?: number },
): Promise<{ readonly totals: LedgerTotals; readonly devices: readonly DeviceLedger[] }> {
  const read = async (client: PoolClient) => {
    // Three sorts over a row a frame: in memory for a city's day, on disk for its year.
    await client.query("select set_config('statement_timeout', $1, true)", [String(span.timeoutMs ?? 0)]);
    await client.query("set local work_mem = '64MB'");
    const { rows } = await client.query<{ total: CountsRow & { devices: number }; device: DeviceRow | null }>(
      `${COUNTER_ROWS}, session_row as (
         select device_id, count(*) filter (where in_span) as frames,
           count(*) filter (where in_span and is_counter) as counters,
           ${STORED_STATES.map((state) => `count(*) filter (where in_span and is_counter and decoding = '${state}') as ${state}`).join(', ')},
           sum(missing) as missing, count(*) filter (where missing > 0) as gaps,
           min(at) filter (where in_span) as first_at, max(at) filter (where in_span) as last_at
         from counter_row group by device_id, session_key, joins, restarts
       ), device_row as materialized (
         select device_id, count(*) as sessions,
           ${COUNTS.slice(1)
             .map((name) => `sum(${name})::bigint as ${name}`)
             .join(', ')},
           sum(gaps)::bigint as gaps, min(first_at) as first_at, max(last_at) as last_at
         from session_row where frames > 0 group by device_id
       ), total as (
         select count(*) as devices, ${COUNTS.map((name) => `coalesce(sum(${name}), 0)::bigint as ${name}`).join(', ')}
         from device_row
       ), worst as (
         select d.dev_eui, d.name, r.* from device_row r join device d on d.id = r.device_id
         order by r.missing desc, r.counters - r.decoded - r.no_payload desc, d.dev_eui limit $4
       )
       select to_jsonb(total) as total, to_jsonb(worst) as device from total left join worst on true
       order by worst.missing desc, worst.counters - worst.decoded - worst.no_payload desc, worst.dev_eui`,
      [...(await parametersOf(client, span)), span.limit ?? null],
    );
    const total = rows[0]?.total;
    if (total === undefined) throw new Error('an aggregate without a group returned no row');
    return {
      totals: { devices: total.devices, ...countsOf(total) },
      devices: rows.flatMap(({ device }) => (device === null ? [] : [deviceLedgerOf(device)])),
    };
  };
  return withTransaction(pool, read, 'begin read only');
}

function deviceLedgerOf(row: DeviceRow): DeviceLedger {
  return {
    devEui: row.dev_eui,
    name: row.name,
    ...countsOf(row),
    gaps: row.gaps,
    firstAt: new Date(row.first_at),
    lastAt: new Date(row.last_at),
  };
}

function countsOf(row: CountsRow) {
  const { decoded, no_payload, failed, no_profile, encrypted, waiting, missing } = row;
  return {
    sessions: row.sessions,
    frames: row.frames,
    repeated: row.frames - row.counters,
    counters: row.counters + missing,
    states: {
      decoded,
      no_payload,
      failed,
      no_profile,
      encrypted,
      waiting,
      lost_on_radio: 0,
      lost_after_lns: 0,
      unexplained: missing,
    },
  };
}

/** The gaps of devices, in the order of DevEUI and time. */
export async function gapsOf(pool: Pool, span: LedgerSpan): Promise<Gap[]> {
  const { rows } = await pool.query<Gap>(
    `${COUNTER_ROWS}
     select d.dev_eui as "devEui", c.gap_from as "fCntFrom",
       case when c.f_cnt = 0 then 65535 else c.f_cnt - 1 end as "fCntTo", c.missing::bigint as missing,
       least(c.gap_after, c.at) as after, greatest(c.gap_after, c.at) as before, c.is_first as "isHead"
     from counter_row c join device d on d.id = c.device_id
     where c.missing > 0 order by d.dev_eui, c.at, c.f_cnt`,
    await parametersOf(pool, span),
  );
  return rows;
}

/** What device events tell of uplinks that are not here. */
export interface EventEvidence {
  readonly devEui: DevEui;
  /** A counter that the LNS logged as sent again, so that it had it before; null for an unknown one. */
  readonly fCnt: number | null;
  readonly at: Date;
  readonly why: Why;
}

/**
 * Device events that only an uplink brings, without that uplink. ChirpStack v4 stamps a status and an
 * acknowledgement with the time of the uplink that carried it, and logs each counter that is sent again
 * (chirpstack@d77207c, uplink/data.rs, maccommand/dev_status.rs). Version 3 gives such events no time of
 * their own, so they prove nothing.
 */
export async function evidenceInEvents(pool: Pool, span: LedgerSpan): Promise<EventEvidence[]> {
  const { rows } = await pool.query<EventEvidence>(EVIDENCE, await parametersOf(pool, span));
  return rows;
}

/**
 * Events are few and frames many: the frames of the span are read once, and meet the events by hash, over
 * the counter or over a grid of ten seconds. Asking for each event by the index took ten times as long.
 * A day before the span is looked at too, for a gap that ends in it.
 */
const EVIDENCE = `
with event as materialized (
  select row_number() over () as id, device_id, occurred_at as at,
    case when detail ->> 'code' = 'UPLINK_F_CNT_RETRANSMISSION'
      then (substring(detail -> 'context' ->> 'f_cnt_up' from '^\\d{1,10}$'))::bigint end as f_cnt
  from device_event
  where occurred_at >= $1::timestamptz - interval '1 day' and occurred_at < $2
    and ($3::int[] is null or device_id = any($3))
    and lns in ('chirpstack-v4-json', 'chirpstack-v4-protobuf')
    and (kind in ('status', 'ack')
      or kind = 'log' and detail ->> 'code' in ('UPLINK_F_CNT_RETRANSMISSION', 'UPLINK_CODEC'))
), heard as (
  select device_id, received_at, f_cnt, floor(extract(epoch from received_at) / 10) as cell from frame
  where received_at >= $1::timestamptz - interval '2 days' and received_at < $2::timestamptz + interval '1 minute'
    and ($3::int[] is null or device_id = any($3)) and exists (select from event)
), explained as (
  select e.id from event e join heard f on f.device_id = e.device_id and f.f_cnt = e.f_cnt
  where f.received_at between e.at - interval '1 day' and e.at
  union
  select e.id from (
    select id, device_id, at, floor(extract(epoch from at) / 10) + beside as cell
    from event cross join generate_series(-1, 1) beside where f_cnt is null
  ) e join heard f on f.device_id = e.device_id and f.cell = e.cell
  where f.received_at between e.at - interval '10 seconds' and e.at + interval '10 seconds'
)
select d.dev_eui as "devEui", e.f_cnt as "fCnt", e.at,
  case when e.f_cnt is null then 'event_without_frame' else 'retransmission_logged' end as why
from event e join device d on d.id = e.device_id
where e.id not in (select id from explained)
order by d.dev_eui, e.at`;

/** When the LNS received the frames of a device, and which of them begin or end a session. */
export async function heardTimes(
  pool: Pool,
  span: LedgerSpan,
): Promise<{ readonly stored: readonly Date[]; readonly edges: readonly Date[] }> {
  const { rows } = await pool.query<{ at: Date; is_edge: boolean }>(
    `${COUNTER_ROWS}
     select at, is_first or row_number() over (partition by session_key, joins, restarts order by at desc) = 1 as is_edge
     from counter_row where in_span order by at`,
    await parametersOf(pool, span),
  );
  return { stored: rows.map(({ at }) => at), edges: rows.flatMap((row) => (row.is_edge ? [row.at] : [])) };
}

async function parametersOf(
  pool: Pick<Pool, 'query'>,
  { since, until, devEuis = null }: LedgerSpan,
): Promise<[string, string, number[] | null]> {
  if (devEuis === null) return [since.toISOString(), until.toISOString(), null];
  const { rows } = await pool.query<{ id: number }>('select id from device where dev_eui = any($1)', [
    devEuis,
  ]);
  return [since.toISOString(), until.toISOString(), rows.map(({ id }) => id)];
}

/** Frames of each device that the LNS refused, for their counter fell and it checks counters. */
export async function refusedCounters(pool: Pool, span: LedgerSpan): Promise<ReadonlyMap<DevEui, number>> {
  const { rows } = await pool.query<{ dev_eui: DevEui; refused: number }>(
    `select d.dev_eui, count(*) as refused from device_event e join device d on d.id = e.device_id
     where e.occurred_at >= $1 and e.occurred_at < $2 and ($3::int[] is null or e.device_id = any($3))
       and e.kind = 'log' and e.detail ->> 'code' = 'UPLINK_F_CNT_RESET'
     group by d.dev_eui`,
    await parametersOf(pool, span),
  );
  return new Map(rows.map((row) => [row.dev_eui, row.refused]));
}

/** How many frames and events a second came in the busiest hour of the day before `now`; null where none came. */
export async function busiestRate(
  pool: Pool,
  now: Date,
): Promise<{ perSecond: number; devices: number } | null> {
  const { rows } = await pool.query<{ per_second: number | null; devices: number }>(
    `with came as (
       select date_bin('1 hour', received_at, $1) as hour, device_id from frame
       where received_at > $1::timestamptz - interval '1 day' and received_at <= $1
       union all
       select date_bin('1 hour', occurred_at, $1), device_id from device_event
       where occurred_at > $1::timestamptz - interval '1 day' and occurred_at <= $1
     ), hourly as (select hour, count(*) as messages from came group by hour)
     select (select max(messages) from hourly) / 3600.0::float8 as per_second,
       (select count(distinct device_id) from came) as devices`,
    [now.toISOString()],
  );
  const [row] = rows;
  return row === undefined || row.per_second === null
    ? null
    : { perSecond: row.per_second, devices: row.devices };
}
