import { addPoint, install, type Pool } from '@veilleur/store';
import { expect, it } from 'vitest';
import { hourly, paris, type ToldValue, terms, Workbench } from '../support/consumption.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

/** Marsaglia's xorshift: the same story for the same seed. */
function seeded(seed: number) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  return { next, below: (n: number) => Math.floor(next() * n) };
}

const START = paris('2026-02-20 00:00');
const DAYS = 60;

/** Two months over the change of the clocks: silences of hours and days, a reset, readings off the hour. */
function readingsOf(random: ReturnType<typeof seeded>): ToldValue[] {
  const all = hourly(START, DAYS * 24, (hour) => (hour % 24 === 7 ? 0.1 : random.below(20) / 1000));
  const silent = new Set<number>();
  for (let i = 0; i < 12; i += 1) {
    const from = random.below(all.length);
    const length = random.next() < 0.3 ? 24 + random.below(120) : 1 + random.below(5);
    for (let j = from; j < from + length; j += 1) silent.add(j);
  }
  const reset = 900 + random.below(200);
  const base = all[reset]?.value ?? 0;
  return all.flatMap((reading, i) => {
    if (silent.has(i)) return [];
    const at = random.next() < 0.1 ? new Date(reading.at.getTime() + random.below(1_800_000)) : reading.at;
    return [{ at, value: i < reset ? reading.value : Math.round((reading.value - base) * 1e6) / 1e6 }];
  });
}

async function stored(pool: Pool, code: string) {
  const { rows } = await pool.query(
    `select bucket, to_char(from_time at time zone 'UTC', 'MM-DD HH24') as start, value::float8, quality, method
     from named_consumption where point = $1 order by bucket, from_time`,
    [code],
  );
  const { rows: bounds } = await pool.query(
    `select to_char(from_time at time zone 'UTC', 'MM-DD HH24') as start, uncertainty from (
       select * from consumption_day union all select * from consumption_month
     ) c join metering_point p on p.id = c.point_id where p.code = $1 order by 1, 2`,
    [code],
  );
  return [...rows, ...bounds] as unknown[];
}

describeOnEachEngine('whatever the order in which readings come', (engine) => {
  const endings = endingsAfterEach();

  it.each([11, 22, 33])('consumption is the same in the end (seed %i)', async (seed) => {
    const random = seeded(seed);
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const bench = new Workbench(database.pool, paris('2026-04-25 12:00'));
    const readings = readingsOf(random);
    const [orderly, pieced] = ['70b3d5e75e000001', '70b3d5e75e000002'] as const;

    await bench.tell(orderly, readings.slice(0, 1));
    await bench.tell(pieced, readings.slice(-1));
    for (const [code, device] of [
      ['in-order', orderly],
      ['in-pieces', pieced],
    ] as const) {
      const { id } = await addPoint(database.pool, { code, kind: 'own', quantity: 'water_volume' });
      await install(database.pool, id, terms(device), { reason: 'first', now: bench.now });
    }
    // One point is told everything and settled once; the other in some twenty pieces, settled after each.
    await bench.tell(orderly, readings);
    let rest = [...readings];
    while (rest.length > 0) {
      const from = random.below(rest.length);
      const some = random.next() < 0.5 ? rest.slice(from, from + 1 + random.below(200)) : [];
      const others = rest.filter((reading) => !some.includes(reading) && random.next() < 0.08);
      const told = [...some, ...others].sort(() => random.next() - 0.5);
      rest = rest.filter((reading) => !told.includes(reading));
      bench.now = new Date(bench.now.getTime() + 1000);
      await bench.tell(pieced, told, random.next() < 0.5 ? 'at once' : 'one by one');
      await bench.settle();
    }
    const expected = await stored(database.pool, 'in-order');
    expect(expected.length).toBeGreaterThan(DAYS * 24);
    expect(await stored(database.pool, 'in-pieces')).toEqual(expected);
    const { rows } = await database.pool.query(
      `select p.code, count(*) from consumption_revision r join metering_point p on p.id = r.point_id group by 1`,
    );
    expect(rows.map(({ code }) => code)).toContain('in-pieces');
  });
});
