import { consumptionOfPoint, consumptionOfSite, type Pool } from '@veilleur/store';

const START = '2025-12-31T23:00:00Z';
/** Local months of 2026 in Paris. */
const YEAR = { from: new Date(START), to: new Date('2026-12-31T23:00:00Z') };

export interface AskingFigures {
  /** One point's days over a year. */
  readonly pointYearP99Ms: number;
  /** 5,000 points by month over a year, median. */
  readonly districtMonthsMs: number;
  /** Rows of consumption by day and month while that was asked. */
  readonly rows: number;
}

/** How fast consumption is told by a database where so many points have a year of days and months. */
export async function measureAsking(pool: Pool, known: number): Promise<AskingFigures> {
  const quantity = `(select id from quantity where name = 'water_volume')`;
  await pool.query(
    `insert into site (code, name, kind) values ('district', 'district', 'district'), ('rest', 'rest', 'district')`,
  );
  await pool.query(
    `insert into metering_point (code, kind, quantity_id, site_id)
     select 'K-' || n, 'own', ${quantity}, (select id from site where code = case when n % $2 = 0 then 'district' else 'rest' end)
     from generate_series(1, $1::int) n`,
    [known, Math.max(1, Math.floor(known / 5000))],
  );
  // Day by day, as it comes: what one point used lies far apart.
  for (const [table, step, count] of [
    ['consumption_day', 'day', 365],
    ['consumption_month', 'month', 12],
  ] as const) {
    for (let first = 0; first < count; first += 30) {
      await pool.query(
        `insert into ${table} (point_id, quantity_id, channel, from_time, value, quality, method, known_from)
         select p.id, p.quantity_id, 0,
           ($1::timestamptz at time zone 'Europe/Paris' + n * interval '1 ${step}') at time zone 'Europe/Paris',
           1000000 + p.id, 0, 'index', now()
         from generate_series($2::int, $3::int) n, metering_point p where p.code like 'K-%'`,
        [START, first, Math.min(first + 29, count - 1)],
      );
    }
    await pool.query(`vacuum analyze ${table}`);
  }
  await pool.query('vacuum analyze metering_point');
  const { rows } = await pool.query<{ rows: number }>(
    'select (select count(*) from consumption_day) + (select count(*) from consumption_month) as rows',
  );
  const point = await times(400, async (i) => {
    const code = `K-${1 + ((i * 7919) % known)}`;
    const found = await consumptionOfPoint(pool, code, { bucket: 'day', ...YEAR });
    if (found.length !== 365) throw new Error(`${code} has ${found.length} days`);
  });
  const district = await times(15, async () => {
    const found = await consumptionOfSite(pool, 'district', { bucket: 'month', ...YEAR });
    if (found.length !== 12) throw new Error(`the district has ${found.length} months`);
  });
  return {
    pointYearP99Ms: quantile(point, 0.99),
    districtMonthsMs: quantile(district, 0.5),
    rows: rows[0]?.rows ?? 0,
  };
}

async function times(count: number, work: (i: number) => Promise<void>): Promise<number[]> {
  const ms: number[] = [];
  for (let i = 0; i < count; i += 1) {
    const startedMs = performance.now();
    await work(i);
    ms.push(performance.now() - startedMs);
  }
  return ms.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN) * 10) /
  10;
