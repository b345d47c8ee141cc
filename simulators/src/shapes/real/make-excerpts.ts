import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type DailyShape, dailyShapeOf, type HourlyShape, hourlyShapeOf, type RealShape } from '../shape.ts';

/** A city clock's date and hour, in any zone: the AMPds2 house stands near Vancouver. */
function localHours(timeZone: string): (time_s: number) => { readonly date: string; readonly hour: number } {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  return (time_s) => {
    const parts = Object.fromEntries(
      format.formatToParts(time_s * 1000).map(({ type, value }) => [type, value]),
    );
    return { date: `${parts.year}-${parts.month}-${parts.day}`, hour: Number(parts.hour) };
  };
}

class Hours {
  readonly #days = new Map<string, number[]>();

  add(date: string, hour: number, amount: number): void {
    const day = this.#days.get(date) ?? new Array<number>(24).fill(0);
    this.#days.set(date, day);
    day[hour] = (day[hour] ?? 0) + amount;
  }

  /** Without the first and the last day, which are cut off. */
  wholeDays(): number[][] {
    return [...this.#days.keys()]
      .toSorted()
      .slice(1, -1)
      .map((date) => this.#days.get(date) ?? []);
  }
}

async function water(folder: string): Promise<RealShape<HourlyShape>> {
  const rows = gunzipSync(await readFile(join(folder, 'ampds2/Water_WHW-1.csv.gz')))
    .toString()
    .split('\n')
    .slice(1);
  const local = localHours('America/Vancouver');
  const hours = new Hours();
  let before: number | undefined;
  for (const row of rows) {
    const [time, counter] = row.split(',').map(Number);
    if (time === undefined || counter === undefined || row === '') continue;
    // A row's counter stands at its minute: what it grew by flowed in the minute before.
    const { date, hour } = local(time - 60);
    if (before !== undefined && counter >= before) hours.add(date, hour, counter - before);
    before = counter;
  }
  return {
    what: 'Water of one house near Vancouver, whole days of April to June 2012, litres',
    source:
      'AMPds2, S. Makonin et al., Scientific Data 3, 2016, doi:10.1038/sdata.2016.37, first of eleven parts',
    licence: 'CC BY 4.0; aggregated here to hours',
    shape: hourlyShapeOf(hours.wholeDays()),
  };
}

async function electricity(folder: string): Promise<RealShape<HourlyShape>> {
  const hours = new Hours();
  for (const row of (await readFile(join(folder, 'enedis/c5-load-curve.csv'), 'utf8')).split('\n')) {
    const [stamp, power_W] = row.trim().split(';');
    // Half-hour steps from 2021-02-14 on. A stamp is the end of its step, in local time with its offset.
    const written = /^(\d{4}-\d\d-\d\d)T(\d\d):(\d\d)/.exec(stamp ?? '');
    if (written === null || power_W === undefined || power_W === '' || (stamp ?? '') < '2021-02-14T00:30')
      continue;
    const [, date = '', hour = '0', minute = '0'] = written;
    const isMidnight = hour === '00' && minute === '00';
    const day = isMidnight ? new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10) : date;
    const endsAt = isMidnight ? 24 * 60 : Number(hour) * 60 + Number(minute);
    hours.add(day, Math.floor((endsAt - 1) / 60), Number(power_W) / 2);
  }
  return {
    what: 'Electricity of one French home of 23 kWh a day, 2021-02-14 to 2022-02-02, watt-hours',
    source:
      'Enedis load curve (C5), consometers/sge-tiers, Enedis_SGE_HDM_A06NW0ZI.csv; the publisher calls the point anonymised',
    licence: 'EUPL-1.2; aggregated here to hours',
    shape: hourlyShapeOf(hours.wholeDays()),
  };
}

interface GrdfReading {
  readonly journeeGaziere: string;
  readonly indexDebut: number | null;
  readonly indexFin: number | null;
}

async function gas(folder: string): Promise<RealShape<DailyShape>> {
  const file = JSON.parse(await readFile(join(folder, 'grdf/daily-readings.json'), 'utf8')) as Readonly<
    Record<string, { readonly releves: readonly GrdfReading[] }>
  >;
  const readings = Object.values(file)[0]?.releves ?? [];
  const days = readings.flatMap(({ journeeGaziere, indexDebut, indexFin }) =>
    indexDebut === null || indexFin === null
      ? []
      : [{ month: Number(journeeGaziere.slice(5, 7)), total: indexFin - indexDebut }],
  );
  return {
    what: 'Gas of one French home that heats with it, 2019-11-30 to 2022-11-29, m3 by index difference',
    source: 'GRDF daily readings, ssenart/PyGazpar, tests/resources/donnees_informatives.json; PCE replaced',
    licence: 'MIT; aggregated here to months and quantiles',
    shape: dailyShapeOf(days),
  };
}

/** Makes the excerpts of this folder anew: `node make-excerpts.ts <folder of the real data>`. */
if (import.meta.main) {
  const folder = process.argv[2];
  if (folder === undefined) throw new RangeError('which folder holds ampds2, enedis and grdf?');
  const excerpts = {
    water: await water(folder),
    electricity: await electricity(folder),
    gas: await gas(folder),
  };
  for (const [name, excerpt] of Object.entries(excerpts)) {
    await writeFile(join(import.meta.dirname, `${name}.json`), `${JSON.stringify(excerpt, null, 2)}\n`);
  }
}
