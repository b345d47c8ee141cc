import { Readable } from 'node:stream';

import { CsvError, parse } from 'csv-parse';

import { type CsvColumn, recogniseHeader } from './csv-columns.ts';
import { type CsvInput, openCsv } from './csv-text.ts';
import { bareHexDigits, checkOrder, type DeviceOrder } from './device-order.ts';
import { excerpt, withoutKeys } from './secret.ts';

/** One thing that is wrong with the file. It never holds the value of `app_key`. */
export interface CsvProblem {
  /** As editors count: 1 is the line of the headers. */
  readonly line: number;
  readonly column: string;
  readonly message: string;
  readonly remedy: string;
}

export interface CsvReading {
  /** The orders of the lines that are right, in the file's order, each with its `line`. */
  readonly orders: readonly DeviceOrder[];
  /** In the file's order. */
  readonly problems: readonly CsvProblem[];
  /** Headers that mean nothing to us: their cells were not read. */
  readonly ignoredColumns: readonly string[];
}

export interface CsvOptions {
  /** The ids of the profiles that Veilleur has. */
  readonly profileIds: Iterable<string>;
  /** For a file without these columns, or with empty cells in them. */
  readonly defaults?: { readonly profile?: string; readonly application?: string };
}

/**
 * Reads and checks a whole import file before anything is done with it: every line's every problem is
 * named. Streams; keeps only the orders. The columns are those of `csv-columns.ts`.
 *
 * @throws VeilleurError `csv_invalid`: the file is no CSV in UTF-8.
 */
export async function ordersFromCsv(input: CsvInput, options: CsvOptions): Promise<CsvReading> {
  const { delimiter, text } = await openCsv(input);
  const parser = parse({
    delimiter,
    info: true,
    trim: true,
    skip_empty_lines: true,
    // The count of cells is checked below, where the problem can be named.
    relax_column_count: true,
    // Lists in the field write ="70b3..." to keep spreadsheets from reading a number.
    relax_quotes: true,
    max_record_size: 128 * 1024,
  });
  const lines = new OrderLines(options);
  const source = Readable.from(text);
  source.on('error', (error) => parser.destroy(error)).pipe(parser);
  try {
    for await (const parsed of parser as AsyncIterable<ParsedRecord>) {
      const breaks = parsed.record.reduce((sum, cell) => sum + cell.split('\n').length - 1, 0);
      lines.read(parsed.record, parsed.info.lines - breaks);
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    lines.brokenOff(error);
  } finally {
    source.destroy();
  }
  return lines.reading();
}

interface ParsedRecord {
  readonly record: readonly string[];
  /** `lines`: the number of the record's last line. */
  readonly info: { readonly lines: number };
}

/** What is said of a field of an order, said of its column. */
const COLUMN_OF_FIELD: Readonly<Record<string, CsvColumn>> = {
  devEui: 'dev_eui',
  joinEui: 'join_eui',
  appKey: 'app_key',
  meteringPoint: 'metering_point',
  position: 'latitude',
};

class OrderLines {
  readonly #orders: DeviceOrder[] = [];
  readonly #problems: CsvProblem[] = [];
  readonly #firstLineOf = new Map<string, number>();
  readonly #profiles: ReadonlyMap<string, string>;
  readonly #defaults: Readonly<Record<string, string | undefined>>;
  #header: { positions: ReadonlyMap<CsvColumn, number>; width: number; complete: boolean } | undefined;
  #ignored: readonly string[] = [];

  constructor({ profileIds, defaults = {} }: CsvOptions) {
    this.#profiles = new Map([...profileIds].map((id) => [id.toLowerCase(), id]));
    this.#defaults = { ...defaults };
  }

  reading(): CsvReading {
    if (this.#header === undefined && this.#problems.length === 0) {
      this.#add(1, 'header', 'the file is empty', 'Its first line must name the columns.');
    }
    return {
      orders: this.#header?.complete === true ? this.#orders : [],
      problems: this.#problems,
      ignoredColumns: this.#ignored,
    };
  }

  read(cells: readonly string[], line: number): void {
    if (this.#header === undefined) this.#readHeader(cells, line);
    else if (cells.some((cell) => cell !== '')) this.#readOrder(cells, line);
  }

  /** The parser gave up: everything after this place is unread. */
  brokenOff(error: CsvError): void {
    const line = typeof error.lines === 'number' ? error.lines : 1;
    this.#add(
      line,
      'line',
      error.code === 'CSV_QUOTE_NOT_CLOSED' || error.code === 'CSV_MAX_RECORD_SIZE'
        ? 'a quotation mark opens a cell and nothing closes it; what follows was not read'
        : `the line can't be parted into cells (${error.code}); what follows was not read`,
      'Close the quotation mark, or write it twice where it belongs to the text.',
    );
  }

  #readHeader(cells: readonly string[], line: number): void {
    const given = (['profile', 'application'] as const).filter((name) => this.#defaults[name] !== undefined);
    const { positions, ignored, problems } = recogniseHeader(cells, given);
    this.#ignored = ignored;
    for (const { column, message, remedy } of problems) this.#add(line, column, message, remedy);
    this.#header = { positions, width: cells.length, complete: problems.length === 0 };
  }

  #readOrder(cells: readonly string[], line: number): void {
    const { positions, width = 0, complete = false } = this.#header ?? {};
    if (cells.slice(width).some((cell) => cell !== '')) {
      this.#add(
        line,
        'line',
        `the line has ${cells.length} cells, the header ${width}`,
        'Put quotation marks around a cell that holds the delimiter; part tags with | instead of ;.',
      );
      return;
    }
    const cell = (column: CsvColumn) => {
      const at = positions?.get(column);
      const written = at === undefined ? '' : (cells[at] ?? '');
      return written === '' ? (this.#defaults[column] ?? '') : written;
    };
    const before = this.#problems.length;
    const checked = checkOrder({
      devEui: bareHex(cell('dev_eui')),
      appKey: bareHex(cell('app_key')),
      name: cell('name'),
      application: cell('application'),
      profile: this.#profile(cell('profile'), line),
      ...optional('joinEui', bareHex(cell('join_eui'))),
      ...optional('description', cell('description')),
      ...optional('meteringPoint', cell('metering_point')),
      ...this.#position(cell('latitude'), cell('longitude'), line),
      tags: this.#tags(cell('tags'), line),
      line,
    });
    if ('issues' in checked) {
      for (const { path, message, remedy } of checked.issues) {
        const field = String(path.at(-1) === 'longitude' ? 'longitude' : path[0]);
        const column = COLUMN_OF_FIELD[field] ?? (field as CsvColumn);
        // Of a column that is missing altogether, the header's problem has told.
        if (complete || positions?.has(column) === true) this.#add(line, column, message, remedy);
      }
    }
    this.#noticeDuplicate(cell('dev_eui'), line);
    if ('order' in checked && this.#problems.length === before) this.#orders.push(checked.order);
  }

  #noticeDuplicate(written: string, line: number): void {
    const devEui = bareHexDigits(bareHex(written));
    if (devEui.length !== 16) return;
    const first = this.#firstLineOf.get(devEui);
    if (first === undefined) this.#firstLineOf.set(devEui, line);
    else {
      this.#add(
        line,
        'dev_eui',
        `the DevEUI ${devEui} stands on line ${first} already`,
        'Remove one of the two lines, or correct its DevEUI.',
      );
    }
  }

  #profile(written: string, line: number): string {
    const id = this.#profiles.get(written.toLowerCase());
    if (id !== undefined || written === '') return id ?? '';
    const [, device = written] = written.toLowerCase().split('/');
    const near = [...this.#profiles.values()].filter((known) => known.toLowerCase().includes(device));
    const shown = near.length > 0 ? near : [...this.#profiles.values()];
    this.#add(
      line,
      'profile',
      `the profile "${excerpt(written, 60)}" is not known`,
      `Use one of: ${shown.slice(0, 8).join(', ')}${shown.length > 8 ? ', ...' : ''}.`,
    );
    return written;
  }

  #position(latitude: string, longitude: string, line: number) {
    if (latitude === '' && longitude === '') return {};
    for (const [column, value] of [
      ['latitude', latitude],
      ['longitude', longitude],
    ] as const) {
      if (value === '') {
        this.#add(line, column, `the ${column} is missing`, 'Fill in both of them, or leave both empty.');
        return {};
      }
      if (!/^[+-]?\d+([.,]\d+)?$/.test(value)) {
        this.#add(
          line,
          column,
          `the ${column} "${excerpt(value, 20)}" is not a number`,
          'Give decimal degrees in WGS 84, such as 48.8566 (48,8566 will do).',
        );
        return {};
      }
    }
    const degrees = (value: string) => Number(value.replace(',', '.'));
    return { position: { latitude: degrees(latitude), longitude: degrees(longitude) } };
  }

  #tags(written: string, line: number): Record<string, string> {
    const tags = new Map<string, string>();
    for (const pair of written.split(/[;|]/)) {
      if (pair.trim() === '') continue;
      const equals = pair.indexOf('=');
      const key = pair.slice(0, equals).trim();
      if (equals < 1 || key === '') {
        this.#add(
          line,
          'tags',
          `the tag "${excerpt(pair.trim())}" has no "name="`,
          'Write tags as key=value;key=value.',
        );
      } else if (tags.has(key)) {
        this.#add(line, 'tags', `the tag "${excerpt(key)}" stands twice`, 'Keep one of them.');
      } else {
        tags.set(key, pair.slice(equals + 1).trim());
      }
    }
    return Object.fromEntries(tags);
  }

  #add(line: number, column: string, message: string, remedy: string): void {
    // Shifted columns put keys where nobody expects them.
    this.#problems.push({ line, column, message: withoutKeys(message), remedy });
  }
}

/** `="70b3..."` and `'70b3...`: how lists keep a spreadsheet from reading a number. */
function bareHex(cell: string): string {
  return cell.replace(/^="?([^"]*)"?$/, '$1').replace(/^'/, '');
}

function optional<K extends string>(key: K, value: string): Partial<Record<K, string>> {
  return value === '' ? {} : ({ [key]: value } as Record<K, string>);
}
