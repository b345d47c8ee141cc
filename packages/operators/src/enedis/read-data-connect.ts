import { z } from 'zod';

import { type Draft, type ImportOptions, importOf, type OperatorItem } from '../import.ts';
import { type JsonEvent, jsonRows, parsed } from '../json-rows.ts';
import { FRANCE } from '../local-time.ts';
import { type Place, problemAt, shown } from '../problem.ts';
import type { OperatorProblem } from '../reading.ts';
import { ByteMeter, type ByteStream } from '../source.ts';
import { MeasureRow } from './data-connect-schema.ts';
import { type Measure, MeasureRows } from './measure-rows.ts';

export interface DataConnectOptions extends ImportOptions {
  /** What v5 answers do not say: consumption or production. 2026's say it themselves. */
  readonly direction?: 'consumption' | 'production';
  /** Which end of its step a load curve's date marks. */
  readonly stamps?: 'start' | 'end';
  readonly zone?: string;
  /** The last instant of each series, for the pages of one answer to share: it tells October's two hours apart. */
  readonly sequence?: Map<string, number>;
}

const ROW_ARRAYS: ReadonlySet<string> = new Set(['interval_reading', 'points']);
/** Rows that wait for a PRM which the document tells after them: half a year of half hours. */
const MOST_WAITING = 10_000;

/** What the objects around the rows say, under v5's names and under 2026's. */
const Around = z
  .object({
    usage_point_id: z.string().optional(),
    idPrm: z.string().optional(),
    'reading_type.unit': z.string().optional(),
    unite: z.string().optional(),
    'reading_type.aggregate': z.string().optional(),
    grandeurPhysique: z.string().optional(),
    grandeurMetier: z.string().optional(),
    quality: z.string().optional(),
    etapeMetier: z.string().optional(),
    pas: z.string().optional(),
  })
  .transform((said) => ({
    pointId: said.usage_point_id ?? said.idPrm ?? '',
    unit: (said['reading_type.unit'] ?? said.unite ?? '').toLowerCase(),
    maximum: /^max/i.test(said['reading_type.aggregate'] ?? '') || said.grandeurPhysique === 'PMA',
    direction:
      said.grandeurMetier === 'PROD' ? 'production' : said.grandeurMetier === 'CONS' ? 'consumption' : null,
    corrected: /corrig|best/i.test(said.quality ?? said.etapeMetier ?? ''),
    step: said.pas ?? '',
  }));

/**
 * Reads an answer of Enedis Data Connect, v5 or 2026: load curves (W, dated by the end of the step in
 * local time without offset), daily energy (Wh, dated by the day) and daily maximum power (VA).
 */
export function readDataConnect(
  stream: ByteStream,
  options: DataConnectOptions = {},
): AsyncGenerator<OperatorItem> {
  const meter = new ByteMeter();
  return importOf(drafts(stream, meter, options), meter, options);
}

type RowEvent = Extract<JsonEvent, { kind: 'row' }>;

async function* drafts(
  stream: ByteStream,
  meter: ByteMeter,
  options: DataConnectOptions,
): AsyncGenerator<Draft> {
  const file = options.file ?? 'Data Connect JSON';
  const rows = new MeasureRows({
    zone: options.zone ?? FRANCE,
    stamps: options.stamps ?? 'end',
    sequence: options.sequence ?? new Map(),
  });
  let waiting: RowEvent[] = [];
  let seen = 0;
  let line = 0;
  for await (const event of jsonRows(stream, meter, ROW_ARRAYS, options)) {
    ({ line } = event);
    if (event.kind === 'broken') {
      yield problemAt(
        { file, section: '', line },
        'document',
        'json_broken',
        event.reason,
        'Ask for it again.',
      );
      continue;
    }
    if (event.kind === 'row') {
      seen += 1;
      waiting.push(event);
    } else waiting = waiting.map((row) => ({ ...row, around: new Map([...event.around, ...row.around]) }));
    const ready = waiting.findIndex((row) => measureOf(row, options) === null);
    for (const row of waiting.splice(0, ready === -1 ? waiting.length : ready))
      yield* readRow(row, file, options, rows);
    if (waiting.length > MOST_WAITING) yield* waiting.splice(0).map((row) => unknownPoint(file, row.line));
    if (waiting.length === 0) yield { kind: 'rest', line, section: '' };
  }
  yield* waiting.map((row) => unknownPoint(file, row.line));
  if (seen === 0) {
    const reason = 'the document has no interval_reading and no points';
    yield problemAt(
      { file, section: '', line },
      'document',
      'json_without_readings',
      reason,
      'Give an answer of Data Connect.',
    );
  }
}

const unknownPoint = (file: string, line: number): OperatorProblem =>
  problemAt(
    { file, section: '', line },
    'usage_point_id',
    'point_unknown',
    'the document does not say of which PRM and in which unit this is',
    'Keep the whole answer, with usage_point_id and reading_type (or idPrm and unite).',
  );

function measureOf({ around }: RowEvent, options: DataConnectOptions): Measure | null {
  const said = Around.safeParse(Object.fromEntries(around));
  if (!said.success) return null;
  const { pointId, unit, maximum, direction, corrected, step } = said.data;
  if (!/^\d{14}$/.test(pointId) || !['w', 'wh', 'kw', 'kwh', 'va', 'kva'].includes(unit)) return null;
  const quantity =
    (direction ?? options.direction ?? 'consumption') === 'production'
      ? 'active_energy_export'
      : 'active_energy_import';
  return { pointId, unit, maximum: maximum || unit.endsWith('va'), quantity, corrected, step };
}

function* readRow(
  event: RowEvent,
  file: string,
  options: DataConnectOptions,
  rows: MeasureRows,
): Generator<Draft> {
  const measure = measureOf(event, options);
  if (measure === null) return;
  const place: Place = { file, section: measure.pointId, line: event.line };
  const row = MeasureRow.safeParse(parsed(event.text));
  if (row.success) yield* rows.read(row.data, measure, place);
  else
    yield problemAt(
      place,
      'row',
      'row_unreadable',
      `${shown(event.text.trim())} is no reading`,
      'Ask for it again; the others were read.',
    );
}
