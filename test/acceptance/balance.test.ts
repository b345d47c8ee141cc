import { startApi } from '@veilleur/api';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { addPoint, install } from '@veilleur/store';
import { expect, it } from 'vitest';
import { hourly, paris, terms, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';

describeOnEachEngine('a district’s balance, on the command line and over HTTP', (engine) => {
  const endings = endingsAfterEach();

  async function district() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const bench = new Workbench(database.pool, paris('2026-03-05 00:00'));
    const start = paris('2026-03-01 00:00');
    for (const [number, [code, use, hours]] of (
      [
        ['D-1', 0.5, 72],
        ['W-1', 0.2, 72],
        ['W-2', 0.2, 48],
      ] as const
    ).entries()) {
      const device = `70b3d5e75e00000${number}`;
      await bench.tell(
        device,
        hourly(start, hours, () => use),
        'at once',
      );
      const parent = code === 'D-1' ? undefined : 'D-1';
      const { id } = await addPoint(bench.pool, { code, kind: 'own', quantity: 'water_volume', parent });
      await install(bench.pool, id, terms(device), { reason: 'first', now: bench.now });
    }
    await bench.settle();
    const environment = { DATABASE_URL: database.url, LANG: 'C' };
    return { bench, environment };
  }

  const asked = ['balance', 'D-1', '--from', '2026-03-01', '--to', '2026-03-04', '--bucket', 'day'];

  it('is a table that says what is lost, and why nothing is known', async () => {
    const { environment } = await district();
    const table = await veilleurSays(asked, environment);
    expect(table.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['D-1 against 2 parts: Water index, m³'],
      ['start', 'meter', 'parts', 'difference', '%', '±', 'verdict'],
      ['2026-03-01', '12', '9.6', '2.4', '20.0', '0.003', 'loss'],
      ['2026-03-02', '12', '9.6', '2.4', '20.0', '0.003', 'loss'],
      ['2026-03-03', '12', '4.8', 'unknown: 1 of 2 missing: W-2'],
      [''],
    ]);
    expect(await veilleurSays(asked.slice(0, -2), environment), 'of three days nobody wants months').toBe(
      table,
    );
    const french = await veilleurSays(asked, { ...environment, LANG: 'fr_FR.UTF-8' });
    expect(french).toContain('D-1 face à 2 parties');
    expect(french).toContain('perte');
    expect(french).toContain('inconnu : 1 sur 2 manquent : W-2');
  });

  it('is CSV for spreadsheets, in French with decimal commas, and one JSON object', async () => {
    const { environment } = await district();
    const csv = await veilleurSays([...asked, '--as', 'csv'], environment);
    expect(csv.split('\r\n')).toEqual([
      'start,quantity,unit,meter,parts,difference,difference / meter,±,verdict,why,missing,unbounded',
      '2026-03-01,water_volume,m3,12,9.6,2.4,0.2000,0.003,loss,,,',
      '2026-03-02,water_volume,m3,12,9.6,2.4,0.2000,0.003,loss,,,',
      '2026-03-03,water_volume,m3,12,4.8,,,,unknown,parts_missing,W-2,',
      '',
    ]);
    const french = await veilleurSays([...asked, '--as', 'csv'], { ...environment, LANG: 'fr_FR.UTF-8' });
    expect(french).toContain('2026-03-01;water_volume;m3;12;"9,6";"2,4";"0,2000";"0,003";loss;;;');
    expect(JSON.parse(await veilleurSays([...asked, '--json'], environment))).toMatchObject({
      point: 'D-1',
      quantity: 'water_volume',
      unit: 'm3',
      parts: 2,
      buckets: [
        {
          parent: 12,
          parts: 9.6,
          difference: 2.4,
          relative: 0.2,
          uncertainty: 0.003,
          verdict: 'loss',
          why: null,
        },
        { verdict: 'loss' },
        { difference: null, why: 'parts_missing', missing: { count: 1, codes: ['W-2'] } },
      ],
    });
    const refused = await runVeilleur(['balance', 'W-1'], environment);
    expect(refused).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('no metering point has W-1'),
    });
    expect((await runVeilleur([...asked.slice(0, 2), '--bucket', 'hour'], environment)).status).toBe(2);
    const before = ['balance', 'D-1', '--from', '2020-01-01', '--to', '2020-02-01'];
    expect(await runVeilleur(before, environment)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('No whole day of that time is known'),
    });
    expect(await runVeilleur([...asked.slice(0, -1), 'month'], environment)).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('No whole month of that time is known'),
    });
  });

  it('is the same over HTTP, and described there', async () => {
    const { bench } = await district();
    const api = await startApi(
      { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris' },
      { pool: bench.pool, registry: createMetrics(), log: createLogger('silent') },
    );
    endings.push(() => api.stop());
    const get = async (path: string) => {
      const answer = await fetch(`${api.url}${path}`);
      return { status: answer.status, body: (await answer.json()) as Record<string, never> };
    };
    const { body } = await get('/api/points/D-1/balance?from=2026-03-01&to=2026-03-04&bucket=day');
    expect(body).toMatchObject({
      point: 'D-1',
      unit: 'm3',
      bucket: 'day',
      parts: 2,
      balance: [
        {
          start: '2026-02-28T23:00:00.000Z',
          parent: 12,
          parts: 9.6,
          difference: 2.4,
          relative: 0.2,
          uncertainty: 0.003,
          verdict: 'loss',
          why: null,
        },
        { verdict: 'loss' },
        { difference: null, verdict: 'unknown', why: 'parts_missing', missing: { count: 1, codes: ['W-2'] } },
      ],
    });
    expect(await get('/api/points/W-1/balance?from=2026-03-01&to=2026-03-04')).toMatchObject({
      status: 400,
      body: { code: 'balance_without_parts', remedy: expect.stringContaining('--parent W-1') },
    });
    expect((await get('/api/points/none/balance?from=2026-03-01&to=2026-03-04')).status).toBe(404);
    const hours = await get('/api/points/D-1/balance?from=2026-03-01&to=2026-03-04&bucket=hour');
    expect(hours).toMatchObject({ status: 400, body: { code: 'request_invalid' } });
    const { body: described } = await get('/api/openapi.json');
    expect(Object.keys(described.paths ?? {})).toContain('/api/points/{code}/balance');
  });
});
