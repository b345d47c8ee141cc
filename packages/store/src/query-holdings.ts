import type { DevEui, Quantity } from '@veilleur/domain';
import type { Pool } from './connect.ts';

/** What somebody who knows better compares with: the simulator, in `simulators/src/conscience`. */
export interface HoldingsSpan {
  /** Received, or happened, from here on. */
  readonly since: Date;
  /** Before this. */
  readonly until: Date;
  /** Devices whose DevEUI begins so; the empty text: all. */
  readonly devEuiPrefix: string;
}

/** What the frames of one session of a device add up to. */
export interface SessionHoldings {
  readonly devEui: DevEui;
  readonly sessionKey: string;
  readonly frames: number;
  readonly fCntSum: number;
  /** Of the first 32 bits of SHA-256 over fCnt (8 bytes), fPort (2 bytes, -1 for none) and payload. */
  readonly hashSum: number;
  /** Of the times of reception, milliseconds since 2020. */
  readonly receivedAtSum: number;
  readonly decoded: number;
}

export interface HeldFrame {
  readonly sessionKey: string;
  readonly fCnt: number;
  readonly receivedAt: Date;
  /** See `SessionHoldings`. */
  readonly hash: number;
  readonly decoding: string;
  readonly decodingReason: string | null;
}

export interface HeldMeasurement {
  readonly devEui: DevEui;
  readonly quantity: Quantity;
  readonly channel: number;
  readonly timeMs: number;
  readonly value: number;
  readonly reportedAtMs: number;
}

const FRAME_HASH = `('x' || encode(substring(
  sha256(int8send(f.f_cnt) || int2send(coalesce(f.f_port, -1::smallint)) || f.payload) for 4), 'hex'))::bit(32)::bigint`;
const IN_SPAN = `f.received_at >= $1 and f.received_at < $2 and starts_with(d.dev_eui, $3)`;

/** Every session of the span, as it comes from the database: some thousands at a time are in memory. */
export async function* sessionHoldings(pool: Pool, span: HoldingsSpan): AsyncGenerator<SessionHoldings> {
  yield* streamed<SessionHoldings>(
    pool,
    `select d.dev_eui as "devEui", f.session_key as "sessionKey", count(*) as frames,
       sum(f.f_cnt)::bigint as "fCntSum", sum(${FRAME_HASH})::bigint as "hashSum",
       sum((date_part('epoch', f.received_at - timestamptz '2020-01-01Z') * 1000)::bigint)::bigint as "receivedAtSum",
       count(*) filter (where f.decoding = 'decoded') as decoded
     from frame f join device d on d.id = f.device_id
     where ${IN_SPAN} group by d.dev_eui, f.session_key`,
    parametersOf(span),
  );
}

/** All frames of a device in the span, in the order of time. */
export async function heldFrames(pool: Pool, devEui: DevEui, span: HoldingsSpan): Promise<HeldFrame[]> {
  const { rows } = await pool.query<HeldFrame>(
    `select f.session_key as "sessionKey", f.f_cnt as "fCnt", f.received_at as "receivedAt",
       ${FRAME_HASH} as hash, f.decoding, f.decoding_reason as "decodingReason"
     from frame f join device d on d.id = f.device_id
     where ${IN_SPAN} and d.dev_eui = $4 order by f.received_at, f.f_cnt`,
    [...parametersOf(span), devEui],
  );
  return rows;
}

/**
 * The measurements that frames of the span told of some devices, device by device, each device's in the
 * order of time.
 */
export async function* heldMeasurements(
  pool: Pool,
  devEuis: readonly DevEui[],
  quantities: readonly Quantity[],
  { since, until }: Pick<HoldingsSpan, 'since' | 'until'>,
): AsyncGenerator<HeldMeasurement> {
  const [devices, kinds, all] = await Promise.all([
    pool.query<{ id: number; devEui: DevEui }>(
      'select id, dev_eui as "devEui" from device where dev_eui = any($1)',
      [devEuis],
    ),
    pool.query<{ id: number; name: Quantity }>('select id, name from quantity where name = any($1)', [
      quantities,
    ]),
    pool.query<{ devices: number }>('select count(*) as devices from device'),
  ]);
  const devEuiOf = new Map(devices.rows.map(({ id, devEui }) => [id, devEui]));
  const quantityOf = new Map(kinds.rows.map(({ id, name }) => [id, name]));
  // Names are put to the rows here: what is sorted stays narrow.
  const rows = streamed<
    Omit<HeldMeasurement, 'devEui' | 'quantity'> & { deviceId: number; quantityId: number }
  >(
    pool,
    `select m.device_id as "deviceId", m.quantity_id as "quantityId", m.channel,
       (extract(epoch from m.time) * 1000)::float8 as "timeMs", m.value,
       (extract(epoch from m.reported_at) * 1000)::float8 as "reportedAtMs"
     from measurement m
     where m.device_id = any($1::int[]) and m.quantity_id = any($2::smallint[])
       -- A device's history reaches two days back; its clock may be wrong by hours.
       and m.time >= $3::timestamptz - interval '4 days' and m.time < $4::timestamptz + interval '2 days'
       and m.reported_at >= $3 and m.reported_at < $4
     order by m.device_id, m.time, m.quantity_id, m.channel`,
    [[...devEuiOf.keys()], [...quantityOf.keys()], since.toISOString(), until.toISOString()],
    // Of many devices every block tells: the planner would walk through all of the index to learn which blocks.
    devEuiOf.size * MANY > (all.rows[0]?.devices ?? 0) ? ['enable_indexscan', 'enable_bitmapscan'] : [],
  );
  for await (const { deviceId, quantityId, ...held } of rows) {
    const devEui = devEuiOf.get(deviceId);
    const quantity = quantityOf.get(quantityId);
    if (devEui !== undefined && quantity !== undefined) yield { devEui, quantity, ...held };
  }
}

/** How often each kind of device event is there. */
export async function heldEvents(pool: Pool, span: HoldingsSpan): Promise<ReadonlyMap<string, number>> {
  const { rows } = await pool.query<{ kind: string; events: number }>(
    `select e.kind, count(*) as events from device_event e join device d on d.id = e.device_id
     where e.occurred_at >= $1 and e.occurred_at < $2 and starts_with(d.dev_eui, $3) group by e.kind`,
    parametersOf(span),
  );
  return new Map(rows.map(({ kind, events }) => [kind, events]));
}

export interface HeldQuarantine {
  readonly code: string;
  readonly reason: string;
  readonly devEui: DevEui | null;
  readonly messages: number;
}

/** What went to quarantine after a moment of the database's own clock, by reason. */
export async function heldInQuarantine(
  pool: Pool,
  storedSince: Date,
  devEuiPrefix: string,
): Promise<HeldQuarantine[]> {
  const { rows } = await pool.query<HeldQuarantine>(
    `select code, min(reason) as reason, min(dev_eui) as "devEui", count(*) as messages from quarantine
     where stored_at >= $1 and (dev_eui is null or starts_with(dev_eui, $2)) group by code order by 4 desc`,
    [storedSince.toISOString(), devEuiPrefix],
  );
  return rows;
}

/** The database's own clock, and whether it has met a device before. */
export async function presentOf(pool: Pool): Promise<{ readonly now: Date; readonly hasDevices: boolean }> {
  const { rows } = await pool.query<{ now: Date; hasDevices: boolean }>(
    'select clock_timestamp() as now, exists (select from device) as "hasDevices"',
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a query without a table returned no row');
  return row;
}

/** Whether any frame of the span is there. */
export async function holdsFrames(pool: Pool, span: HoldingsSpan): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(
    `select exists (select from frame f join device d on d.id = f.device_id where ${IN_SPAN}) as there`,
    parametersOf(span),
  );
  return rows[0]?.there ?? false;
}

/** The end of the tail: whatever is stored from now on stands behind it. */
export async function tailEnd(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ position: number }>(
    'select coalesce(max(position), 0) as position from change',
  );
  return rows[0]?.position ?? 0;
}

export interface StoredSince {
  /** Frames and events in changes behind the position. */
  readonly stored: number;
  /** The highest position that was seen. */
  readonly position: number;
}

/** How many frames and device events were stored by changes behind a position: a row a batch. */
export async function storedSince(
  pool: Pool,
  position: number,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<StoredSince> {
  const { rows } = await pool.query<StoredSince>(
    `select coalesce(sum(size), 0)::bigint as stored, coalesce(max(position), $1)::bigint as position
     from change where position > $1 and position <= $2 and cause = 'arrival'`,
    [position, upTo],
  );
  return rows[0] ?? { stored: 0, position };
}

/** When the transaction that stored a frame was about to commit, for each that changes behind a position tell of. */
export async function storedAt(
  pool: Pool,
  position: number,
  frames: readonly { readonly devEui: string; readonly fCnt: number; readonly receivedAtMs: number }[],
): Promise<ReadonlyMap<number, Date>> {
  const { rows } = await pool.query<{ place: number; at: Date }>(
    `with asked as (
       select a.ordinality - 1 as place, d.id, a.f_cnt, a.reported_at
       from unnest($2::text[], $3::bigint[], $4::timestamptz[]) with ordinality as a(dev_eui, f_cnt, reported_at)
       join device d using (dev_eui)
     ), told as (
       select c.recorded_at, t.device_id, t.f_cnt, t.reported_at from change c
       cross join unnest(c.device_ids, c.f_cnts, c.reported_at) as t(device_id, f_cnt, reported_at)
       where c.position > $1 and c.cause = 'arrival'
     )
     select asked.place::int, min(told.recorded_at) as at from asked
     join told on told.device_id = asked.id and told.f_cnt = asked.f_cnt and told.reported_at = asked.reported_at
     group by asked.place`,
    [
      position,
      frames.map(({ devEui }) => devEui),
      frames.map(({ fCnt }) => fCnt),
      frames.map(({ receivedAtMs }) => new Date(receivedAtMs).toISOString()),
    ],
  );
  return new Map(rows.map(({ place, at }) => [place, at]));
}

function parametersOf({ since, until, devEuiPrefix }: HoldingsSpan): unknown[] {
  return [since.toISOString(), until.toISOString(), devEuiPrefix];
}

const ROWS_A_FETCH = 5000;
/** One device of so many. */
const MANY = 10;

/** Rows of a query through a cursor. */
async function* streamed<Row extends object>(
  pool: Pool,
  sql: string,
  parameters: readonly unknown[],
  /** Ways to read that the planner is to leave alone. */
  switchedOff: readonly `enable_${string}`[] = [],
): AsyncGenerator<Row> {
  const client = await pool.connect();
  let isWell = false;
  try {
    await client.query('begin read only');
    // All rows will be fetched: a plan that reads blocks in their order beats one that is quick to the first row.
    await client.query("set local work_mem = '128MB'");
    await client.query('set local cursor_tuple_fraction = 1');
    for (const setting of switchedOff) await client.query(`set local ${setting} = off`);
    await client.query(`declare held no scroll cursor for ${sql}`, [...parameters]);
    for (;;) {
      const { rows } = await client.query<Row>(`fetch ${ROWS_A_FETCH} from held`);
      yield* rows;
      if (rows.length < ROWS_A_FETCH) break;
    }
    isWell = true;
  } finally {
    await client.query(isWell ? 'commit' : 'rollback').catch(() => {});
    client.release();
  }
}
