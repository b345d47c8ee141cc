import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  pullJobs,
  pullNow,
  readConsumptionConfig,
  readOperatorsFile,
  startConsumption,
} from '@veilleur/consumption';
import { FakeEnedis, FakeGrdf } from '@veilleur/operators';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { addPoint, lastRuns, type Pool } from '@veilleur/store';
import { expect, it } from 'vitest';
import { until } from '../support/bridge-under-test.ts';
import { Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { operatorsFile, type SourceTold } from '../support/operators-file.ts';
import { REPOSITORY } from '../support/repository.ts';
import { runVeilleur } from '../support/run-veilleur.ts';
import { newStackPlace, startStackProcess } from '../support/stack-process.ts';

const ZONE = 'Europe/Paris';
const PRM = '09111642617347';
const HALF_HOUR_MS = 1_800_000;
const today = () => Temporal.Now.plainDateISO(ZONE);
const daysAgo = (days: number) => today().subtract({ days }).toString();
const startOf = (day: string) => Temporal.PlainDate.from(day).toZonedDateTime(ZONE).epochMilliseconds;
/** Half hours of the last whole days: days have 23 and 25 hours, too. */
const halfHours = (days: number) => (startOf(daysAgo(0)) - startOf(daysAgo(days))) / HALF_HOUR_MS;
const prm = (i: number) => String(10_000_000_000_000 + i);
/** Watts of the half hour that ends at `at`: another value each, and for each point. */
const watts = (point: string, at: Date) =>
  400 + 2 * ((at.getTime() / HALF_HOUR_MS + Number(point.slice(-2))) % 37);

interface PullAnswer {
  readonly pulls: readonly {
    readonly source: string;
    readonly outcome: string;
    readonly error?: string;
    readonly detail: Readonly<Record<string, unknown>>;
  }[];
}

describeOnEachEngine('pulls from operators', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return database;
  }

  async function enedisOf(points: readonly string[]): Promise<FakeEnedis> {
    const enedis = await new FakeEnedis().listen();
    endings.push(() => enedis.stop());
    enedis.clock = () => Date.now();
    enedis.today = today().toString();
    for (const point of points) enedis.points.add(point);
    enedis.power = watts;
    return enedis;
  }

  async function sourcesOf(...sources: SourceTold[]) {
    return readOperatorsFile(await operatorsFile(endings, sources), {});
  }

  /** A program with an OPERATORS_FILE, until it is killed or has ended. */
  function start(args: readonly string[], environment: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [`${REPOSITORY}services/cli/src/main.ts`, ...args], {
      cwd: REPOSITORY,
      env: { ...process.env, LANG: 'C', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (bytes) => {
      output += String(bytes);
    });
    child.stderr.on('data', (bytes) => {
      errors += String(bytes);
    });
    const ended = once(child, 'close');
    const kill = async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    };
    endings.push(kill);
    return { child, ended, kill, output: () => output, errors: () => errors };
  }

  const lastPull = async (pool: Pool) => (await lastRuns(pool)).find(({ job }) => job === 'pull:curves');

  const checkpointOf = async (pool: Pool): Promise<Record<string, string>> =>
    (await pool.query<{ checkpoint: Record<string, string> | null }>('select checkpoint from import_run'))
      .rows[0]?.checkpoint ?? {};

  it('fill consumption as the import of a file does, through pages, 429 and 503; again changes nothing', async () => {
    const enedis = await enedisOf([PRM]);
    const since = daysAgo(7);
    const file = await operatorsFile(endings, [{ name: 'curves', operator: enedis, points: [PRM], since }]);
    const answer = join(dirname(file), 'answer.json');
    await writeFile(answer, await curveOf(enedis, PRM, since));

    const byFile = await place();
    await runVeilleur(['import', answer, '--add-points', '--json'], { DATABASE_URL: byFile.url });
    const byPull = await place();
    enedis.requests.length = 0;
    enedis.pageSize = 100;
    enedis.fail({ status: 429, retryAfter_s: 1 });
    enedis.fail({ status: 503 });
    const pull = async (...args: string[]) => {
      const { stdout } = await runVeilleur(['import', 'pull', '--json', ...args], {
        DATABASE_URL: byPull.url,
        OPERATORS_FILE: file,
      });
      return JSON.parse(stdout) as PullAnswer;
    };
    expect(await pull()).toMatchObject({
      pulls: [
        {
          source: 'curves',
          outcome: 'done',
          detail: {
            points: 1,
            readings: halfHours(7),
            changed: halfHours(7),
            problems: 0,
            retries: 2,
            upTo: today().toString(),
            newest: new Date(startOf(today().toString())).toISOString(),
          },
        },
      ],
    });
    expect(enedis.requests, 'pages and what was tried again').toHaveLength(2 + Math.ceil(halfHours(7) / 100));

    const hours = async ({ pool }: { readonly pool: Pool }) => {
      await new Workbench(pool, new Date()).settle();
      const { rows } = await pool.query(
        `select point, quantity, bucket, from_time, value, quality, method from named_consumption order by 1, 2, 3, 4`,
      );
      return rows as object[];
    };
    const pulled = await hours(byPull);
    expect(pulled.length).toBeGreaterThan(7 * 24);
    expect(pulled).toEqual(await hours(byFile));

    const again = { changed: 0, readings: halfHours(3) };
    expect(await pull('curves')).toMatchObject({ pulls: [{ outcome: 'done', detail: again }] });
    expect(await hours(byPull)).toEqual(pulled);

    const jobs = await runVeilleur(['jobs'], { DATABASE_URL: byPull.url, LANG: 'C', LC_ALL: '' });
    expect(jobs.status).toBe(0);
    expect(jobs.stdout).toMatch(/pull:curves .*done/);
    expect(jobs.stdout).toContain(`${halfHours(3)} readings of 1 points: 0 new or revised; days before`);
  });

  it('supersede a value that the operator revises, and keep what was known before', async () => {
    const { pool } = await place();
    const grdf = await new FakeGrdf().listen();
    endings.push(() => grdf.stop());
    grdf.clock = () => Date.now();
    grdf.points.add('GI000001');
    // Twelve m3 a day; until 11 March GRDF believes that the index of the 9th at 06:00 was two lower.
    const indexAt = (day: Temporal.PlainDate, known: Temporal.PlainDate) => {
      const isWrong = day.equals('2026-03-09') && Temporal.PlainDate.compare(known, '2026-03-11') < 0;
      return 1000 + 12 * Temporal.PlainDate.from('2026-03-01').until(day).days - (isWrong ? 2 : 0);
    };
    grdf.day = (_, day, age) => {
      const known = day.add({ days: age });
      return { startIndex: indexAt(day, known), endIndex: indexAt(day.add({ days: 1 }), known), energy: 130 };
    };
    const [source] = await sourcesOf({ name: 'gas', operator: grdf, points: 'all', since: '2026-03-01' });
    if (source === undefined) throw new Error('the file has no source');
    await addPoint(pool, { code: 'GI000001', kind: 'pce', quantity: 'gas_volume' });
    await addPoint(pool, { code: 'GI000002', kind: 'pce', quantity: 'gas_volume', operator: 'another' });
    const bench = new Workbench(pool, new Date('2026-03-10T08:00:00Z'));
    const night = async (now: string) => {
      bench.now = new Date(now);
      grdf.today = now.slice(0, 10);
      const outcome = await pullNow(source, { pool, now: bench.now, clock: () => bench.now });
      await bench.settle();
      return outcome;
    };
    const days = (asOf?: string) =>
      bench.consumption('GI000001', 'day', '2026-03-07 06:00', '2026-03-10 06:00', {
        quantity: 'gas_volume',
        ...(asOf === undefined ? {} : { asOf: new Date(asOf) }),
      });

    expect(await night('2026-03-10T08:00:00Z')).toMatchObject({
      kind: 'done',
      detail: { points: 1, problems: 0 },
    });
    const believed = [
      '2026-03-07 06:00 12 measured',
      '2026-03-08 06:00 10 measured',
      '2026-03-09 06:00 14 measured',
    ];
    expect(await days()).toEqual(believed);
    expect(await night('2026-03-11T08:00:00Z')).toMatchObject({ kind: 'done' });
    expect(await days()).toEqual([
      '2026-03-07 06:00 12 measured',
      '2026-03-08 06:00 12 measured',
      '2026-03-09 06:00 12 measured',
    ]);
    expect(await days('2026-03-10T12:00:00Z'), 'what was known the day before').toEqual(believed);
    const { rows } = await pool.query(
      `select (value / 1e6)::float8 as m3, superseded_at from operator_reading
       where kind = 'index' and to_time = '2026-03-09T05:00Z' order by known_at, superseded_at`,
    );
    expect(rows.map(({ m3 }) => m3)).toEqual([1094, 1096]);
    expect(rows.map(({ superseded_at }) => superseded_at)).toEqual([new Date('2026-03-11T08:00:00Z'), null]);
    expect(grdf.requests.at(-1)?.query.get('date_debut'), 'days of before are not asked for').toBe(
      '2026-03-07',
    );
  });

  it('end as failed with what to do; the other sources go on, and so does the next pull', async () => {
    const { url, pool } = await place();
    const enedis = await enedisOf([prm(1), prm(2), prm(3)]);
    enedis.withoutConsent.add(prm(2));
    const since = daysAgo(5);
    const told = { operator: enedis, since };
    const file = await operatorsFile(endings, [
      { ...told, name: 'a-stranger', points: [prm(1)], more: { clientId: 'stranger' } },
      { ...told, name: 'b-consent', points: [prm(2)] },
      { ...told, name: 'c-some', points: [prm(1), prm(2), prm(9)], more: { addPoints: 'false' } },
    ]);
    await addPoint(pool, { code: prm(1), kind: 'prm', quantity: 'active_energy_import' });
    await addPoint(pool, { code: prm(2), kind: 'prm', quantity: 'active_energy_import' });
    const veilleur = (...args: string[]) =>
      runVeilleur(args, { DATABASE_URL: url, OPERATORS_FILE: file, LANG: 'C', LC_ALL: '' });
    const { status, stdout } = await veilleur('import', 'pull', '--json');
    expect(status).toBe(1);
    const { pulls } = JSON.parse(stdout) as PullAnswer;
    expect(pulls).toMatchObject([
      { outcome: 'failed', detail: { code: 'operator_credentials_refused', changed: 0 } },
      {
        outcome: 'failed',
        error: expect.stringContaining('none of its points could be pulled'),
        detail: { code: 'consent_missing', remedy: expect.stringContaining('consent') },
      },
      {
        outcome: 'done',
        detail: {
          points: 2,
          changed: halfHours(5),
          problems: 2,
          failedPoints: [
            { point: prm(9), code: 'point_unknown', remedy: expect.stringContaining('veilleur point add') },
            { point: prm(2), code: 'consent_missing' },
          ],
        },
      },
    ]);
    expect(
      enedis.requests.filter(({ query }) => query.get('usage_point_id') === prm(9)),
      'what is not ours is not asked for',
    ).toEqual([]);

    const jobs = await veilleur('jobs');
    expect(jobs.status).toBe(1);
    expect(jobs.stdout).toMatch(/pull:a-stranger .*failed/);
    expect(jobs.stdout).toContain("the operator refuses the client's id or secret. Check them on");
    expect(jobs.stdout).not.toContain(enedis.clientSecret);
    expect((await veilleur('import', 'pull', 'nobody')).stderr).toContain('a-stranger, b-consent, c-some');

    // The operator is away after the first window of two.
    const [source] = await sourcesOf({ ...told, name: 'away', points: [prm(1), prm(3)] });
    if (source === undefined) throw new Error('the file has no source');
    let windows = 0;
    const now = new Date();
    const away = await pullNow(source, {
      pool,
      now,
      clock: () => now,
      retry: { attempts: 2, base_ms: 1 },
      onStored: () => {
        windows += 1;
        if (windows === 1) enedis.fail({ status: 503, times: 2 });
      },
    });
    expect(away).toMatchObject({
      kind: 'failed',
      error: expect.stringContaining('HTTP 503, 2 times'),
      detail: { code: 'operator_unreachable', readings: halfHours(5) },
    });
    enedis.requests.length = 0;
    expect(await pullNow(source, { pool, now, clock: () => now })).toMatchObject({
      kind: 'done',
      detail: { points: 2, readings: halfHours(3) + halfHours(5), changed: halfHours(5) },
    });
    expect(enedis.requests.map(({ query }) => query.get('start'))).toEqual([daysAgo(3), since]);
  });

  it('killed with -9 in the middle, twice: nothing is lost, nothing there twice, nothing stored asked for again', async () => {
    const { url, pool } = await place();
    const points = [prm(1), prm(2), prm(3)];
    const since = daysAgo(35);
    const enedis = await enedisOf(points);
    enedis.pageSize = 200;
    const file = await operatorsFile(endings, [{ name: 'curves', operator: enedis, points, since }]);
    const service = () =>
      start(['start', 'consumption'], {
        DATABASE_URL: url,
        OPERATORS_FILE: file,
        CONSUMPTION_METRICS_PORT: '0',
        LOG_LEVEL: 'error',
      });
    const windowsOf = (checkpoint: Readonly<Record<string, string>>) =>
      Object.values(checkpoint).reduce(
        (sum, day) => sum + Temporal.PlainDate.from(since).until(day).days / 7,
        0,
      );
    let windows = 0;
    for (const kill of [1, 2]) {
      const before = await checkpointOf(pool);
      const { kill: killNow, errors } = service();
      await until(
        async () => windowsOf(await checkpointOf(pool)) >= windows + 3,
        60_000,
        () => `three windows more before kill ${kill}; it said ${errors()}`,
      );
      expect(await lastPull(pool)).toMatchObject({ outcome: 'running' });
      await killNow();
      await until(
        async () => (await lastPull(pool))?.outcome === 'cut_off',
        10_000,
        () => 'PostgreSQL to see that the process is gone',
      );
      windows = windowsOf(await checkpointOf(pool));
      expect(windows, 'it was in the middle of some fourteen').toBeLessThan(13);
      askedOnlyWhatWasNotStored(enedis, before, since);
      enedis.requests.length = 0;
    }
    const before = await checkpointOf(pool);
    service();
    await until(
      async () => (await lastPull(pool))?.outcome === 'done',
      60_000,
      () => 'the pull to end',
    );
    askedOnlyWhatWasNotStored(enedis, before, since);
    expect(enedis.requests.length).toBeGreaterThan(0);

    const { rows: stored } = await pool.query<{ code: string; to_time: Date; value: number }>(
      `select p.code, o.to_time, o.value from operator_reading o join metering_point p on p.id = o.point_id
       where o.superseded_at is null order by p.code, o.to_time`,
    );
    const expected = points.flatMap((code) =>
      Array.from({ length: halfHours(35) }, (_, i) => {
        const at = new Date(startOf(since) + (i + 1) * HALF_HOUR_MS);
        return `${code} ${at.toISOString()} ${(watts(code, at) / 2) * 1000}`;
      }),
    );
    expect(stored.map(({ code, to_time, value }) => `${code} ${to_time.toISOString()} ${value}`)).toEqual(
      expected,
    );
    const { rows: superseded } = await pool.query(
      'select from operator_reading where superseded_at is not null',
    );
    expect(superseded).toEqual([]);
    const { rows: runs } = await pool.query(
      `select outcome from job_run where job = 'pull:curves' order by id`,
    );
    expect(runs.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'done']);
  });

  it('two processes at once: one pulls, the other lets it be', async () => {
    const { url, pool } = await place();
    const enedis = await enedisOf([PRM]);
    const since = daysAgo(14);
    const file = await operatorsFile(endings, [{ name: 'curves', operator: enedis, points: [PRM], since }]);
    const environment = { DATABASE_URL: url, OPERATORS_FILE: file };
    // The first is at it until this lock is given back.
    const client = await pool.connect();
    endings.push(async () => client.release(true));
    await client.query('begin; lock table import_run in exclusive mode');
    const first = start(['import', 'pull', '--json'], environment);
    await until(
      async () => (await lastPull(pool))?.outcome === 'running',
      30_000,
      () => `the first to begin; it said ${first.errors()}`,
    );
    const second = await runVeilleur(['import', 'pull', '--json'], environment);
    expect(second.status).toBe(1);
    expect(JSON.parse(second.stdout)).toEqual({ pulls: [{ source: 'curves', outcome: 'busy' }] });
    const jobs = await runVeilleur(['jobs', '--json'], environment);
    expect(JSON.parse(jobs.stdout)).toMatchObject({ jobs: [{ job: 'pull:curves', outcome: 'running' }] });
    expect(enedis.requests).toEqual([]);
    await client.query('commit');
    await first.ended;
    expect(JSON.parse(first.output())).toMatchObject({
      pulls: [{ outcome: 'done', detail: { upTo: today().toString() } }],
    });
    expect(enedis.requests, 'two windows, once').toHaveLength(2);
  });

  it('do not hold up a stop, and go on at the next start', async () => {
    const { url, pool } = await place();
    const enedis = await enedisOf([PRM]);
    const sources = await sourcesOf({ name: 'curves', operator: enedis, points: [PRM], since: daysAgo(5) });
    const startService = () => {
      const registry = createMetrics();
      return startConsumption(readConsumptionConfig({ DATABASE_URL: url, CONSUMPTION_PARTITIONS: '1' }), {
        pool,
        registry,
        log: createLogger('silent'),
        jobs: pullJobs(sources, { pool, registry }),
      });
    };
    enedis.fail({ status: 429, retryAfter_s: 3600 });
    const first = await startService();
    await until(
      () => enedis.requests.length === 1,
      10_000,
      () => 'the first request',
    );
    const began = performance.now();
    await first.stop();
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(await lastPull(pool)).toMatchObject({
      outcome: 'failed',
      detail: { code: 'pull_stopped', readings: 0 },
      lastDoneAt: null,
    });
    const second = await startService();
    endings.push(() => second.stop());
    await until(
      async () => (await lastPull(pool))?.outcome === 'done',
      20_000,
      () => 'the second start to pull',
    );
    expect((await lastPull(pool))?.detail).toMatchObject({
      readings: halfHours(5),
      upTo: today().toString(),
    });
  });

  it('run in npm start, and are seen at /api/jobs and on the metrics page', async () => {
    const { url } = await place();
    const enedis = await enedisOf([PRM]);
    const file = await operatorsFile(endings, [
      { name: 'curves', operator: enedis, points: [PRM], since: daysAgo(5) },
    ]);
    const stackPlace = await newStackPlace(endings);
    const stack = startStackProcess(endings, stackPlace, {
      DATABASE_URL: url,
      DEMO: 'false',
      OPERATORS_FILE: file,
    });
    await until(
      () => stack.output().includes('Ctrl-C'),
      60_000,
      () => `a start; it said ${stack.output()} ${stack.errors()}`,
    );
    interface Jobs {
      readonly jobs: readonly { readonly job: string; readonly outcome: string; readonly detail: object }[];
    }
    let told: Jobs['jobs'][number] | undefined;
    await until(
      async () => {
        told = (await stack.get<Jobs>('/api/jobs')).jobs.find(({ job }) => job === 'pull:curves');
        return told?.outcome === 'done';
      },
      30_000,
      () => `the pull; it is ${JSON.stringify(told)} ${stack.errors()}`,
    );
    expect(told).toMatchObject({ detail: { points: 1, changed: halfHours(5), upTo: today().toString() } });
    const metrics = await fetch(`http://127.0.0.1:${stackPlace.httpPort}/metrics`).then((page) =>
      page.text(),
    );
    expect(metrics).toContain(`veilleur_pull_readings_total{source="curves"} ${halfHours(5)}`);
    expect(metrics).toContain('veilleur_consumption_jobs_total{job="pull:curves",outcome="done"} 1');
    expect(metrics).toMatch(/veilleur_pull_last_done_timestamp_seconds\{source="curves"\} \d{10}/);
  });

  it('of a file that is wrong stop the start, with the line and what to do', async () => {
    const enedis = await enedisOf([PRM]);
    const file = await operatorsFile(endings, [
      { name: 'curves', operator: enedis, points: [PRM], since: 'soon' },
    ]);
    const { status, stderr } = await runVeilleur(['start', 'consumption'], {
      DATABASE_URL: 'postgres://127.0.0.1:1/nothing',
      OPERATORS_FILE: file,
    });
    expect(status).toBe(1);
    expect(stderr).toContain(`${file}:11:12: sources.0.since: expected a day such as`);
    expect(stderr).toContain('infra/operators.example.yaml');
  });
});

/** Each request begins at or after the day that the checkpoint of its point tells. */
function askedOnlyWhatWasNotStored(
  enedis: FakeEnedis,
  checkpoint: Readonly<Record<string, string>>,
  since: string,
): void {
  for (const { query } of enedis.requests) {
    const point = query.get('usage_point_id') ?? '';
    const from = checkpoint[point] ?? since;
    const asked = query.get('start') ?? '';
    expect(asked >= from, `${point} was asked for ${asked}, stored up to ${from}`).toBe(true);
  }
}

/** An answer of Data Connect as a person would save it. */
async function curveOf(enedis: FakeEnedis, point: string, since: string): Promise<string> {
  const { baseUrl, tokenUrl, clientId, clientSecret } = enedis.credentials;
  const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const granted = await fetch(tokenUrl, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token } = (await granted.json()) as { access_token: string };
  const range = new URLSearchParams({ usage_point_id: point, start: since, end: today().toString() });
  const answer = await fetch(`${baseUrl}/metering_data_clc/v5/consumption_load_curve?${range.toString()}`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  return answer.text();
}
