import { z } from 'zod';

import { type Draft, type ImportOptions, importOf, type OperatorItem } from '../import.ts';
import { parsed } from '../json-rows.ts';
import { linesOf } from '../lines.ts';
import { dayOf } from '../local-time.ts';
import { damagedLine, problemAt, shown } from '../problem.ts';
import { ByteMeter, type ByteStream } from '../source.ts';
import { GasDays, type GasPeriod } from './gas-day.ts';
import { type GrdfOptions, gasSettings } from './read-grdf-json.ts';

const text = z.string().nullish();
const number = z.number().nullish();
const index = z.object({ valeur_index: number, horodate_Index: text }).nullish();

/**
 * One line of `donnees_consos_informatives` or `donnees_consos_publiees` of GRDF's ADICT API, which
 * answers in NDJSON. Shape after the published tests of lowatt/lowatt-grdf and Natixar/OpenAPI-Backend.
 */
export const AdictLine = z.object({
  pce: z.object({ id_pce: z.string().min(1) }),
  releve_debut: z.object({ index_brut_debut: index }).nullish(),
  releve_fin: z.object({ index_brut_fin: index }).nullish(),
  consommation: z
    .object({
      date_debut_consommation: text,
      date_fin_consommation: text,
      journee_gaziere: text,
      volume_brut: number,
      energie: number,
      coeff_calcul: z.object({ coeff_conversion: number }).nullish(),
      type_qualif_conso: text,
      statut_conso: text,
      type_conso: text,
    })
    .nullish(),
  statut_restitution: z
    .object({ code: z.union([z.string(), z.number()]).nullish(), message: text })
    .nullish(),
});

/** Reads an answer of the ADICT API, saved or as it streams in. */
export function readGrdfAdict(
  stream: ByteStream,
  options: GrdfOptions & ImportOptions = {},
): AsyncGenerator<OperatorItem> {
  const meter = new ByteMeter();
  return importOf(drafts(stream, meter, options), meter, options);
}

async function* drafts(stream: ByteStream, meter: ByteMeter, options: GrdfOptions): AsyncGenerator<Draft> {
  const days = new GasDays(gasSettings(options));
  const file = options.file ?? 'GRDF ADICT answer';
  for await (const line of linesOf(stream, meter, options)) {
    const place = { file, section: '', line: line.number };
    if (line.damage !== null) yield damagedLine(place, line.damage);
    else if (line.text.trim() !== '') {
      const read = AdictLine.safeParse(parsed(line.text));
      if (read.success) {
        const period = periodOf(read.data);
        const section = read.data.pce.id_pce;
        if (period !== null) yield* days.read(period, { ...place, section });
        else if (read.data.consommation != null) {
          const remedy = 'Ask for the period again.';
          yield problemAt(
            { ...place, section },
            'journee_gaziere',
            'day_unreadable',
            'the line has no period',
            remedy,
          );
        }
      } else {
        const reason = read.error.issues[0]?.message ?? shown(line.text);
        const column = read.error.issues[0]?.path.join('.') || 'line';
        yield problemAt(
          place,
          column,
          'row_unreadable',
          reason,
          'Ask for the period again; the other lines were read.',
        );
      }
    }
    yield { kind: 'rest', line: line.number, section: '' };
  }
}

/** Null for a line that only says that the period has no data. */
function periodOf({
  pce,
  releve_debut,
  releve_fin,
  consommation,
}: z.output<typeof AdictLine>): GasPeriod | null {
  if (consommation == null) return null;
  const gasDay = dayOf(consommation.journee_gaziere ?? '');
  const from = gasDay ?? dayOf((consommation.date_debut_consommation ?? '').slice(0, 10));
  const to = gasDay?.add({ days: 1 }) ?? dayOf((consommation.date_fin_consommation ?? '').slice(0, 10));
  if (from === null || to === null || Temporal.PlainDate.compare(from, to) >= 0) return null;
  return {
    pointId: pce.id_pce,
    from,
    to,
    startIndex: releve_debut?.index_brut_debut?.valeur_index ?? null,
    endIndex: releve_fin?.index_brut_fin?.valeur_index ?? null,
    volume: consommation.volume_brut ?? null,
    energy: consommation.energie ?? null,
    coefficient: consommation.coeff_calcul?.coeff_conversion ?? null,
    qualification: consommation.type_qualif_conso ?? null,
    status: consommation.statut_conso ?? null,
    nature: consommation.type_conso ?? null,
  };
}
