import type { Pool } from '../connect.ts';

/** A day's lowest and highest outdoor temperature at a station. */
export interface StationDay {
  readonly station: string;
  /** `2026-02-01` */
  readonly day: string;
  readonly lowest_Cel: number;
  readonly highest_Cel: number;
}

export interface WrittenTemperatures {
  readonly added: number;
  readonly changed: number;
}

const PORTION = 5000;

/** Stores days, and corrects those that are said otherwise than before. */
export async function writeTemperatures(
  pool: Pool,
  days: readonly StationDay[],
): Promise<WrittenTemperatures> {
  const last = [...new Map(days.map((one) => [`${one.station}\n${one.day}`, one])).values()];
  const sum = { added: 0, changed: 0 };
  for (let i = 0; i < last.length; i += PORTION) {
    const some = last.slice(i, i + PORTION);
    const { rows } = await pool.query<{ added: boolean }>(
      `insert into outdoor_temperature as t (station, day, lowest_cel, highest_cel)
       select * from unnest($1::text[], $2::date[], $3::float8[], $4::float8[])
       on conflict (station, day) do update set lowest_cel = excluded.lowest_cel, highest_cel = excluded.highest_cel
         where (t.lowest_cel, t.highest_cel) <> (excluded.lowest_cel, excluded.highest_cel)
       returning xmax = 0 as added`,
      [
        some.map(({ station }) => station),
        some.map(({ day }) => day),
        some.map(({ lowest_Cel }) => lowest_Cel),
        some.map(({ highest_Cel }) => highest_Cel),
      ],
    );
    const added = rows.filter((row) => row.added).length;
    sum.added += added;
    sum.changed += rows.length - added;
  }
  return sum;
}

/** The days of a station from `from` on and before `to`; a day that nobody told is not among them. */
export async function temperaturesOf(
  pool: Pool,
  station: string,
  from: string,
  to: string,
): Promise<StationDay[]> {
  const { rows } = await pool.query<StationDay>(
    `select station, day::text, lowest_cel as "lowest_Cel", highest_cel as "highest_Cel"
     from outdoor_temperature where station = $1 and day >= $2 and day < $3 order by day`,
    [station, from, to],
  );
  return rows;
}

/** Which stations there are, and of which days they tell. */
export async function stations(
  pool: Pool,
): Promise<{ station: string; first: string; last: string; days: number }[]> {
  const { rows } = await pool.query<{ station: string; first: string; last: string; days: number }>(
    `select station, min(day)::text as first, max(day)::text as last, count(*) as days
     from outdoor_temperature group by station order by station`,
  );
  return rows;
}
