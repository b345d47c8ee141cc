import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApi } from '@veilleur/api';
import { Settler } from '@veilleur/consumption';
import type { SiteReport, TertiaryReport } from '@veilleur/meta-meter';
import { createLogger, createMetrics } from '@veilleur/runtime';
import { addPoint, type Pool, putSite } from '@veilleur/store';
import { afterAll, expect, it } from 'vitest';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { enedisCurve, grdfDays, WATER_MAPPING, waterTable } from '../support/operator-files.ts';
import { REPOSITORY, realData } from '../support/repository.ts';
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';

const PRM = '30000000000001';
const PCE = '10000000000001';

const REFERENCE = `
tariffs:
  - code: hphc
    kind: peak_off_peak
    unit: kWh
    versions:
      - from: 2025-08-01
        prices: { peak: 0.2081, off_peak: 0.1635 }
        fixed: [{ name: Abonnement, amount: 182.5, per: year }]
        source: a bill
      - from: 2026-02-01
        prices: { peak: 0.2065, off_peak: 0.1579 }
        fixed: [{ name: Abonnement, amount: 182.5, per: year }]
  - code: gaz
    kind: flat
    unit: kWh
    versions: [{ from: 2025-01-01, prices: { base: 0.1 } }]
  - code: eau
    kind: flat
    unit: m3
    versions: [{ from: 2025-01-01, prices: { base: 4.5 }, fixed: [{ name: Abonnement, amount: 5, per: month }] }]
contracts:
  - { point: "${PRM}", tariff: hphc, from: 2025-01-01, off_peak: ["22:00-06:00"] }
  - { point: "${PCE}", tariff: gaz, from: 2025-01-01 }
  - { point: W-0, tariff: eau, from: 2025-01-01 }
emission_factors:
  - { quantity: active_energy_import, per: kWh, from: 2024-01-01, grams: 21.7, source: RTE 2024 }
  - { quantity: gas_volume, per: kWh_pci, from: 2018-01-01, grams: 222, source: a table }
sites:
  - site: school
    station: here
    heating: { gas_volume: {} }
    tertiary: { year: 2024, energy_kWh_pci: 100000, degree_days: 2500 }
`;

describeOnEachEngine('one site, several operators', (engine) => {
  const endings = endingsAfterEach();

  async function place(ends = endings) {
    const database = await freshDatabase(engine);
    ends.push(() => database.drop());
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-report-'));
    ends.push(() => rm(folder, { recursive: true }));
    const environment = { DATABASE_URL: database.url, LANG: 'C' };
    return {
      pool: database.pool,
      veilleur: (...args: string[]) => veilleurSays(args, environment),
      run: (...args: string[]) => runVeilleur(args, environment),
      french: (...args: string[]) => veilleurSays(args, { ...environment, LANG: 'fr_FR.UTF-8' }),
      file: async (name: string, text: string) => {
        const path = join(folder, name);
        await writeFile(path, text);
        return path;
      },
    };
  }

  async function settle(pool: Pool, now: string) {
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
      clock: () => new Date(now),
    });
    while ((await settler.settleSome()) > 0);
  }

  /**
   * A school with a kW day and night, 10 m3 of gas a day (12 in the second winter), and water; in a district
   * with five others that have water alone. A day of the curve and one of the gas are absent, and the curve
   * ends four days before the winter does.
   */
  async function town() {
    const at = await place(lasting);
    const { veilleur, file, pool } = at;
    await putSite(pool, { code: 'centre', name: 'Centre', kind: 'district' });
    const attributes = { area_m2: 1800, persons: 10 };
    const parent = 'centre';
    await putSite(pool, { code: 'school', name: 'Jean-Macé', kind: 'building', parent, attributes });
    const site = 'school';
    await addPoint(pool, {
      code: PRM,
      kind: 'prm',
      quantity: 'active_energy_import',
      site,
      operator: 'enedis',
    });
    await addPoint(pool, { code: PCE, kind: 'pce', quantity: 'gas_volume', site, operator: 'grdf' });
    for (const i of [0, 1, 2, 3, 4, 5]) {
      const code = i === 0 ? 'school' : `hall-${i}`;
      await putSite(pool, { code, name: code, kind: 'building', parent, attributes: { persons: 10 } });
      await addPoint(pool, { code: `W-${i}`, kind: 'water_contract', quantity: 'water_volume', site: code });
    }
    const curve = enedisCurve(PRM, '2025-01-01', '2026-02-25', (end) =>
      end.subtract({ minutes: 1 }).toPlainDate().toString() === '2026-02-14' ? null : 1000,
    );
    const gas = grdfDays(
      PCE,
      '2025-01-01',
      '2026-03-01',
      (day) => (day === '2026-02-10' ? null : day === '2026-02-11' ? 24 : day < '2026-01-01' ? 10 : 12),
      11.1,
    );
    const months = Array.from({ length: 15 }, (_, i) =>
      Temporal.PlainDate.from('2025-01-01').add({ months: i }).toString(),
    );
    // W-0 uses 10 m3 a month, W-1 20, W-2 30 ...
    const water = waterTable(
      [0, 1, 2, 3, 4, 5].flatMap((i) =>
        months.map((day, month) => [`W-${i}`, day, 100 + month * 10 * (i + 1)] as const),
      ),
    );
    await veilleur('import', await file('curve.csv', curve));
    await veilleur('import', await file('gas.json', gas));
    const mapping = await file('mapping.yaml', WATER_MAPPING);
    await veilleur('import', await file('water.csv', water), '--mapping', mapping);
    await settle(pool, '2026-03-02T12:00:00Z');
    return { ...at, reference: await file('city.yaml', REFERENCE) };
  }

  const winter = ['--from', '2026-01-01', '--to', '2026-03-01'];
  const reported = async (veilleur: (...args: string[]) => Promise<string>, ...args: string[]) =>
    JSON.parse(await veilleur('site', 'report', ...args, '--json')) as SiteReport;
  const mediumOf = (report: SiteReport, quantity: string) => {
    const medium = report.media.find((one) => one.quantity === quantity);
    if (medium === undefined) throw new Error(`no ${quantity} in the report`);
    return medium;
  };

  // One town for three stories that follow each other: without a reference, with one, and its district.
  const lasting: (() => Promise<unknown>)[] = [];
  let made: ReturnType<typeof town> | null = null;
  const theTown = () => {
    made ??= town();
    return made;
  };
  afterAll(async () => {
    for (const end of lasting.splice(0).reverse()) await end();
  });

  it('without prices, factors and weather says so, and never zero', async () => {
    const { veilleur, french } = await theTown();
    const report = await reported(veilleur, 'school', ...winter);
    const power = mediumOf(report, 'active_energy_import');
    expect(power.points[0]?.cost).toMatchObject({ value: null, known: null, lines: [] });
    expect(power.carbon).toMatchObject({ value: null, known: null });
    expect(power.use, '55 days; of the 14th of February an estimate').toMatchObject({
      value: null,
      known: 1320,
      estimated: 24,
    });
    expect(power.points[0]?.use.unknown).toMatchObject({ hours: 96, reasons: ['not_told'] });
    expect(report.total.cost_EUR).toMatchObject({ value: null, known: null });
    expect(report.station).toBeNull();
    const text = await veilleur('site', 'report', 'school', ...winter);
    expect(text).toContain('1,320 kWh of what is known, 1.8% of it estimated');
    expect(text).toContain('no tariff is told');
    expect(text).toContain('no emission factor is told');
    expect(text).toContain('no station is told for this site');
    expect(text).toContain(`${PRM}: not known of 4 days (no reading tells of it)`);
    const texte = await french('site', 'report', 'school', ...winter);
    expect(texte).toContain('aucun tarif n’est dit');
  });

  it('is told in kWh, euros and CO2e, beside the year before and its weather', async () => {
    const { veilleur, run, file, reference, pool } = await theTown();
    const loaded = JSON.parse(await veilleur('reference', 'load', reference, '--json')) as {
      changes: object[];
    };
    expect(loaded.changes).toHaveLength(10);
    expect(JSON.parse(await veilleur('reference', 'load', reference, '--json'))).toMatchObject({
      changes: [],
    });
    // 10 to 20 °C in the first winter, 0 to 10 °C in the second, as Météo-France writes it.
    const days = [2025, 2026].flatMap((year) =>
      Array.from({ length: 59 }, (_, i) => {
        const day = Temporal.PlainDate.from(`${year}-01-01`).add({ days: i }).toString().replaceAll('-', '');
        return `here;${day};${year === 2025 ? '10;20' : '0;10'}`;
      }),
    );
    const meteo = await file(
      'meteo.csv',
      ['NUM_POSTE;AAAAMMJJ;TN;TX', ...days, 'here;20260301;;', ''].join('\n'),
    );
    expect(JSON.parse(await veilleur('reference', 'temperatures', meteo, '--json'))).toMatchObject({
      added: 118,
      changed: 0,
      without: 1,
      problems: [],
    });

    const report = await reported(veilleur, 'school', ...winter);
    const power = mediumOf(report, 'active_energy_import');
    // January: 31 days of 16 and 8 hours. February: 24, of which the 14th is an estimate.
    const lines = power.points[0]?.cost?.lines.map((one) => [one.since, one.name, one.use, one.cost_EUR]);
    expect(lines?.toSorted()).toEqual([
      ['2025-08-01', 'Abonnement', null, 15.5],
      ['2025-08-01', 'off_peak', 248, 40.548],
      ['2025-08-01', 'peak', 496, 103.2176],
      ['2026-02-01', 'Abonnement', null, 14],
      ['2026-02-01', 'off_peak', 192, 30.3168],
      ['2026-02-01', 'peak', 384, 79.296],
    ]);
    expect(power.cost).toMatchObject({ value: null, known: 282.8784, estimated: 4.5672 });
    expect(power.carbon).toMatchObject({ value: null, known: 28.644 });
    expect(power.profile).toMatchObject({ baseLoad: 1, nightShare: 0.125, wholeDays: 54 });
    expect(power.comparison, 'February is not known').toMatchObject({
      months: 1,
      now: 744,
      before: 744,
      relative: 0,
    });

    const gas = mediumOf(report, 'gas_volume');
    // 59 days of 12 m3; the absent day's gas is in the next reading.
    expect(gas.use).toMatchObject({ value: 708, incomplete: [] });
    expect(gas.energy?.pcs_kWh.value).toBe(7858.8);
    expect(gas.energy?.pci_kWh.value).toBe(7080);
    expect(gas.points[0]?.published).toEqual({ pcs_kWh: 57 * 133 + 266, hours: 58 * 24 });
    expect(gas.cost?.value).toBeCloseTo(785.88, 5);
    expect(gas.carbon?.value).toBeCloseTo(7080 * 0.222, 5);
    expect(gas.comparison).toMatchObject({ now: 708, before: 590, relative: 0.2 });
    // 13 degree days a day now; 3.0 (meteo) and 3.328 (costic) a year before.
    expect(gas.comparison?.weather).toMatchObject({
      now: { meteo: 767, costic: 767, missingDays: 0 },
      before: { meteo: 177, costic: 196.352, missingDays: 0 },
    });
    expect(gas.comparison?.weather?.costic.expected).toBeCloseTo((590 * 767) / 196.352, 4);
    expect(gas.profile, 'a meter read once a day tells no hours').toBeNull();

    const water = mediumOf(report, 'water_volume');
    expect(water.use.value).toBe(20);
    expect(water.energy).toBeNull();
    expect(water.cost?.value).toBe(100);
    expect(water.carbon, 'no factor for water was loaded').toMatchObject({ value: null, known: null });
    // 2 m3 a person, where the five others used 4, 6, 8, 10 and 12.
    expect(water.similar).toEqual({
      per: 'person',
      used: 2,
      others: 5,
      lowerQuartile: 6,
      median: 8,
      upperQuartile: 10,
      quarter: 1,
    });
    expect(report.total.energy?.pci_kWh).toMatchObject({ value: null, known: 7080 + 1320 });
    expect(report.total.cost_EUR).toMatchObject({ value: null, known: 1168.7584 });

    const api = await startApi(
      { host: '127.0.0.1', port: 0, timeZone: 'Europe/Paris' },
      { pool, registry: createMetrics(), log: createLogger('silent') },
    );
    endings.push(() => api.stop());
    const get = async (path: string) => (await fetch(`${api.url}${path}`)).json() as Promise<unknown>;
    expect(await get('/api/sites/school/report?from=2026-01-01&to=2026-03-01')).toEqual(report);
    expect(await get('/api/sites/none/report')).toMatchObject({ code: 'site_not_found' });
    expect(await get('/api/sites/school/report?from=2026-03-01&to=2026-01-01')).toMatchObject({
      code: 'report_span_empty',
    });
    expect(await get('/api/openapi.json')).toHaveProperty(['paths', '/api/sites/{code}/report']);

    const tertiary = JSON.parse(
      await veilleur('site', 'report', 'school', '--tertiary', '--json'),
    ) as TertiaryReport;
    expect(await get('/api/sites/school/tertiary')).toEqual(tertiary);
    // 8,760 kWh of power, 3,650 m3 of 11.1 kWh PCS, so 10 kWh PCI each.
    expect(tertiary.years).toMatchObject([
      { year: 2025, energy_kWh_pci: { value: 45_260 }, relative: -0.5474, adjusted_kWh_pci: { meteo: null } },
    ]);
    expect(tertiary.goals[0]).toEqual({ year: 2030, reduction: 0.4, energy_kWh_pci: 60_000 });
    const csv = await veilleur('site', 'report', 'school', '--tertiary', '--as', 'csv');
    expect(csv.split('\r\n')[1]).toMatch(
      /^2025,45260,25\.144444,,,,,-0\.5474,,,2024,100000,60000,50000,40000/,
    );
    expect((await run('site', 'report', 'school', '--as', 'csv')).status).toBe(1);
  });

  it('a district is the sum of its parts; the same page for people', async () => {
    const { veilleur } = await theTown();
    const centre = await reported(veilleur, 'centre', ...winter);
    const water = mediumOf(centre, 'water_volume');
    expect(water.points.map(({ code, site, use }) => `${code} ${site} ${use.value}`)).toEqual([
      'W-0 school 20',
      'W-1 hall-1 40',
      'W-2 hall-2 60',
      'W-3 hall-3 80',
      'W-4 hall-4 100',
      'W-5 hall-5 120',
    ]);
    expect(water.use.value).toBe(420);
    expect(water.cost, 'only one of them has a tariff').toMatchObject({ value: null, known: 100 });
    expect(water.cost?.incomplete).toHaveLength(5);
    expect(mediumOf(centre, 'gas_volume').use.value).toBe(708);
    const page = await veilleur('site', 'report', 'centre', ...winter);
    expect(page).toContain('420 m³');
    expect(page).toContain('100.00 € of what is known');
    expect(page).toMatch(/hphc since 2026-02-01 +off-peak +192 kWh +30\.32 €/);
  });

  it('a reference that is wrong is refused as a whole, with the line', async () => {
    const { veilleur, run, file } = await place();
    await veilleur('point', 'add', 'W-0', '--quantity', 'water_volume');
    const wrong = await file(
      'wrong.yaml',
      [
        'tariffs:',
        '  - code: base',
        '    kind: flat',
        '    unit: kWh',
        '    versions: [{ from: 2026-01-01, prices: { base: 0.2 } }]',
        'contracts:',
        '  - { point: W-0, tariff: base, from: 2026-01-01 }',
        '  - { point: nowhere, tariff: none, from: 2026-01-01 }',
        '',
      ].join('\n'),
    );
    const { status, stderr } = await run('reference', 'load', wrong);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'wrong.yaml:7:27: contracts.0.tariff: base has prices for one kWh, and W-0 meters water_volume',
    );
    expect(stderr).toContain('wrong.yaml:8:14: contracts.1.point: there is no metering point nowhere');
    expect(stderr).toContain('wrong.yaml:8:31: contracts.1.tariff: there is no tariff none');
    expect(await veilleur('reference', 'show')).toContain('Nothing is told yet');
  });

  it('what a later file says of a tariff replaces it, and leaves all others', async () => {
    const { veilleur, file } = await place();
    await veilleur('reference', 'load', `${REPOSITORY}infra/reference/france.yaml`);
    const corrected = await file(
      'corrected.yaml',
      [
        'tariffs:',
        '  - code: eau-exemple',
        '    kind: flat',
        '    unit: m3',
        '    versions:',
        '      - { from: 2025-01-01, prices: { base: 3.9 }, source: our own }',
        'tempo:',
        '  - { from: 2026-01-01, to: 2026-01-04, white: [2026-01-02], red: [2026-01-03] }',
        '',
      ].join('\n'),
    );
    const { changes } = JSON.parse(await veilleur('reference', 'load', corrected, '--json')) as {
      changes: { kind: string; what: string }[];
    };
    expect(changes.map(({ kind, what }) => `${kind} ${what}`).toSorted()).toEqual([
      'added 2026-01-01',
      'added 2026-01-02',
      'added 2026-01-03',
      'added eau-exemple 2025-01-01',
      'removed eau-exemple 2024-01-01',
    ]);
    const shown = await veilleur('reference', 'show');
    expect(shown).toContain('base 3.9 €/m3');
    expect(shown).not.toContain('base 4.5 €/m3');
    expect(shown).toContain('red_peak 0.706 €/kWh');
    expect(shown).toMatch(/2026 +1 blue +1 white +1 red/);
  });

  const GRDF = realData('grdf/daily-readings.json');
  const CURVE = realData('enedis/c5-load-curve.csv');
  const INDEXES = realData('enedis/c5-daily-index.csv');

  it.skipIf(GRDF === null || CURVE === null || INDEXES === null)(
    'real exports of one home: 2,079 m3 of gas are 23,151 kWh PCS by their coefficients, 23,148 by GRDF itself',
    async () => {
      const { veilleur, run, pool } = await place();
      await veilleur('site', 'add', 'home', '--kind', 'household');
      for (const file of [GRDF, CURVE, INDEXES]) await run('import', file ?? '', '--add-points');
      await pool.query('update metering_point set site_id = (select id from site)');
      await settle(pool, '2023-01-01T12:00:00Z');
      const report = await reported(veilleur, 'home', '--from', '2021-01-01', '--to', '2022-01-01');
      const gas = mediumOf(report, 'gas_volume');
      expect(gas.use.value).toBe(2079);
      expect(gas.energy?.pcs_kWh.value).toBe(23_151.15);
      expect(gas.energy?.pci_kWh.value).toBe(20_856.891892);
      expect(gas.points[0]?.published).toEqual({ pcs_kWh: 23_148, hours: 364 * 24 });
      expect(gas.comparison).toMatchObject({ months: 12 });
      const power = mediumOf(report, 'active_energy_import');
      expect(power.use.value, 'nobody read the first week').toBeNull();
      expect(power.points[0]?.use.unknown?.reasons).toContain('missing');
      const february = await reported(veilleur, 'home', '--from', '2021-02-06', '--to', '2021-02-07');
      // The two hours that the curve lacks are what the index says they must hold.
      expect(mediumOf(february, 'active_energy_import').use).toMatchObject({ value: 26.453 });
    },
  );
});
