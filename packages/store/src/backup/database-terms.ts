import { messageOf, VeilleurError } from '@veilleur/domain';
import pg from 'pg';
import type { Pool } from '../connect.ts';

/**
 * Gives a database what another has that no dump holds: who may connect with it (its rights), and its settings
 * (`alter database ... set`, `alter role ... in database ... set`).
 *
 * @throws VeilleurError `restore_unfit` where this user may not.
 */
export async function copyTerms(pool: Pool, from: string, to: string): Promise<void> {
  for (const statement of [...(await rightsOf(pool, from, to)), ...(await settingsOf(pool, from, to))]) {
    try {
      await pool.query(statement);
    } catch (cause) {
      throw new VeilleurError(
        'restore_unfit',
        `the rights and settings of ${from} could not be kept: ${messageOf(cause)} (${statement})`,
        { remedy: 'Restore with the URL of a superuser.', cause },
      );
    }
  }
}

/** Nothing where the rights are those that every new database has. */
async function rightsOf(pool: Pool, from: string, to: string): Promise<string[]> {
  const { rows } = await pool.query<{ grantee: string | null; right: string; passes: boolean }>(
    `select r.rolname::text as grantee, a.privilege_type as right,
       a.is_grantable as passes
     from pg_database d, aclexplode(d.datacl) a left join pg_roles r on r.oid = a.grantee where d.datname = $1`,
    [from],
  );
  const database = pg.escapeIdentifier(to);
  return rows.length === 0
    ? []
    : [
        `revoke all on database ${database} from public`,
        ...rows.map(({ grantee, right, passes }) => {
          const role = grantee === null ? 'public' : pg.escapeIdentifier(grantee);
          return `grant ${right} on database ${database} to ${role}${passes ? ' with grant option' : ''}`;
        }),
      ];
}

/** PostgreSQL keeps these as lists of quoted names; a text would become one name (as pg_dump knows them). */
const LISTS = ['local_preload_libraries', 'search_path', 'session_preload_libraries', 'temp_tablespaces'];

async function settingsOf(pool: Pool, from: string, to: string): Promise<string[]> {
  const { rows } = await pool.query<{ role: string | null; name: string; value: string }>(
    `select r.rolname::text as role, split_part(one, '=', 1) as name, substr(one, strpos(one, '=') + 1) as value
     from pg_database d join pg_db_role_setting s on s.setdatabase = d.oid
     left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) one
     where d.datname = $1`,
    [from],
  );
  const database = pg.escapeIdentifier(to);
  return rows.map(({ role, name, value }) => {
    const what =
      role === null
        ? `alter database ${database}`
        : `alter role ${pg.escapeIdentifier(role)} in database ${database}`;
    const values = LISTS.includes(name) ? namesIn(value) : [value];
    // A name may have a prefix, such as timescaledb.license.
    const setting = name.split('.').map(pg.escapeIdentifier).join('.');
    return `${what} set ${setting} = ${values.map(pg.escapeLiteral).join(', ')}`;
  });
}

const namesIn = (list: string) =>
  [...list.matchAll(/"((?:[^"]|"")*)"|[^\s,]+/g)].map(
    ([bare, quoted]) => quoted?.replaceAll('""', '"') ?? bare,
  );
