import { Settler } from '@veilleur/consumption';
import { consumptionOfPoint, listPoints, type Pool, putSite } from '@veilleur/store';
import { expect, it } from 'vitest';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { realData } from '../support/repository.ts';
import { runVeilleur } from '../support/run-veilleur.ts';

const GRDF = realData('grdf/daily-readings.json');
const CURVE = realData('enedis/c5-load-curve.csv');
const INDEXES = realData('enedis/c5-daily-index.csv');
const YEAR_2021 = { from: new Date('2020-12-31T23:00:00Z'), to: new Date('2021-12-31T23:00:00Z') };

describeOnEachEngine('what operators really exported, through the command line', (engine) => {
  const endings = endingsAfterEach();

  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    // Exit status 1: some line was not understood; the answer says which.
    const veilleur = async (...args: string[]) =>
      (await runVeilleur(args, { DATABASE_URL: database.url, LANG: 'C' })).stdout;
    return { pool: database.pool, veilleur };
  }

  async function settle(pool: Pool) {
    const settler = new Settler({
      pool,
      timeZone: 'Europe/Paris',
      graceMs: 36 * 3_600_000,
      restMs: 0,
      batchSize: 50,
      log: {
        warn: () => {},
        error: (line: object) => {
          throw new Error(JSON.stringify(line));
        },
      },
      clock: () => new Date('2023-01-01T12:00:00Z'),
    });
    while ((await settler.settleSome()) > 0);
  }

  it.skipIf(GRDF === null)(
    'GRDF: 2,079 m3 in 2021 by the index, and the day without a reading is no zero',
    async () => {
      const { pool, veilleur } = await place();
      await putSite(pool, { code: 'home', name: 'Home', kind: 'household' });
      const args = ['import', GRDF ?? '', '--add-points', '--json'];
      const told = JSON.parse(await veilleur(...args)) as { changed: number; added: string[] };
      expect(told.added).toHaveLength(1);
      expect(JSON.parse(await veilleur(...args))).toHaveProperty('alreadyImportedAt');
      await settle(pool);
      const [point] = await listPoints(pool);
      const code = point?.code ?? '';
      const gas = { ...YEAR_2021, quantity: 'gas_volume' } as const;
      const months = await consumptionOfPoint(pool, code, { bucket: 'month', ...gas });
      expect(months).toHaveLength(12);
      expect(months.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(2079e6);
      const days = await consumptionOfPoint(pool, code, { bucket: 'day', ...gas });
      expect(days.reduce((sum, { value }) => sum + (value ?? 0), 0)).toBe(2079e6);
      const around = days.slice(220, 224).map(({ start, quality }) => `${start.toISOString()} ${quality}`);
      expect(
        days.filter(({ quality }) => quality !== 'measured').length,
        around.join(', '),
      ).toBeLessThanOrEqual(2);
      const { rows } = await pool.query('select count(*) as hours from consumption_hour');
      expect(rows[0].hours, 'nobody knows the hours of a meter that is read once a day').toBe(0);
      await pool.query(`update metering_point set site_id = (select id from site)`);
      const report = await veilleur('site', 'report', 'home', '--from', '2021-01-01', '--to', '2022-01-01');
      expect(report).toContain('2,079 m³');
      expect(report).toContain('23,151.2 kWh PCS');
      expect(report).toContain('against the same 12 months a year before');
      expect(report).toMatch(/2021-01 +\d+ +█/);
    },
  );

  it.skipIf(CURVE === null || INDEXES === null)(
    'Enedis: the curve and the indexes of one meter make one consumption, to the Wh',
    async () => {
      const { pool, veilleur } = await place();
      for (const file of [CURVE, INDEXES]) {
        await veilleur('import', file ?? '', '--add-points', '--json');
      }
      await settle(pool);
      const points = await listPoints(pool);
      expect(points).toHaveLength(1);
      const code = points[0]?.code ?? '';
      const total = { channel: 0, quantity: 'active_energy_import' } as const;
      const hole = { from: new Date('2021-02-05T23:00:00Z'), to: new Date('2021-02-06T23:00:00Z') };
      const hours = await consumptionOfPoint(pool, code, { bucket: 'hour', ...total, ...hole });
      const estimated = hours.filter(({ quality }) => quality === 'estimated');
      const wattHours = (rows: readonly { value: number | null }[]) =>
        rows.reduce((sum, { value }) => sum + (value ?? 0), 0) / 1000;
      expect(hours).toHaveLength(24);
      expect(wattHours(hours), 'the index of the day').toBe(26_453);
      expect(wattHours(estimated), 'the hour that the curve lacks').toBe(2315);
      const span = { from: new Date('2022-01-04T23:00:00Z'), to: new Date('2022-01-11T23:00:00Z') };
      const days = await consumptionOfPoint(pool, code, { bucket: 'day', ...total, ...span });
      expect(days.map(({ value, quality }) => `${(value ?? 0) / 1000} ${quality}`)).toEqual([
        '20711 measured',
        '24217 measured',
        '29256 measured',
        '29355 measured',
        '25514 measured',
        '24020 measured',
        '23512 measured',
      ]);
    },
  );
});
