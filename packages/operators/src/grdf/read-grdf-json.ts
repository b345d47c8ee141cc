import { z } from 'zod';

import { type Draft, type ImportOptions, importOf, type OperatorItem } from '../import.ts';
import { jsonRows, parsed, type Scalars } from '../json-rows.ts';
import { dayOf, FRANCE } from '../local-time.ts';
import { type Place, problemAt, shown } from '../problem.ts';
import { ByteMeter, type ByteStream } from '../source.ts';
import { GasDays, type GasPeriod } from './gas-day.ts';

export interface GrdfOptions extends ImportOptions {
  readonly zone?: string;
  /** When the export was made; without it no day is held to be provisional by its age. */
  readonly exportedAt?: Date;
  /** GRDF revises a day until D+3. */
  readonly provisionalDays?: number;
}

/** Null is what GRDF does not know; that the key is there tells it from half a row. */
const known = z.union([z.number(), z.string()]).nullable();
const decimal = known.optional();
const text = z.string().nullable().optional();

/** One entry of `releves`: a gas day of the informative data, or a period of the published ones. */
const GrdfRow = z.object({
  journeeGaziere: text,
  dateDebutReleve: text,
  dateFinReleve: text,
  indexDebut: decimal,
  indexFin: known,
  volumeBrutConsomme: known,
  energieConsomme: known,
  coeffConversion: decimal,
  qualificationReleve: text,
  natureReleve: text,
  status: text,
});

const ROW_ARRAYS: ReadonlySet<string> = new Set(['releves']);

export const gasSettings = ({ zone = FRANCE, exportedAt, provisionalDays = 3 }: GrdfOptions) => ({
  zone,
  exportedAt: exportedAt ?? null,
  provisionalDays,
});

/**
 * Reads GRDF's JSON of one or several PCEs (`{"<PCE>": {"idPce": ..., "releves": [...]}}`), daily
 * (`journeeGaziere`) or published. A file of a later export holds revised rows under the same keys.
 */
export function readGrdfJson(stream: ByteStream, options: GrdfOptions = {}): AsyncGenerator<OperatorItem> {
  const meter = new ByteMeter();
  return importOf(drafts(stream, meter, options), meter, options);
}

async function* drafts(stream: ByteStream, meter: ByteMeter, options: GrdfOptions): AsyncGenerator<Draft> {
  const days = new GasDays(gasSettings(options));
  const file = options.file ?? 'GRDF JSON';
  let rows = 0;
  let line = 0;
  for await (const event of jsonRows(stream, meter, ROW_ARRAYS, options)) {
    ({ line } = event);
    if (event.kind === 'close') continue;
    const pointId = event.kind === 'row' ? pointOf(event.around) : '';
    const place: Place = { file, section: pointId, line };
    if (event.kind === 'broken') {
      yield problemAt(place, 'document', 'json_broken', event.reason, 'Download the file again.');
    } else {
      rows += 1;
      yield* readRow(event.text, pointId, place, days);
      yield { kind: 'rest', line, section: pointId };
    }
  }
  if (rows === 0) {
    const reason = 'the document has no readings under "releves"';
    yield problemAt(
      { file, section: '', line },
      'releves',
      'json_without_readings',
      reason,
      "Give GRDF's JSON of readings.",
    );
  }
}

function pointOf(around: Scalars): string {
  const id = around.get('idPce') ?? around.get('..key');
  return typeof id === 'string' ? id : '';
}

function* readRow(row: string, pointId: string, place: Place, days: GasDays): Generator<Draft> {
  const value = parsed(row);
  const read = GrdfRow.safeParse(value);
  if (!read.success) {
    const column = read.error.issues[0]?.path.join('.') ?? '';
    const reason =
      value === undefined
        ? `${shown(row.trim())} is no JSON`
        : (read.error.issues[0]?.message ?? 'unexpected');
    yield problemAt(
      place,
      column || 'row',
      'row_unreadable',
      reason,
      'Correct this reading; the others were read.',
    );
    return;
  }
  const period = periodOf(read.data, pointId);
  if (period === null) {
    const reason = 'neither journeeGaziere nor dateDebutReleve and dateFinReleve tell the day';
    yield problemAt(place, 'journeeGaziere', 'day_unreadable', reason, 'Write the gas day as 2021-08-10.');
  } else if (pointId === '') {
    yield problemAt(
      place,
      'idPce',
      'point_unknown',
      'nothing says of which PCE this is',
      'Put "idPce" before "releves".',
    );
  } else yield* days.read(period, place);
}

function periodOf(row: z.output<typeof GrdfRow>, pointId: string): GasPeriod | null {
  const gasDay = dayOf(row.journeeGaziere ?? '');
  const from = gasDay ?? dayOf((row.dateDebutReleve ?? '').slice(0, 10));
  const to = gasDay?.add({ days: 1 }) ?? dayOf((row.dateFinReleve ?? '').slice(0, 10));
  if (from === null || to === null || Temporal.PlainDate.compare(from, to) >= 0) return null;
  return {
    pointId,
    from,
    to,
    startIndex: row.indexDebut ?? null,
    endIndex: row.indexFin,
    volume: row.volumeBrutConsomme,
    energy: row.energieConsomme,
    coefficient: row.coeffConversion ?? null,
    qualification: row.qualificationReleve ?? null,
    status: row.status ?? null,
    nature: row.natureReleve ?? null,
  };
}
