import { type FakeAnswer, FakeOperator, type FakeRequest } from './fake-operator.ts';

const STEP_MS = 1_800_000;
const ZONE = 'Europe/Paris';

/** Enedis Data Connect for tests: load curve and daily energy of v5 and 2026 over one function of power. */
export class FakeEnedis extends FakeOperator {
  /** Mean watts of the half hour that ends at `at`; null where the meter said nothing. */
  power: (pointId: string, at: Date) => number | null = () => 500;
  /** Days from here on are not there yet. */
  today = '2026-01-01';
  readonly points = new Set<string>();

  protected override answer({ path, query }: FakeRequest): FakeAnswer {
    const v5 = path.startsWith('/metering_data_');
    const pointId = query.get(v5 ? 'usage_point_id' : 'pointId') ?? '';
    const start = query.get(v5 ? 'start' : 'dateDebut') ?? '';
    const end = query.get(v5 ? 'end' : 'dateFin') ?? '';
    if (this.withoutConsent.has(pointId)) {
      return {
        status: 403,
        body: { error: 'ADAM-ERR0069', error_description: 'No consent can be found for this customer' },
      };
    }
    if (!this.points.has(pointId)) return { status: 400, body: { code: 'SGT401', message: 'PRM inconnu' } };
    const from = Temporal.PlainDate.from(start);
    const last = Temporal.PlainDate.from(end);
    const today = Temporal.PlainDate.from(this.today);
    const to = Temporal.PlainDate.compare(last, today) < 0 ? last : today;
    const days = from.until(last).days;
    const curve = /load_curve|courbe_de_charge/.test(path);
    if (days < 1 || (curve && days > 7))
      return { status: 400, body: { error: 'ADAM-ERR0023', error_description: 'Période invalide' } };
    if (Temporal.PlainDate.compare(from, to) >= 0)
      return { status: 404, body: { message: 'Pas de mesure trouvée pour ce point' } };
    const rows = curve ? this.#curve(pointId, from, to) : this.#days(pointId, from, to);
    const unit = curve ? 'W' : 'Wh';
    return {
      rows: v5
        ? rows
        : rows.map(({ value, date }) => ({ v: value, d: date, ...(curve ? { p: 'PT30M', n: 'B' } : {}) })),
      type: 'application/json',
      document: (page) =>
        JSON.stringify(
          v5
            ? {
                meter_reading: {
                  usage_point_id: pointId,
                  start,
                  end,
                  quality: 'BRUT',
                  reading_type: {
                    measurement_kind: curve ? 'power' : 'energy',
                    unit,
                    aggregate: curve ? 'average' : 'sum',
                  },
                  interval_reading: page,
                },
              }
            : {
                idPrm: pointId,
                etapeMetier: 'BRUT',
                periode: { dateDebut: start, dateFin: end },
                modeCalcul: 'MESURE',
                grandeur: [{ grandeurMetier: 'CONS', grandeurPhysique: 'PA', unite: unit, points: page }],
              },
        ),
    };
  }

  #curve(pointId: string, from: Temporal.PlainDate, to: Temporal.PlainDate) {
    const rows: { value: string; date: string; interval_length: string; measure_type: string }[] = [];
    for (let at = startOf(from) + STEP_MS; at <= startOf(to); at += STEP_MS) {
      const watts = this.power(pointId, new Date(at));
      if (watts === null) continue;
      const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(ZONE).toPlainDateTime();
      const date = local.toString({ smallestUnit: 'second' }).replace('T', ' ');
      rows.push({ value: String(watts), date, interval_length: 'PT30M', measure_type: 'B' });
    }
    return rows;
  }

  #days(pointId: string, from: Temporal.PlainDate, to: Temporal.PlainDate) {
    const rows: { value: string; date: string }[] = [];
    for (let day = from; Temporal.PlainDate.compare(day, to) < 0; day = day.add({ days: 1 })) {
      let energy_Wh = 0;
      for (let at = startOf(day) + STEP_MS; at <= startOf(day.add({ days: 1 })); at += STEP_MS) {
        energy_Wh += (this.power(pointId, new Date(at)) ?? 0) / 2;
      }
      rows.push({ value: String(energy_Wh), date: day.toString() });
    }
    return rows;
  }
}

const startOf = (day: Temporal.PlainDate) => day.toZonedDateTime(ZONE).epochMilliseconds;
