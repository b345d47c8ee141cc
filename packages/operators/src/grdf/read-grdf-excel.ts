import { createHash } from 'node:crypto';

import { messageOf, VeilleurError } from '@veilleur/domain';
import { readSheet } from 'read-excel-file/node';

import { plain } from '../cells.ts';
import { type Draft, importOf, type OperatorItem } from '../import.ts';
import { dayFirst, startOfDay } from '../local-time.ts';
import { problemAt, shown } from '../problem.ts';
import { type ByteStream, chunksOf } from '../source.ts';
import { GasDays, type GasSettings } from './gas-day.ts';
import { type GrdfOptions, gasSettings } from './read-grdf-json.ts';

export interface GrdfExcelOptions extends GrdfOptions {
  /** The PCE, where the sheet's "N° PCE" is empty. */
  readonly pointId?: string;
}

/** The columns of "Données informatives et détaillées", by day; the weekly and monthly sheets have no indexes. */
const COLUMNS = {
  day: 'date de releve',
  startIndex: 'index de debut de periode (m3)',
  endIndex: 'index de fin de periode (m3)',
  volume: 'volume consomme (m3)',
  energy: 'energie consommee (kwh)',
  coefficient: 'coefficient de conversion',
  qualification: 'qualification du releve',
} as const;

/** A year of days takes 53 KB. A workbook can't be read as a stream: its directory stands at its end. */
const LARGEST_WORKBOOK = 8 * 1024 * 1024;

type Cell = unknown;
type Row = readonly Cell[];

/**
 * Reads the workbook that a customer downloads from GRDF's site, by day. Held in memory, so larger than
 * 8 MiB is refused.
 *
 * @throws VeilleurError `excel_invalid`: no workbook, or not this one.
 */
export async function* readGrdfExcel(
  stream: ByteStream,
  options: GrdfExcelOptions = {},
): AsyncGenerator<OperatorItem> {
  const file = options.file ?? 'GRDF workbook';
  const workbook = await wholeOf(stream, options, file);
  const rows = await readSheet(workbook).catch((error: unknown) => {
    throw invalid(file, `is no workbook (${messageOf(error)})`);
  });
  const heading = rows.findIndex((row) =>
    row.some((cell) => typeof cell === 'string' && plain(cell) === COLUMNS.day),
  );
  const headings = (rows[heading] ?? []).map((cell) => (typeof cell === 'string' ? plain(cell) : ''));
  if (!headings.includes(COLUMNS.endIndex)) throw invalid(file, 'has no daily readings with their indexes');
  const head = rows.slice(0, heading);
  const pointId = options.pointId ?? pointOf(head);
  if (pointId === null) throw invalid(file, 'does not say of which PCE it is');
  const settings = gasSettings(options);
  const days = new GasDays({ ...settings, exportedAt: settings.exportedAt ?? exportedAt(head, settings) });
  const digest = createHash('sha256').update(workbook).digest('hex');
  let row = 0;
  const position = {
    get offset() {
      return row;
    },
    prefix: () => ({ offset: row, digest }),
  };

  async function* drafts(): AsyncGenerator<Draft> {
    for (const cells of rows.slice(heading + 1)) {
      row = row === 0 ? heading + 2 : row + 1;
      yield* readDay(cells, row);
      yield { kind: 'rest', line: row, section: pointId ?? '' };
    }
  }

  function* readDay(cells: Row, line: number): Generator<Draft> {
    const cell = (name: keyof typeof COLUMNS) => cells[headings.indexOf(COLUMNS[name])] ?? null;
    const value = (name: keyof typeof COLUMNS) => {
      const content = cell(name);
      return typeof content === 'number' ? content : typeof content === 'string' ? content.trim() : null;
    };
    if (cells.every((content) => content === null)) return;
    const day = dayOfCell(cell('day'));
    if (day === null) {
      const place = { file, section: pointId ?? '', line };
      const remedy = 'Write the day as 31/12/2021.';
      yield problemAt(
        place,
        'Date de relevé',
        'day_unreadable',
        `${shown(JSON.stringify(cell('day')))} is no day`,
        remedy,
      );
      return;
    }
    const qualification = cell('qualification');
    yield* days.read(
      {
        pointId: pointId ?? '',
        from: day,
        to: day.add({ days: 1 }),
        startIndex: value('startIndex'),
        endIndex: value('endIndex'),
        volume: value('volume'),
        energy: value('energy'),
        coefficient: value('coefficient'),
        qualification: typeof qualification === 'string' ? qualification : null,
        status: null,
        nature: null,
      },
      { file, section: pointId ?? '', line },
    );
  }

  yield* importOf(drafts(), position, options);
}

async function wholeOf(stream: ByteStream, options: GrdfExcelOptions, file: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(stream, options)) {
    size += chunk.length;
    if (size > LARGEST_WORKBOOK) throw invalid(file, 'has more than 8 MiB');
    parts.push(chunk);
  }
  const workbook = Buffer.concat(parts);
  if (unpackedSize(workbook) > 16 * LARGEST_WORKBOOK)
    throw invalid(file, 'would unpack to more than 128 MiB');
  return workbook;
}

/** What the archive's directory says that its entries unpack to (APPNOTE 4.3.12), before anything is unpacked. */
function unpackedSize(archive: Buffer): number {
  let size = 0;
  for (
    let at = archive.indexOf('PK\u0001\u0002', 0, 'latin1');
    at !== -1;
    at = archive.indexOf('PK\u0001\u0002', at + 4, 'latin1')
  ) {
    if (at + 46 <= archive.length) size += archive.readUInt32LE(at + 24);
  }
  return size;
}

/** `N° PCE : 12345678901234`, in one cell or in two. */
function pointOf(head: readonly Row[]): string | null {
  for (const row of head) {
    const at = row.findIndex((cell) => typeof cell === 'string' && plain(cell).startsWith('n° pce'));
    if (at === -1) continue;
    const text = row
      .slice(at)
      .filter((cell) => typeof cell === 'string' || typeof cell === 'number')
      .join(' ');
    const match = /:\s*([A-Z0-9]{8,14})\b/i.exec(text);
    if (match?.[1] !== undefined) return match[1];
  }
  return null;
}

/** `Export du 24/11/2021`: a day, so its beginning. */
function exportedAt(head: readonly Row[], { zone }: Pick<GasSettings, 'zone'>): Date | null {
  const text = head.flat().find((cell) => typeof cell === 'string' && plain(cell).startsWith('export du'));
  const day = typeof text === 'string' ? dayFirst(text.trim().split(/\s+/).at(-1) ?? '') : null;
  return day === null ? null : startOfDay(day, zone);
}

/** A day as text, or as a spreadsheet's date, which stands for midnight UTC. */
function dayOfCell(cell: Cell): Temporal.PlainDate | null {
  if (typeof cell === 'string') return dayFirst(cell.trim());
  if (!(cell instanceof Date)) return null;
  return Temporal.Instant.fromEpochMilliseconds(cell.getTime()).toZonedDateTimeISO('UTC').toPlainDate();
}

function invalid(file: string, reason: string): VeilleurError {
  return new VeilleurError('excel_invalid', `${file} ${reason}`, {
    remedy: 'Give the workbook "Données informatives", by day, of GRDF\'s site; name the PCE if it does not.',
  });
}
