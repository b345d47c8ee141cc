/** Exports as operators write them, made for a story: what each says is the story's own. */

const DAY = { days: 1 };

/** Enedis SGE: a load curve of half hours, stamped by their ends. `power_W` null: the row is absent. */
export function enedisCurve(
  prm: string,
  from: string,
  to: string,
  power_W: (end: Temporal.ZonedDateTime) => number | null,
): string {
  const rows: string[] = [];
  const last = Temporal.PlainDate.from(to).toZonedDateTime('Europe/Paris');
  let end = Temporal.PlainDate.from(from).toZonedDateTime('Europe/Paris');
  while (Temporal.ZonedDateTime.compare(end, last) < 0) {
    end = end.add({ minutes: 30 });
    const power = power_W(end);
    if (power !== null) rows.push(`${end.toString({ timeZoneName: 'never' })};${power}`);
  }
  return [
    '\uFEFFIdentifiant PRM;Type de donnees;Date de debut;Date de fin;Grandeur physique;Grandeur metier;Etape metier;Unite;Pas en minutes',
    `${prm};Courbe de charge;${french(from)};${french(to)};Energie active;Consommation;Comptage Brut;W;30`,
    'Horodate;Valeur',
    ...rows,
    '',
  ].join('\n');
}

const french = (day: string) => day.split('-').reverse().join('/');

/** GRDF: gas days with whole indexes. `volume_m3` null: an absent day, whose gas the next reading holds. */
export function grdfDays(
  pce: string,
  from: string,
  to: string,
  volume_m3: (day: string) => number | null,
  coefficient: number,
): string {
  const releves: object[] = [];
  let index = 1000;
  let absent = false;
  for (let day = Temporal.PlainDate.from(from); day.toString() < to; day = day.add(DAY)) {
    const volume = volume_m3(day.toString());
    const stamps = {
      journeeGaziere: day.toString(),
      dateDebutReleve: `${day.toString()}T06:00:00+00:00`,
      dateFinReleve: `${day.add(DAY).toString()}T06:00:00+00:00`,
    };
    if (volume === null) {
      releves.push({
        ...stamps,
        indexDebut: null,
        indexFin: null,
        volumeBrutConsomme: null,
        energieConsomme: null,
        coeffConversion: null,
        qualificationReleve: 'Absence de Données',
        natureReleve: 'Informative Journalier',
      });
    } else {
      releves.push({
        ...stamps,
        indexDebut: absent ? null : index,
        indexFin: index + volume,
        volumeBrutConsomme: volume,
        energieConsomme: Math.round(volume * coefficient),
        coeffConversion: coefficient,
        qualificationReleve: 'Mesuré',
        natureReleve: 'Informative Journalier',
      });
      index += volume;
    }
    absent = volume === null;
  }
  return JSON.stringify({ [pce]: { idPce: pce, frequence: null, releves } });
}

/** A water operator's table: contract, day, index. Its mapping is `WATER_MAPPING`. */
export function waterTable(readings: readonly (readonly [string, string, number])[]): string {
  const rows = readings.map(
    ([contract, day, index]) => `${contract};${french(day)};${String(index).replace('.', ',')}`,
  );
  return ['Contrat;Date;Index', ...rows, ''].join('\n');
}

export const WATER_MAPPING = 'columns: { contract: Contrat, date: Date, index: Index }\n';
