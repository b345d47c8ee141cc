import { type DevEui, type Quantity, VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { markPoints } from './mark-dirty.ts';

/** A device at a point for a span of time. Indexes are millionths. */
export interface InstallationTerms {
  readonly devEui: DevEui;
  /** What the device tells, and its channel. */
  readonly deviceQuantity: Quantity;
  readonly deviceChannel: number;
  /** Which of the point's registers it is: its quantity, 0 for the total. */
  readonly quantity: Quantity;
  readonly channel: number;
  /** Null: for as long as anything is known. */
  readonly from: Date | null;
  /** Null while it stands. */
  readonly to: Date | null;
  readonly meterSerial: string | null;
  /** Units of the point's quantity for one unit that the device tells. */
  readonly factor: { readonly numerator: number; readonly denominator: number };
  readonly digits: number | null;
  readonly modulus: number | null;
  readonly startIndex: number | null;
  readonly endIndex: number | null;
  readonly meterIndex: number | null;
}

export interface InstallationRecord extends InstallationTerms {
  readonly id: number;
  readonly reason: string;
  readonly recordedAt: Date;
  /** When a correction took its place; null: it is what is believed. */
  readonly supersededAt: Date | null;
  readonly supersededBy: number | null;
  /** Superseded by nothing: the device never stood there. */
  readonly withdrawnReason: string | null;
}

/** What a person may correct of an installation; what is left out stays. */
export type InstallationCorrection = Partial<Omit<InstallationTerms, 'devEui' | 'quantity'>>;

const COLUMNS = `i.id, d.dev_eui as "devEui", dq.name as "deviceQuantity", i.device_channel as "deviceChannel",
  q.name as quantity, i.channel, nullif(i.from_time, '-infinity') as "from", i.to_time as "to",
  i.meter_serial as "meterSerial",
  json_build_object('numerator', i.factor_numerator, 'denominator', i.factor_denominator) as factor, i.digits,
  i.modulus, i.start_index as "startIndex", i.end_index as "endIndex", i.meter_index as "meterIndex", i.reason,
  i.recorded_at as "recordedAt", i.superseded_at as "supersededAt", i.superseded_by as "supersededBy", i.withdrawn_reason as "withdrawnReason"`;
const TABLES = `installation i join device d on d.id = i.device_id join quantity dq on dq.id = i.device_quantity_id
  join quantity q on q.id = i.quantity_id`;

/** All that is and was believed, in the order of time; of one span, the newest belief last. */
export async function installationsOf(
  client: Pool | PoolClient,
  pointId: number,
): Promise<InstallationRecord[]> {
  const { rows } = await client.query<InstallationRecord>(
    `select ${COLUMNS} from ${TABLES} where i.point_id = $1 order by i.from_time, i.recorded_at, i.id`,
    [pointId],
  );
  return rows;
}

/**
 * Puts a device at a point. What it has told so far becomes consumption.
 *
 * @throws VeilleurError `device_not_found`, `installation_overlaps` where another point or another device
 *   has the same at the same time.
 */
export async function install(
  pool: Pool,
  pointId: number,
  terms: InstallationTerms,
  { reason, now }: { readonly reason: string; readonly now: Date },
): Promise<number> {
  return withTransaction(pool, async (client) => {
    await lockPoint(client, pointId);
    const id = await insert(client, pointId, terms, reason, now);
    await requireFree(client, id);
    await markPoints(client, [{ pointId, from: terms.from, to: terms.to }]);
    return id;
  });
}

/**
 * Another belief about an installation, backwards: a wrong pulse weight, a date, an index. The old row
 * stays with its reason; consumption of the whole span is made anew.
 *
 * @throws VeilleurError `installation_not_found`, `installation_overlaps`.
 */
export async function correctInstallation(
  pool: Pool,
  installationId: number,
  correction: InstallationCorrection,
  { reason, now }: { readonly reason: string; readonly now: Date },
): Promise<number> {
  return withTransaction(pool, (client) => supersede(client, installationId, correction, reason, now));
}

/** Takes an installation back: the device never stood there. The trace stays. */
export async function withdrawInstallation(
  pool: Pool,
  installationId: number,
  { reason, now }: { readonly reason: string; readonly now: Date },
): Promise<void> {
  await withTransaction(pool, async (client) => {
    const { pointId, from, to } = await current(client, installationId);
    await client.query('update installation set superseded_at = $2, withdrawn_reason = $3 where id = $1', [
      installationId,
      now,
      reason,
    ]);
    await markPoints(client, [{ pointId, from, to }]);
  });
}

/**
 * One device goes, another comes, or the same device comes back on another meter: both ends in one step.
 *
 * @throws VeilleurError `installation_not_found`, `installation_overlaps`, `device_not_found`.
 */
export async function swapDevice(
  pool: Pool,
  installationId: number,
  swap: {
    readonly at: Date;
    readonly endIndex: number | null;
    readonly next: Omit<InstallationTerms, 'from' | 'to' | 'endIndex'>;
  },
  { reason, now }: { readonly reason: string; readonly now: Date },
): Promise<number> {
  return withTransaction(pool, async (client) => {
    const { pointId, to } = await current(client, installationId);
    await supersede(client, installationId, { to: swap.at, endIndex: swap.endIndex }, reason, now);
    const id = await insert(
      client,
      pointId,
      { ...swap.next, from: swap.at, to, endIndex: null },
      reason,
      now,
    );
    await requireFree(client, id);
    await markPoints(client, [{ pointId, from: swap.at, to }]);
    return id;
  });
}

async function supersede(
  client: PoolClient,
  installationId: number,
  correction: InstallationCorrection,
  reason: string,
  now: Date,
): Promise<number> {
  const old = await current(client, installationId);
  const terms: InstallationTerms = { ...old, ...correction };
  // The old one makes room before the new one is checked against the others.
  await client.query('update installation set superseded_at = $2 where id = $1', [installationId, now]);
  const id = await insert(client, old.pointId, terms, reason, now);
  await client.query('update installation set superseded_by = $2 where id = $1', [installationId, id]);
  await requireFree(client, id);
  const { pointId } = old;
  await markPoints(client, [
    { pointId, from: old.from, to: old.to },
    { pointId, from: terms.from, to: terms.to },
  ]);
  return id;
}

async function current(client: PoolClient, id: number): Promise<InstallationRecord & { pointId: number }> {
  const { rows: points } = await client.query<{ pointId: number }>(
    'select point_id as "pointId" from installation where id = $1',
    [id],
  );
  if (points[0] !== undefined) await lockPoint(client, points[0].pointId);
  const { rows } = await client.query<InstallationRecord & { pointId: number }>(
    `select ${COLUMNS}, i.point_id as "pointId" from ${TABLES} where i.id = $1 and i.superseded_at is null`,
    [id],
  );
  if (rows[0] === undefined) {
    throw new VeilleurError('installation_not_found', `there is no installation ${id} that holds today`, {
      remedy: 'veilleur point show <code> lists them with their numbers; a corrected one has another number.',
    });
  }
  return rows[0];
}

async function lockPoint(client: PoolClient, pointId: number): Promise<void> {
  await client.query('select from metering_point where id = $1 for no key update', [pointId]);
}

async function insert(
  client: PoolClient,
  pointId: number,
  terms: InstallationTerms,
  reason: string,
  now: Date,
): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `insert into installation (point_id, device_id, device_quantity_id, device_channel, quantity_id, channel,
       from_time, to_time, meter_serial, factor_numerator, factor_denominator, digits, modulus, start_index,
       end_index, meter_index, reason, recorded_at)
     select $1, d.id, dq.id, $4, q.id, $6, coalesce($7::timestamptz, '-infinity'), $8, $9, $10, $11, $12, $13, $14, $15,
       $16, $17, $18
     from device d, quantity dq, quantity q where d.dev_eui = $2 and dq.name = $3 and q.name = $5
     returning id`,
    [
      pointId,
      terms.devEui,
      terms.deviceQuantity,
      terms.deviceChannel,
      terms.quantity,
      terms.channel,
      terms.from,
      terms.to,
      terms.meterSerial,
      terms.factor.numerator,
      terms.factor.denominator,
      terms.digits,
      terms.modulus,
      terms.startIndex,
      terms.endIndex,
      terms.meterIndex,
      reason,
      now,
    ],
  );
  if (rows[0] === undefined) {
    throw new VeilleurError('device_not_found', `no device ${terms.devEui} has been seen`, {
      remedy: 'It appears with its first event, or with veilleur device add.',
    });
  }
  return rows[0].id;
}

/** A device's channel is at one place at a time, and a register is told by one device at a time. */
async function requireFree(client: PoolClient, id: number): Promise<void> {
  // Others may be at work on the same device at another point.
  await client.query(
    `select pg_advisory_xact_lock(hashtext('veilleur.installation'), device_id) from installation where id = $1`,
    [id],
  );
  const { rows } = await client.query<{ code: string; devEui: string; from: Date | null; to: Date | null }>(
    `select p.code, d.dev_eui as "devEui", nullif(o.from_time, '-infinity') as "from", o.to_time as "to"
     from installation i join installation o on o.id <> i.id and o.superseded_at is null
       and ((o.device_id, o.device_quantity_id, o.device_channel) = (i.device_id, i.device_quantity_id, i.device_channel)
         or (o.point_id, o.quantity_id, o.channel) = (i.point_id, i.quantity_id, i.channel))
       and o.from_time < coalesce(i.to_time, 'infinity') and i.from_time < coalesce(o.to_time, 'infinity')
     join metering_point p on p.id = o.point_id join device d on d.id = o.device_id
     where i.id = $1 limit 1`,
    [id],
  );
  const [other] = rows;
  if (other === undefined) return;
  const until = other.to === null ? '' : ` until ${other.to.toISOString()}`;
  throw new VeilleurError(
    'installation_overlaps',
    `${other.devEui} stands at ${other.code} since ${other.from?.toISOString() ?? 'its first reading'}${until}`,
    {
      remedy: `End that first: veilleur point swap puts another device in its place, veilleur point correct ends it.`,
    },
  );
}
