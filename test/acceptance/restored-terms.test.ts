import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@veilleur/store';
import { expect, it } from 'vitest';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { veilleurSays } from '../support/run-veilleur.ts';

describeOnEachEngine('a database that a backup takes the place of', (engine) => {
  const endings = endingsAfterEach();

  /** A database with a backup of it, to which nobody is connected. */
  async function place() {
    const admin = connect(new URL('postgres', engine.url).href, { maximum: 1 });
    endings.push(() => admin.end());
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { url } = database;
    const name = new URL(url).pathname.slice(1);
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-backup-'));
    endings.push(() => rm(folder, { recursive: true }));
    await veilleurSays(['backup', folder], { DATABASE_URL: url });
    const [made = ''] = await readdir(folder);
    const restore = async () => {
      await admin.query(
        'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
        [name],
      );
      await veilleurSays(['restore', join(folder, made), '--replace'], { DATABASE_URL: url });
    };
    const termsOf = async () => {
      const { rows } = await admin.query(
        `select d.oid, array(select a::text from unnest(d.datacl) a order by 1) as rights,
           array(select coalesce(r.rolname, '') || ' ' || one from pg_db_role_setting s
                 left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) one
                 where s.setdatabase = d.oid order by 1) as settings
         from pg_database d where datname = $1`,
        [name],
      );
      const { oid, ...terms } = rows[0] as { oid: number; rights: string[]; settings: string[] };
      return { oid, terms };
    };
    return { admin, name, restore, termsOf };
  }

  it('hands it its rights and its settings, those of roles in it too', async () => {
    const { admin, name, restore, termsOf } = await place();
    const role = `reader of ${name}`;
    await admin.query(`create role "${role}"`);
    endings.push(() => admin.query(`drop owned by "${role}"; drop role "${role}"`));
    await admin.query(`revoke connect, temporary on database ${name} from public`);
    await admin.query(`grant connect on database ${name} to "${role}" with grant option`);
    await admin.query(`alter database ${name} set search_path = "$user", public, 'a "b" c'`);
    await admin.query(`alter database ${name} set statement_timeout = '7min'`);
    await admin.query(`alter database ${name} set veilleur.note = 'l''été = 1, 2'`);
    await admin.query(`alter role "${role}" in database ${name} set default_transaction_read_only = on`);
    const before = await termsOf();
    expect(before.terms.rights).toHaveLength(2);
    expect(before.terms.settings).toHaveLength(4);

    await restore();
    const after = await termsOf();
    expect(after.oid, 'it is another database').not.toBe(before.oid);
    expect(after.terms).toEqual(before.terms);
  });

  it('leaves it as every new one is, where nobody said otherwise', async () => {
    const { restore, termsOf } = await place();
    await restore();
    expect((await termsOf()).terms).toEqual({ rights: [], settings: [] });
  });
});
