import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Engine, removeLocalPostgres, startLocalPostgres } from './index.ts';
import { parentOf } from './process-table.ts';
import { asRoot, embedded, engines, folders, home, query, start } from './test-servers.ts';

test('npm install brought an engine', () => {
  expect(embedded).toMatchObject({ kind: 'embedded', timescaledbVersion: null });
});

test('this machine has TimescaleDB', (context) => {
  if (engines.every((engine) => engine.timescaledbVersion === null)) {
    context.skip('NO TIMESCALEDB HERE: run infra/timescaledb/install.sh to test with it');
  }
});

describe.each(engines)('$kind PostgreSQL $postgresVersion', { timeout: 60_000 }, (engine) => {
  test('keeps what was committed over a stop and over a crash', async () => {
    const server = await start(engine.kind, { engine });
    await query(server, 'create table reading (volume_m3 numeric)');
    await query(server, 'insert into reading values (1.5)');
    await server.stop();
    await server.stop();
    await expect(query(server, 'select 1')).rejects.toThrow('ECONNREFUSED');

    await server.start();
    await query(server, 'insert into reading values (2.5)');
    await server.kill();
    await server.start();
    expect(await query(server, 'select volume_m3 from reading order by 1')).toEqual(['1.5', '2.5']);
    await server.stop();

    const again = await start(engine.kind);
    expect(again.engine.kind).toBe(engine.kind);
    expect(await query(again, 'select count(*)::int from reading')).toEqual([2]);
  });

  test('is set up as the house wants it', async () => {
    const server = await start(engine.kind);
    const shown = await query(
      server,
      `select current_setting(name) from unnest('{server_encoding, timezone, listen_addresses, data_checksums}'::text[]) as name
       union all select datcollate from pg_database where datname = current_database()`,
    );
    expect(shown).toEqual(['UTF8', 'UTC', '127.0.0.1', 'on', 'C']);
    expect(await query(server, "select (now() at time zone 'Europe/Paris') is not null")).toEqual([true]);
    if (engine.timescaledbVersion !== null) {
      await query(server, 'create extension timescaledb');
      const [version] = await query(
        server,
        "select extversion from pg_extension where extname = 'timescaledb'",
      );
      expect(version).toBe(engine.timescaledbVersion);
    }
  });

  test('opens to nobody without the password', async () => {
    const server = await start(engine.kind);
    const stranger = server.url.replace(/:[^:@]+@/, ':guess@');
    await expect(query({ ...server, url: stranger }, 'select 1')).rejects.toThrow('password authentication');
    expect(statSync(join(server.dataFolder, 'password')).mode & 0o777).toBe(0o600);
  });
});

describe.runIf(embedded)('a data folder', { timeout: 60_000 }, () => {
  const engine = embedded as Engine;

  test.runIf(asRoot)(
    'below a folder that is closed to the server account lies in /var/lib/veilleur',
    async () => {
      mkdirSync(join(home, 'closed'), { mode: 0o700 });
      const server = await start('closed/city', { engine });
      expect(server.pgdata).toMatch(/^\/var\/lib\/veilleur\/city-[0-9a-f]{8}\/pgdata$/);
      expect(statSync(join(home, 'closed')).mode & 0o777).toBe(0o700);
      await server.stop();
      await removeLocalPostgres(server.dataFolder);
      expect(existsSync(server.pgdata)).toBe(false);
      expect(existsSync(server.dataFolder)).toBe(false);
    },
  );

  test.runIf(asRoot)('that was deleted by hand gives its old data up, but not for lost', async () => {
    const lines: string[] = [];
    const first = await start('deleted', { engine });
    await first.stop();
    rmSync(first.dataFolder, { recursive: true });
    await start('deleted', { engine, log: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(/data of an earlier folder of this name is kept in .*orphan/);
  });

  test('that the server account can reach holds the data itself', async () => {
    const open = mkdtempSync(join(tmpdir(), 'veilleur-open-'));
    chmodSync(open, 0o755);
    const server = await startLocalPostgres({ dataFolder: open, engine, syncInitialisation: false });
    expect(server.pgdata).toBe(join(open, 'pgdata'));
    await server.stop();
    await removeLocalPostgres(open);
    expect(existsSync(open)).toBe(false);
  });

  test('in use by a living program is refused, and that program goes on', async () => {
    const server = await start('embedded', { engine });
    const refusal = start('embedded', { engine });
    await expect(refusal).rejects.toMatchObject({
      code: 'data_folder_in_use',
      message: expect.stringMatching(/pid \d+/),
    });
    expect(await query(server, 'select 1')).toEqual([1]);
  });

  test('whose program was killed gets its orphaned server stopped, then a new one', async () => {
    const lines: string[] = [];
    const program = await startInOtherProgram('killed');
    program.kill('SIGKILL');
    await once(program, 'exit');
    const server = await start('killed', { engine, log: (line) => lines.push(line) });
    expect(lines.join('\n')).toMatch(/stopping the server \(pid \d+\) that a killed program left/);
    expect(await query(server, 'select volume_m3 from reading')).toEqual(['1.5']);
  });

  test('whose program ends without stop() keeps no server', async () => {
    const program = await startInOtherProgram('forgetful');
    const { postmasterPid } = JSON.parse(readFileSync(join(home, 'forgetful/running.json'), 'utf8'));
    program.stdin?.end();
    await once(program, 'exit');
    await expect.poll(() => parentOf(postmasterPid), { timeout: 10_000 }).toBe(null);
  });

  test('with a pid from before a reboot that is now another program starts', async () => {
    const server = await start('embedded', { engine });
    await server.kill();
    const lockFile = join(server.pgdata, 'postmaster.pid');
    writeFileSync(lockFile, readFileSync(lockFile, 'utf8').replace(/^\d+/, String(process.pid)));
    await server.start();
    expect(await query(server, 'select 1')).toEqual([1]);
  });

  test('moves to no port that is taken', async () => {
    const stranger = createServer().listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const address = stranger.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start('embedded', { engine, port })).rejects.toMatchObject({
      code: 'port_in_use',
      message: `port ${port} of 127.0.0.1 is taken`,
    });
    stranger.close();
  });
});

/** A program with a server and one committed row; it ends when its standard input does. */
async function startInOtherProgram(name: string): Promise<ChildProcess> {
  const dataFolder = join(home, name);
  folders.add(dataFolder);
  const script = `
    import pg from 'pg';
    import { findEngines, startLocalPostgres } from './index.ts';
    const engine = (await findEngines()).find(({ kind }) => kind === 'embedded');
    const server = await startLocalPostgres({ dataFolder: ${JSON.stringify(dataFolder)}, engine, syncInitialisation: false });
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query('create table reading (volume_m3 numeric); insert into reading values (1.5)');
    await client.end();
    console.log('ready');
    process.stdin.resume();`;
  const program = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(program.stdout, 'data');
  return program;
}
