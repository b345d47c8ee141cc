import { type DevEui, type Quantity, VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { installAsTold } from './install-as-told.ts';
import { type InstallationRecord, installationsOf } from './installations.ts';
import { siteId, sitesWithin } from './sites.ts';
import { requireStoredZone, requireZones } from './zones.ts';

export const POINT_KINDS = [
  'prm',
  'pce',
  'water_contract',
  'building',
  'cabinet',
  'sub_meter',
  'own',
] as const;
export type PointKind = (typeof POINT_KINDS)[number];

export interface NewPoint {
  readonly code: string;
  readonly kind: PointKind;
  readonly quantity: Quantity;
  readonly name?: string | undefined;
  /** Code of the operator; made where it is new. */
  readonly operator?: string | undefined;
  readonly site?: string | undefined;
  /** Code of the point whose meter sees this one's consumption too. */
  readonly parent?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly dayStartMinutes?: number | undefined;
  /** Millionths of the unit an hour. */
  readonly maximumRate?: number | undefined;
}

export interface MeteringPoint {
  readonly id: number;
  readonly code: string;
  readonly kind: PointKind;
  readonly name: string | null;
  readonly quantity: Quantity;
  readonly operator: string | null;
  readonly site: string | null;
  readonly parent: string | null;
  readonly timeZone: string | null;
  readonly dayStartMinutes: number;
  /** DevEUIs of the devices that stand there now. */
  readonly devices: readonly DevEui[];
  readonly lastReading: Date | null;
}

/** What stands behind a point, for people: what is installed, what was, and what is not yet. */
export interface PointStory extends MeteringPoint {
  readonly installations: readonly InstallationRecord[];
  /** Devices that name this point since their provisioning and are not installed: a pulse's worth is unknown. */
  readonly waiting: readonly DevEui[];
  readonly findings: readonly {
    readonly kind: string;
    readonly at: Date;
    /** Moments in ms, numbers in millionths; which ones depends on the kind. */
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
}

/** A gas day begins at 06:00 local time. */
const GAS_DAY_MINUTES = 360;

/**
 * Adds a metering point. Devices that were provisioned with its code are installed there at once.
 *
 * @returns Its id, and how many devices it was given.
 * @throws VeilleurError `point_exists`, `site_not_found`, `point_not_found` (its parent), `zone_unknown`.
 */
export async function addPoint(
  pool: Pool,
  point: NewPoint,
): Promise<{ readonly id: number; readonly devices: number }> {
  requireZones('metering point', [point]);
  return withTransaction(pool, async (client) => {
    const site = point.site === undefined ? null : await siteId(client, point.site);
    const parent = point.parent === undefined ? null : await pointId(client, point.parent);
    const operator = point.operator === undefined ? null : await operatorId(client, point.operator);
    const { rows } = await client.query<{ id: number }>(
      `insert into metering_point (code, kind, quantity_id, name, operator_id, site_id, parent_id, time_zone,
         day_start_minutes, maximum_rate)
       select $1, $2, q.id, $4, $5, $6, $7, $8, $9, $10 from quantity q where q.name = $3
       on conflict (code) do nothing returning id`,
      [
        point.code,
        point.kind,
        point.quantity,
        point.name ?? null,
        operator,
        site,
        parent,
        point.timeZone ?? null,
        point.dayStartMinutes ?? (point.kind === 'pce' ? GAS_DAY_MINUTES : 0),
        point.maximumRate ?? null,
      ],
    );
    const id = rows[0]?.id;
    if (id === undefined) {
      throw new VeilleurError('point_exists', `there is a metering point ${point.code} already`, {
        remedy: `veilleur point show ${point.code} tells what it is.`,
      });
    }
    const given = await installAsTold(client, { point: id });
    const { rowCount } =
      given.length === 0
        ? { rowCount: 0 }
        : await client.query('select distinct device_id from installation where point_id = $1', [id]);
    return { id, devices: rowCount ?? 0 };
  });
}

async function operatorId(client: PoolClient, code: string): Promise<number> {
  await client.query('insert into operator (code, name) values ($1, $1) on conflict do nothing', [code]);
  const { rows } = await client.query<{ id: number }>('select id from operator where code = $1', [code]);
  if (rows[0] === undefined) throw new Error('an operator that was just added is not there');
  return rows[0].id;
}

const POINTS = `
select p.id, p.code, p.kind, p.name, q.name as quantity, o.code as operator, s.code as site,
  parent.code as parent, coalesce(p.time_zone, site_time_zone(p.site_id)) as "timeZone",
  p.day_start_minutes as "dayStartMinutes",
  array(select distinct d.dev_eui from installation i join device d on d.id = i.device_id
        where i.point_id = p.id and i.superseded_at is null and i.to_time is null order by 1) as devices,
  (select max(last_reading) from consumption_register r where r.point_id = p.id) as "lastReading"
from metering_point p join quantity q on q.id = p.quantity_id
left join operator o on o.id = p.operator_id left join site s on s.id = p.site_id
left join metering_point parent on parent.id = p.parent_id`;

/** Points in the order of their codes, a page at a time: `after` is the last code of the page before. */
export async function listPoints(
  pool: Pool,
  {
    after = '',
    limit = 100,
    site,
  }: { after?: string | undefined; limit?: number; site?: string | undefined } = {},
): Promise<MeteringPoint[]> {
  const within = site === undefined ? null : await sitesWithin(pool, site);
  const { rows } = await pool.query<MeteringPoint>(
    `${POINTS} where p.code > $1 and ($3::int[] is null or p.site_id = any($3)) order by p.code limit $2`,
    [after, limit, within],
  );
  return rows;
}

/** @throws VeilleurError `point_not_found`, `zone_unknown` where it is stored with a zone that is none. */
export async function findPoint(pool: Pool, code: string): Promise<MeteringPoint> {
  const { rows } = await pool.query<MeteringPoint>(`${POINTS} where p.code = $1`, [code]);
  if (rows[0] === undefined) throw pointNotFound(code);
  requireStoredZone('metering point', rows[0]);
  return rows[0];
}

/** @throws VeilleurError `point_not_found`, `zone_unknown`. */
export async function pointStory(pool: Pool, code: string): Promise<PointStory> {
  const point = await findPoint(pool, code);
  const [installations, waiting, findings] = await Promise.all([
    installationsOf(pool, point.id),
    pool.query<{ devEui: DevEui }>(
      `select dev_eui as "devEui" from device d where d.metering_point = $1
         and not exists (select from installation i where i.device_id = d.id) order by 1`,
      [code],
    ),
    pool.query<PointStory['findings'][number]>(
      'select kind, at, detail from consumption_finding where point_id = $1 order by at desc, kind limit 20',
      [point.id],
    ),
  ]);
  return {
    ...point,
    installations,
    waiting: waiting.rows.map(({ devEui }) => devEui),
    findings: findings.rows,
  };
}

/** @throws VeilleurError `point_not_found`. */
export async function pointId(client: Pool | PoolClient, code: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>('select id from metering_point where code = $1', [
    code,
  ]);
  if (rows[0] === undefined) throw pointNotFound(code);
  return rows[0].id;
}

const pointNotFound = (code: string) =>
  new VeilleurError('point_not_found', `there is no metering point ${code}`, {
    remedy: 'veilleur point list shows the points; veilleur point add makes one.',
  });
