import { VeilleurError } from '@veilleur/domain';
import type { StationDay } from '@veilleur/store';

/** Headings of a table of daily temperatures: our own, and those of Météo-France's daily files. */
const HEADINGS = {
  station: ['station', 'num_poste', 'poste'],
  day: ['date', 'day', 'jour', 'aaaammjj'],
  lowest_Cel: ['lowest', 'lowest_cel', 'tn', 'tmin'],
  highest_Cel: ['highest', 'highest_cel', 'tx', 'tmax'],
} as const;

export interface TemperatureTable {
  readonly days: readonly StationDay[];
  /** Lines that tell no temperature: the station did not measure. */
  readonly without: number;
  /** Lines that could not be read. */
  readonly problems: readonly { readonly line: number; readonly reason: string }[];
}

/**
 * Reads a table of daily lowest and highest temperatures, degrees Celsius: `date,lowest,highest`, or the
 * columns AAAAMMJJ, TN, TX and NUM_POSTE as Météo-France writes them.
 *
 * @param station Whose days these are; absent: a column says it, and every station of the file is read.
 * @throws VeilleurError `temperatures_heading_unknown`, `temperatures_station_missing`.
 */
export function readTemperatures(text: string, station?: string): TemperatureTable {
  const [head = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const delimiter = head.includes(';') ? ';' : head.includes('\t') ? '\t' : ',';
  const cellsOf = (line: string) =>
    line.split(delimiter).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
  const headings = cellsOf(head).map((heading) => heading.toLowerCase());
  const columnOf = (name: keyof typeof HEADINGS) =>
    headings.findIndex((heading) => (HEADINGS[name] as readonly string[]).includes(heading));
  const [at, low, high, of] = [
    columnOf('day'),
    columnOf('lowest_Cel'),
    columnOf('highest_Cel'),
    columnOf('station'),
  ];
  if (at < 0 || low < 0 || high < 0) {
    throw new VeilleurError(
      'temperatures_heading_unknown',
      `line 1: no columns for day, lowest and highest in "${head}"`,
      {
        remedy: 'Name them date,lowest,highest, or as Météo-France does: AAAAMMJJ;TN;TX.',
      },
    );
  }
  if (of < 0 && station === undefined) {
    throw new VeilleurError('temperatures_station_missing', 'the file does not say of which station it is', {
      remedy: 'Give --station, with the name that the reference file uses.',
    });
  }
  const days: StationDay[] = [];
  const problems: { line: number; reason: string }[] = [];
  let without = 0;
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const cells = cellsOf(line);
    const whose = of < 0 ? (station ?? '') : (cells[of] ?? '');
    if (station !== undefined && whose !== station) continue;
    const day = dayOf(cells[at] ?? '');
    const [lowest, highest] = [cells[low] ?? '', cells[high] ?? ''];
    if (day === null) {
      problems.push({ line: i + 2, reason: `"${cells[at] ?? ''}" is no day such as 2026-02-01 or 20260201` });
    } else if (lowest === '' || highest === '') without += 1;
    else {
      const [lowest_Cel, highest_Cel] = [degrees(lowest), degrees(highest)];
      if (lowest_Cel === null || highest_Cel === null || lowest_Cel > highest_Cel) {
        problems.push({
          line: i + 2,
          reason: `"${lowest}" and "${highest}" are no lowest and highest temperature`,
        });
      } else days.push({ station: whose, day, lowest_Cel, highest_Cel });
    }
  }
  return { days, without, problems };
}

function dayOf(text: string): string | null {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text);
  if (match === null) return null;
  const [, year, month, day] = match;
  try {
    return Temporal.PlainDate.from(`${year}-${month}-${day}`).toString();
  } catch {
    return null;
  }
}

/** What the outdoors of a city can have. */
const COLDEST = -60;
const HOTTEST = 60;

function degrees(text: string): number | null {
  const value = Number(text.replace(',', '.'));
  return Number.isFinite(value) && value >= COLDEST && value <= HOTTEST ? value : null;
}
