import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { VeilleurError } from '@veilleur/domain';

/**
 * Who runs the server. PostgreSQL refuses to run as root, so root hands it to another account; anyone
 * else runs it as themselves.
 */
export type ServerAccount =
  | { readonly kind: 'ourselves' }
  | { readonly kind: 'other'; readonly name: string; readonly uid: number; readonly gid: number };

/**
 * The account for new data: `VEILLEUR_POSTGRES_USER`, else postgres, else nobody.
 * @throws `postgres_user_missing` when the machine has no such account
 */
export function accountForNewData(env: NodeJS.ProcessEnv): ServerAccount {
  if (!weAreRoot()) return { kind: 'ourselves' };
  const wanted = env.VEILLEUR_POSTGRES_USER ? [env.VEILLEUR_POSTGRES_USER] : ['postgres', 'nobody'];
  const accounts = readAccounts();
  for (const name of wanted) {
    const account = accounts.find((candidate) => candidate.name === name && candidate.uid !== 0);
    if (account !== undefined) return account;
  }
  throw new VeilleurError(
    'postgres_user_missing',
    `there is no account ${wanted.join(' or ')} to run PostgreSQL`,
    {
      remedy: 'PostgreSQL does not run as root: name an existing account in VEILLEUR_POSTGRES_USER',
    },
  );
}

/**
 * The account for data that exists: its owner, for PostgreSQL takes no other. So data made as nobody
 * stays usable when an account postgres appears later.
 * @throws `data_folder_forbidden` when the data is somebody else's
 */
export function accountForData(pgdata: string): ServerAccount {
  const { uid, gid } = statSync(pgdata);
  const forbidden = (remedy: string) =>
    new VeilleurError('data_folder_forbidden', `${pgdata} belongs to uid ${uid}`, { remedy });
  if (!weAreRoot()) {
    if (process.getuid !== undefined && uid !== process.getuid()) {
      throw forbidden(
        'start Veilleur as the account that it was first started with, or choose another data folder',
      );
    }
    return { kind: 'ourselves' };
  }
  if (uid === 0)
    throw forbidden('PostgreSQL does not run as root: give the folder back to its account with chown -R');
  const name = readAccounts().find((candidate) => candidate.uid === uid)?.name ?? String(uid);
  return { kind: 'other', name, uid, gid };
}

/** Whether the account gets at the file or folder: permission bits, access lists and mounts included. */
export function canReach(account: ServerAccount, path: string): boolean {
  if (account.kind === 'ourselves') return true;
  // Asked of the kernel in that account's name; the current folder may be closed to it, hence cwd.
  const asked = spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', path], {
    cwd: '/',
    ...spawnIdentity(account),
  });
  return asked.status === 0;
}

/** What `spawn` needs to run a program as the account. */
export function spawnIdentity(account: ServerAccount): { uid?: number; gid?: number } {
  return account.kind === 'other' ? { uid: account.uid, gid: account.gid } : {};
}

function weAreRoot(): boolean {
  return process.getuid?.() === 0;
}

type OtherAccount = Extract<ServerAccount, { kind: 'other' }>;

/** /etc/passwd only: initdb looks its own account up, and a network directory may be away. */
function readAccounts(): readonly OtherAccount[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4)
    .map(([name = '', , uid, gid]) => ({ kind: 'other', name, uid: Number(uid), gid: Number(gid) }));
}
