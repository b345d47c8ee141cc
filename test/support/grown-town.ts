import type { Pool } from '@veilleur/store';

const TABLES = {
  site: { id: 'id', code: 'code', own: ['parent_id'] },
  device: { id: 'id', code: 'dev_eui', own: [] },
  metering_point: { id: 'id', code: 'code', own: ['parent_id', 'site_id'] },
  installation: { id: 'id', code: null, own: ['point_id', 'device_id'] },
} as const;

/** Ids of a copy lie this far from those of what it copies. */
const STRIDE = 1000;

/**
 * Makes a town larger by copies of all of its devices, meters and sites with all that they told, and older by
 * the same five days again: in SQL, so that a million measurements take seconds.
 */
export async function growTown(pool: Pool, copies: number, fivesOfDays: number): Promise<void> {
  for (let k = 1; k < copies; k++) {
    for (const [table, { id, code, own }] of Object.entries(TABLES)) {
      const shifted = Object.fromEntries(
        [id, ...own].map((column) => [column, `b.${column} + ${k * STRIDE}`]),
      );
      // A DevEUI is sixteen hexadecimal digits.
      if (code === 'dev_eui') shifted.dev_eui = `lpad(to_hex(b.id + ${k * STRIDE}), 16, 'a')`;
      else if (code !== null) shifted[code] = `b.${code} || '-${k}'`;
      await copy(pool, table, shifted, `b.${id} < ${STRIDE}`);
    }
    await copy(
      pool,
      'consumption_register',
      { point_id: `b.point_id + ${k * STRIDE}` },
      `b.point_id < ${STRIDE}`,
    );
  }
  const told = [
    { table: 'frame', owner: 'device_id', time: 'received_at', times: ['received_at'] },
    { table: 'measurement', owner: 'device_id', time: 'time', times: ['time', 'reported_at'] },
    { table: 'consumption_hour', owner: 'point_id', time: 'from_time', times: ['from_time'] },
    { table: 'consumption_day', owner: 'point_id', time: 'from_time', times: ['from_time'] },
  ];
  const { rows: moments } = await pool.query<{ moment: Date }>(
    `select generate_series(timestamptz '2026-03-20' - $1 * interval '5 days', timestamptz '2026-03-30', interval '5 days') as moment`,
    [fivesOfDays],
  );
  for (const { table } of told.slice(0, 3)) {
    await pool.query('call ensure_partitions($1, $2)', [table, moments.map(({ moment }) => moment)]);
  }
  for (let back = fivesOfDays - 1; back >= 0; back--) {
    for (let k = 0; k < copies; k++) {
      if (back === 0 && k === 0) continue;
      for (const { table, owner, time, times } of told) {
        const shifted = Object.fromEntries(
          times.map((column) => [column, `b.${column} - interval '${back * 5} days'`]),
        );
        await copy(
          pool,
          table,
          { ...shifted, [owner]: `b.${owner} + ${k * STRIDE}` },
          `b.${owner} < ${STRIDE} and b.${time} >= '2026-03-19T23:00Z' and b.${time} < '2026-03-25T00:00Z'`,
        );
      }
    }
  }
  await pool.query('analyze');
}

async function copy(
  pool: Pool,
  table: string,
  changed: Readonly<Record<string, string>>,
  where: string,
): Promise<void> {
  const { rows } = await pool.query<{ name: string }>(
    `select column_name as name from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  );
  const columns = rows.map(({ name }) => name);
  await pool.query(
    `insert into ${table} (${columns.join(', ')}) overriding system value
     select ${columns.map((column) => changed[column] ?? `b.${column}`).join(', ')} from ${table} b where ${where}
     on conflict do nothing`,
  );
}
