import { VeilleurError } from '@veilleur/domain';
import type { PoolClient } from 'pg';
import type { Pool } from '../connect.ts';
import { requireStoredZone, requireZones } from './zones.ts';

export const SITE_KINDS = ['household', 'building', 'street', 'district', 'city'] as const;
export type SiteKind = (typeof SITE_KINDS)[number];

export interface NewSite {
  readonly code: string;
  readonly name: string;
  readonly kind: SiteKind;
  /** The code of the site that it is part of. */
  readonly parent?: string | undefined;
  readonly timeZone?: string | undefined;
  /** Such as persons, area_m2. */
  readonly attributes?: Readonly<Record<string, string | number>> | undefined;
}

export interface Site {
  readonly code: string;
  readonly name: string;
  readonly kind: SiteKind;
  readonly parent: string | null;
  readonly timeZone: string | null;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** Metering points at this site itself. */
  readonly points: number;
}

type SiteUpdate = Pick<NewSite, 'code'> & Partial<NewSite>;

/**
 * Adds a site, or brings it up to date: what is not said stays as it is; of a new one the name is its code,
 * and the kind a building.
 *
 * @throws VeilleurError `site_not_found` for an unknown parent, `site_in_itself`, `zone_unknown`.
 */
export async function putSite(pool: Pool, site: SiteUpdate): Promise<void> {
  requireZones('site', [site]);
  const parentId = site.parent === undefined ? null : await siteId(pool, site.parent);
  const { rows } = await pool.query<{ id: number }>('select id from site where code = $1', [site.code]);
  if (parentId !== null && rows[0] !== undefined && (await sitesWithin(pool, site.code)).includes(parentId)) {
    throw new VeilleurError('site_in_itself', `${site.parent} is a part of ${site.code}`, {
      remedy: 'A site cannot be a part of what is a part of it.',
    });
  }
  await pool.query(
    `insert into site as s (code, name, kind, parent_id, time_zone, attributes)
     values ($1, coalesce($2::text, $1), coalesce($3::text, 'building'), $4, $5, $6)
     on conflict (code) do update set name = coalesce($2::text, s.name), kind = coalesce($3::text, s.kind),
       parent_id = coalesce(excluded.parent_id, s.parent_id),
       time_zone = coalesce(excluded.time_zone, s.time_zone), attributes = s.attributes || excluded.attributes`,
    [site.code, site.name ?? null, site.kind ?? null, parentId, site.timeZone ?? null, site.attributes ?? {}],
  );
}

const SITES = `
select s.code, s.name, s.kind, parent.code as parent, s.time_zone as "timeZone", s.attributes,
  (select count(*) from metering_point p where p.site_id = s.id) as points
from site s left join site parent on parent.id = s.parent_id`;

export async function listSites(pool: Pool): Promise<Site[]> {
  const { rows } = await pool.query<Site>(`${SITES} order by s.code`);
  return rows;
}

/** @throws VeilleurError `site_not_found`, `zone_unknown` where it is stored with a zone that is none. */
export async function findSite(pool: Pool, code: string): Promise<Site> {
  const { rows } = await pool.query<Site>(`${SITES} where s.code = $1`, [code]);
  if (rows[0] === undefined) throw siteNotFound(code);
  requireStoredZone('site', rows[0]);
  return rows[0];
}

/** @throws VeilleurError `site_not_found`. */
export async function siteId(client: Pool | PoolClient, code: string): Promise<number> {
  const { rows } = await client.query<{ id: number }>('select id from site where code = $1', [code]);
  if (rows[0] === undefined) throw siteNotFound(code);
  return rows[0].id;
}

/** The ids of a site and of all that is part of it. */
export async function sitesWithin(client: Pool | PoolClient, code: string): Promise<number[]> {
  const { rows } = await client.query<{ id: number }>(
    `with recursive within as (
       select id from site where code = $1
       union select s.id from site s join within w on s.parent_id = w.id
     )
     select id from within`,
    [code],
  );
  if (rows.length === 0) throw siteNotFound(code);
  return rows.map(({ id }) => id);
}

const siteNotFound = (code: string) =>
  new VeilleurError('site_not_found', `there is no site ${code}`, {
    remedy: 'veilleur site list shows the sites; veilleur site add makes one.',
  });
