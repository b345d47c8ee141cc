import { cellsOf, type Delimiter, delimiterOf, plain } from '../cells.ts';
import { type Draft, type ImportOptions, importOf, type OperatorItem } from '../import.ts';
import { linesOf } from '../lines.ts';
import { damagedLine, type Place, problemAt } from '../problem.ts';
import { ByteMeter, type ByteStream } from '../source.ts';
import type { WaterMapping } from './mapping.ts';
import { type WaterCells, WaterRows } from './water-rows.ts';

export interface WaterCsvOptions extends ImportOptions {
  readonly mapping: WaterMapping;
}

/** How many lines of titles may stand above the header. */
const HEADER_WITHIN = 50;

/** Reads a water operator's table of indexes by a column mapping. */
export function readWaterCsv(stream: ByteStream, options: WaterCsvOptions): AsyncGenerator<OperatorItem> {
  const meter = new ByteMeter();
  return importOf(drafts(stream, meter, options), meter, options);
}

async function* drafts(
  stream: ByteStream,
  meter: ByteMeter,
  options: WaterCsvOptions,
): AsyncGenerator<Draft> {
  const { mapping } = options;
  const table = new WaterTable(mapping);
  const file = options.file ?? 'water CSV';
  let number = 0;
  for await (const line of linesOf(stream, meter, { ...options, encoding: mapping.encoding })) {
    number = line.number;
    const place: Place = { file, section: '', line: number };
    if (line.damage !== null) yield damagedLine(place, line.damage);
    else yield* table.read(line.text.replace(/^\uFEFF/, ''), place);
    if (table.given) return;
    yield { kind: 'rest', line: number, section: '' };
  }
  if (!table.found) yield table.noHeader({ file, section: '', line: Math.max(number, 1) });
}

class WaterTable {
  readonly #mapping: WaterMapping;
  readonly #rows: WaterRows;
  #header: {
    readonly delimiter: Delimiter;
    readonly positions: ReadonlyMap<keyof WaterCells, number>;
    readonly width: number;
  } | null = null;
  #lines = 0;
  /** No header within the first lines: there is nothing to read. */
  given = false;

  constructor(mapping: WaterMapping) {
    this.#mapping = mapping;
    this.#rows = new WaterRows(mapping);
  }

  get found(): boolean {
    return this.#header !== null || this.given;
  }

  *read(text: string, place: Place): Generator<Draft> {
    if (text.trim() === '') return;
    if (this.#header === null) {
      this.#lines += 1;
      this.#header = this.#headerOf(text);
      if (this.#header === null && this.#lines >= HEADER_WITHIN) {
        this.given = true;
        yield this.noHeader(place);
      }
      return;
    }
    const { delimiter, positions, width } = this.#header;
    const cells = cellsOf(text, delimiter);
    if (cells === null) {
      const remedy = 'Write the quotation mark twice where it belongs to the text.';
      yield problemAt(place, 'line', 'quote_unmatched', 'a quotation mark has no partner', remedy);
    } else if (cells.slice(width).some((cell) => cell !== '')) {
      const reason = `the line has ${cells.length} cells, the header ${width}`;
      yield problemAt(
        place,
        'line',
        'cells_too_many',
        reason,
        'Put quotation marks around a cell that holds the delimiter.',
      );
    } else {
      const cell = (name: keyof WaterCells) => cells[positions.get(name) ?? -1] ?? '';
      yield* this.#rows.read(
        {
          contract: cell('contract'),
          meterSerial: cell('meterSerial'),
          date: cell('date'),
          time: cell('time'),
          index: cell('index'),
          unit: cell('unit'),
          quality: cell('quality'),
        },
        place,
      );
    }
  }

  noHeader(place: Place) {
    const wanted = Object.values(this.#mapping.columns).map((heading) => `"${heading}"`);
    const remedy = 'Correct the headings of the mapping: they must be those of the file.';
    return problemAt(
      place,
      'header',
      'header_not_found',
      `no line has the columns ${wanted.join(', ')}`,
      remedy,
    );
  }

  #headerOf(text: string) {
    const delimiter = this.#mapping.delimiter === 'auto' ? delimiterOf(text) : this.#mapping.delimiter;
    const headings = (cellsOf(text, delimiter) ?? []).map(plain);
    const positions = new Map<keyof WaterCells, number>();
    for (const name of ['contract', 'meterSerial', 'date', 'time', 'index', 'unit', 'quality'] as const) {
      const heading = this.#mapping.columns[name];
      if (heading === undefined) continue;
      const at = headings.indexOf(plain(heading));
      if (at === -1) return null;
      positions.set(name, at);
    }
    return { delimiter, positions, width: headings.length };
  }
}
