import { type FakeAnswer, FakeOperator, type FakeRequest } from './fake-operator.ts';

/** What GRDF says of one gas day. */
export interface FakeGasDay {
  readonly startIndex: number;
  readonly endIndex: number;
  readonly energy: number;
}

/** GRDF's ADICT API for tests: informative days in NDJSON, provisional until they are three days old. */
export class FakeGrdf extends FakeOperator {
  /** What is known of a day when it is `age` days old: revisions are a matter of age. Null: nothing. */
  day: (pce: string, day: Temporal.PlainDate, age: number) => FakeGasDay | null = () => null;
  today = '2026-01-01';
  readonly points = new Set<string>();

  protected override answer({ path, query }: FakeRequest): FakeAnswer {
    const pce = /^\/adict\/v\d+\/pce\/([^/]+)\/donnees_consos_informatives$/.exec(path)?.[1] ?? '';
    if (this.withoutConsent.has(pce)) {
      return {
        status: 403,
        body: { code_statut_traitement: '1000047', message_retour_traitement: "Droit d'accès absent" },
      };
    }
    if (!this.points.has(pce)) return { status: 404, body: { message_retour_traitement: 'PCE inconnu' } };
    const today = Temporal.PlainDate.from(this.today);
    const end = Temporal.PlainDate.from(query.get('date_fin') ?? '');
    const rows: unknown[] = [];
    let day = Temporal.PlainDate.from(query.get('date_debut') ?? '');
    for (; Temporal.PlainDate.compare(day, end) < 0; day = day.add({ days: 1 })) {
      const age = day.until(today).days;
      if (age >= 1) rows.push(lineOf(pce, day, this.day(pce, day, age), age));
    }
    return {
      rows,
      type: 'application/x-ndjson',
      document: (page) => page.map((row) => `${JSON.stringify(row)}\n`).join(''),
    };
  }
}

function lineOf(pce: string, day: Temporal.PlainDate, known: FakeGasDay | null, age: number) {
  const stamp = (at: Temporal.PlainDate) => `${at.toString()}T06:00:00+02:00`;
  const next = day.add({ days: 1 });
  const periode = { valeur: null, date_debut: day.toString(), date_fin: next.toString() };
  if (known === null) {
    const statut_restitution = { code: '1000008', message: 'Aucune donnée pour la période' };
    return {
      pce: { id_pce: pce },
      periode,
      releve_debut: null,
      releve_fin: null,
      consommation: null,
      statut_restitution,
    };
  }
  return {
    pce: { id_pce: pce },
    periode,
    releve_debut: { index_brut_debut: { valeur_index: known.startIndex, horodate_Index: stamp(day) } },
    releve_fin: { index_brut_fin: { valeur_index: known.endIndex, horodate_Index: stamp(next) } },
    consommation: {
      date_debut_consommation: stamp(day),
      date_fin_consommation: stamp(next),
      volume_brut: known.endIndex - known.startIndex,
      energie: known.energy,
      coeff_calcul: { coeff_conversion: 11.16 },
      type_qualif_conso: 'Mesuré',
      statut_conso: age <= 3 ? 'Provisoire' : 'Définitive',
      journee_gaziere: day.toString(),
      type_conso: 'Informative Journalier',
    },
    statut_restitution: null,
  };
}
