import { cellsOf, plain } from '../cells.ts';
import { type Draft, type ImportOptions, importOf, type OperatorItem } from '../import.ts';
import { type Line, linesOf, type TextEncoding } from '../lines.ts';
import { FRANCE } from '../local-time.ts';
import { damagedLine, type Place, problemAt, shown } from '../problem.ts';
import { ByteMeter, type ByteStream } from '../source.ts';
import { CurveRows } from './curve-rows.ts';
import { readIndexRow } from './index-rows.ts';
import type { IndexStamps } from './index-stamp.ts';
import { readMaximumPowerRow } from './maximum-power-rows.ts';
import { isSectionHeading, isSectionLine, readSection, type Section } from './section.ts';
import type { StepSettings } from './step-tracker.ts';
import { isCalendarHeading, isCalendarLine, readCalendars } from './tariff-calendar.ts';

export interface EnedisCsvOptions extends ImportOptions {
  /** Which end of its step a load curve's stamp marks. `auto`: the end, or the start at 10 minutes and less. */
  readonly stamps?: StepSettings['stamps'];
  /**
   * `date` (Enedis's own): a daily index stamped `D T23:00+01:00` or `D T00:00+02:00` is the index at the start
   * of local day D. Two exports of one meter agree to the watt-hour only so. `instant` takes the stamp as it is.
   */
  readonly dailyIndex?: 'date' | 'instant';
  readonly rowAfterGap?: StepSettings['rowAfterGap'];
  readonly zone?: string;
  /** `auto`: UTF-8, with or without byte order mark; a line that is none as a spreadsheet of France saves it. */
  readonly encoding?: TextEncoding;
}

/**
 * Reads an Enedis SGE export: any number of sections (load curve, index, daily maximum power) stacked in
 * one file, cells parted by `;`.
 */
export function readEnedisCsv(
  stream: ByteStream,
  options: EnedisCsvOptions = {},
): AsyncGenerator<OperatorItem> {
  const meter = new ByteMeter();
  const lines = linesOf(stream, meter, { encoding: 'auto', ...options });
  return importOf(drafts(lines, options), meter, options);
}

async function* drafts(lines: AsyncIterable<Line>, options: EnedisCsvOptions): AsyncGenerator<Draft> {
  const file = new SgeFile(options);
  let number = 0;
  for await (const line of lines) {
    number = line.number;
    yield* file.read(line);
    if (!file.pending) yield { kind: 'rest', line: number, section: file.sectionName };
  }
  yield* file.end();
  yield { kind: 'rest', line: number, section: file.sectionName };
}

/** What the lines of a section are, until the next heading says otherwise. */
type Block = 'section' | 'rows' | 'calendars';

class SgeFile {
  readonly #options: EnedisCsvOptions;
  readonly #file: string;
  readonly #indexStamps: IndexStamps;
  #section: Section | null = null;
  #sectionHeadings: readonly string[] | null = null;
  /** Where the section was not understood, its rows are passed over and counted. */
  #refused: { readonly place: Place; rows: number } | null = null;
  #headings: readonly string[] | null = null;
  #block: Block = 'section';
  #curve: CurveRows | null = null;

  constructor(options: EnedisCsvOptions) {
    this.#options = options;
    this.#indexStamps = { dailyIndex: options.dailyIndex ?? 'date', zone: options.zone ?? FRANCE };
    this.#file = options.file ?? 'Enedis CSV';
  }

  get sectionName(): string {
    return this.#section?.name ?? '';
  }

  get pending(): boolean {
    return this.#curve?.pending === true;
  }

  *read(line: Line): Generator<Draft> {
    const place = this.#place(line.number);
    if (line.damage !== null) {
      yield* this.#broken(damagedLine(place, line.damage));
      return;
    }
    const cells = cellsOf(line.text, ';');
    if (cells === null) {
      const remedy = 'Take the quotation mark away: SGE writes none.';
      yield* this.#broken(
        problemAt(place, 'line', 'quote_unmatched', 'a quotation mark has no partner', remedy),
      );
    } else if (cells.every((cell) => cell === '')) {
      // A spreadsheet writes `;;;;` for a row that was wiped, and for the blank line between two sections.
      if (this.#curve === null || cells.length < 2) return;
      const remedy = 'Restore the row if one stood there.';
      yield* this.#broken(problemAt(place, 'line', 'row_empty', 'the row is empty', remedy, 'doubt'));
    } else if (isSectionHeading(cells)) {
      yield* this.#closeSection();
      this.#sectionHeadings = cells;
      this.#block = 'section';
    } else if (
      isSectionLine(cells) ||
      (this.#block === 'section' && this.#section === null && this.#refused === null)
    ) {
      yield* this.#openSection(cells, line.number);
    } else if (plain(cells[0] ?? '') === 'horodate') yield* this.#openRows(cells);
    else if (isCalendarHeading(cells)) {
      this.#headings = cells;
      this.#block = 'calendars';
    } else if (this.#refused !== null) this.#refused.rows += 1;
    else yield* this.#readRow(cells, line.number);
  }

  *end(): Generator<Draft> {
    yield* this.#closeSection();
  }

  #place(line: number): Place {
    return { file: this.#file, section: this.sectionName, line };
  }

  *#closeSection(): Generator<Draft> {
    if (this.#curve !== null) yield* this.#curve.end();
    if (this.#refused !== null && this.#refused.rows > 0) {
      const { place, rows } = this.#refused;
      const remedy = 'Correct what was said of the section before.';
      yield problemAt(
        place,
        'section',
        'section_not_read',
        `${rows} rows of this section were passed over`,
        remedy,
      );
    }
    this.#section = null;
    this.#sectionHeadings = null;
    this.#refused = null;
    this.#headings = null;
    this.#curve = null;
  }

  *#openSection(cells: readonly string[], line: number): Generator<Draft> {
    const headings = this.#sectionHeadings;
    yield* this.#closeSection();
    const read = readSection(headings, cells);
    if ('refusal' in read) {
      const { column, reason, remedy } = read.refusal;
      this.#refused = { place: this.#place(line), rows: 0 };
      yield problemAt(this.#place(line), column, 'section_unknown', reason, remedy);
      return;
    }
    this.#section = read.section;
    this.#block = 'rows';
    if (read.section.type === 'load curve') {
      const { stamps = 'auto', rowAfterGap = 'missing' } = this.#options;
      const settings = { declared_ms: read.section.step_ms, stamps, rowAfterGap };
      this.#curve = new CurveRows(read.section, settings);
    }
  }

  /** A second `Horodate` in one section means that the section's own line between them was lost. */
  *#openRows(cells: readonly string[]): Generator<Draft> {
    if (this.#headings !== null && this.#section !== null) yield* this.#closeSection();
    this.#headings = cells;
    this.#block = 'rows';
  }

  *#broken(problem: Draft & { kind: 'problem' }): Generator<Draft> {
    if (this.#curve === null) yield problem;
    else yield* this.#curve.broken(problem);
  }

  *#readRow(cells: readonly string[], line: number): Generator<Draft> {
    const section = this.#section;
    const place = this.#place(line);
    if (section === null) {
      this.#refused = { place, rows: 1 };
      const remedy = 'Restore the two lines above it that start with "Identifiant PRM" and the PRM.';
      yield problemAt(
        place,
        'line',
        'section_unknown',
        `the rows from ${shown(cells[0] ?? '')} on belong to no section`,
        remedy,
      );
    } else if (isCalendarLine(cells) || this.#block === 'calendars') {
      const calendars = readCalendars(this.#headings ?? [], cells, section.pointId, line, this.#indexStamps);
      if (calendars !== null) yield* calendars;
      else
        yield problemAt(
          place,
          'Periode',
          'period_unreadable',
          `${shown(cells[0] ?? '')} is no period`,
          'Write "Du <instant> au <instant>".',
        );
    } else if (section.type === 'load curve') {
      yield* this.#curve?.read(cells, place) ?? [];
    } else if (section.type === 'index') {
      yield* readIndexRow(this.#headings ?? [], cells, section, place, this.#indexStamps);
    } else yield* readMaximumPowerRow(cells, section, place);
  }
}
