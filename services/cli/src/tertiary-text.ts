import { TERTIARY_LEAST_AREA_M2, type TertiaryReport } from '@veilleur/meta-meter';
import type { Language } from '@veilleur/runtime';
import { csvLine, csvNumber } from './csv.ts';
import { aligned } from './point-text.ts';

const TEXTS = {
  en: {
    title: 'Décret tertiaire: final energy in kWh PCI',
    headings: ['year', 'kWh PCI', 'kWh/m²', 'degree days', 'change', 'adjusted (meteo)', 'adjusted (costic)'],
    reference: (year: number, energy: string, basis: string) =>
      `Reference year ${year}: ${energy} (${basis})`,
    bases: { declared: 'declared', metered: 'by its meters' },
    noReference: 'No reference year is told for this site: veilleur reference load, sites: tertiary.',
    unknown: 'not known',
    goal: (year: number, share: string, energy: string) => `${year}: ${share}, so ${energy}`,
    none: 'No whole year is metered yet.',
    noArea: 'area_m2 is not told: nothing by m² (veilleur site add --attribute area_m2=...).',
    small: `Buildings of less than ${TERTIARY_LEAST_AREA_M2} m² are not concerned by the decree.`,
    noStation: 'No weather station is told for this site: nothing is adjusted to the weather.',
    incomplete: (year: number, points: string) => `${year} is not known as a whole: ${points}`,
    note: 'Adjusted: what heats, times the degree days of the reference year over those of the year. OPERAT adjusts by its own stations and bases; this is no declaration.',
  },
  fr: {
    title: 'Décret tertiaire : énergie finale en kWh PCI',
    headings: ['année', 'kWh PCI', 'kWh/m²', 'DJU', 'écart', 'ajusté (météo)', 'ajusté (costic)'],
    reference: (year: number, energy: string, basis: string) =>
      `Année de référence ${year} : ${energy} (${basis})`,
    bases: { declared: 'déclarée', metered: 'd’après ses compteurs' },
    noReference:
      'Aucune année de référence n’est dite pour ce site : veilleur reference load, sites: tertiary.',
    unknown: 'inconnu',
    goal: (year: number, share: string, energy: string) => `${year} : ${share}, soit ${energy}`,
    none: 'Aucune année entière n’est encore comptée.',
    noArea: 'area_m2 n’est pas dit : rien par m² (veilleur site add --attribute area_m2=...).',
    small: `Les bâtiments de moins de ${TERTIARY_LEAST_AREA_M2} m² ne sont pas concernés par le décret.`,
    noStation: 'Aucune station météo n’est dite pour ce site : rien n’est ajusté au climat.',
    incomplete: (year: number, points: string) => `${year} n’est pas connue en entier : ${points}`,
    note: 'Ajusté : ce qui chauffe, fois les DJU de l’année de référence sur ceux de l’année. OPERAT ajuste par ses propres stations et bases ; ceci n’est pas une déclaration.',
  },
} as const;

/** The yearly view as a page for a terminal. */
export function describeTertiary(report: TertiaryReport, language: Language): string {
  const t = TEXTS[language];
  const kWh = (value: number | null, unit = '') =>
    value === null ? t.unknown : `${value.toLocaleString(language, { maximumFractionDigits: 0 })}${unit}`;
  const percent = (share: number | null) =>
    share === null
      ? ''
      : ` (${share > 0 ? '+' : ''}${share.toLocaleString(language, { style: 'percent', maximumFractionDigits: 1 })})`;
  const { site, reference, goals, years, area_m2, station } = report;
  const rows = years.map(({ year, ...one }) => [
    String(year),
    kWh(one.energy_kWh_pci.value),
    one.perM2_kWh_pci === null
      ? ''
      : one.perM2_kWh_pci.toLocaleString(language, { maximumFractionDigits: 1 }),
    kWh(one.degreeDays?.meteo ?? null),
    percent(one.relative).trim(),
    `${kWh(one.adjusted_kWh_pci.meteo)}${percent(one.adjustedRelative.meteo)}`,
    `${kWh(one.adjusted_kWh_pci.costic)}${percent(one.adjustedRelative.costic)}`,
  ]);
  return [
    `${site.name}. ${t.title}`,
    ...(reference === null
      ? [t.noReference]
      : [
          t.reference(reference.year, kWh(reference.energy_kWh_pci, ' kWh'), t.bases[reference.basis]),
          ...goals.map(({ year, reduction, energy_kWh_pci }) =>
            t.goal(year, percent(-reduction).trim(), kWh(energy_kWh_pci, ' kWh')),
          ),
        ]),
    '',
    rows.length === 0 ? t.none : aligned([t.headings, ...rows], new Set([0, 1, 2, 3, 4, 5, 6])),
    '',
    ...years.flatMap(({ year, energy_kWh_pci: { incomplete } }) =>
      incomplete.length === 0 ? [] : [t.incomplete(year, incomplete.map(({ of }) => of).join(', '))],
    ),
    ...(area_m2 === null ? [t.noArea] : area_m2 < TERTIARY_LEAST_AREA_M2 ? [t.small] : []),
    ...(station === null ? [t.noStation] : []),
    t.note,
  ].join('\n');
}

/** One line a year, for spreadsheets of the language. Empty is not known, never zero. */
export function tertiaryCsv({ years, reference, goals }: TertiaryReport, language: Language): string {
  const head = [
    'year',
    'energy_kWh_pci',
    'kWh_pci_per_m2',
    'degree_days_meteo',
    'degree_days_costic',
    'adjusted_meteo_kWh_pci',
    'adjusted_costic_kWh_pci',
    'relative',
    'relative_meteo',
    'relative_costic',
    'reference_year',
    'reference_kWh_pci',
    ...goals.map(({ year }) => `goal_${year}_kWh_pci`),
  ];
  const lines = years.map((one) => [
    one.year,
    one.energy_kWh_pci.value,
    one.perM2_kWh_pci,
    one.degreeDays?.meteo ?? null,
    one.degreeDays?.costic ?? null,
    one.adjusted_kWh_pci.meteo,
    one.adjusted_kWh_pci.costic,
    one.relative,
    one.adjustedRelative.meteo,
    one.adjustedRelative.costic,
    reference?.year ?? null,
    reference?.energy_kWh_pci ?? null,
    ...goals.map(({ energy_kWh_pci }) => energy_kWh_pci),
  ]);
  const local = (cell: string | number | null) =>
    typeof cell === 'number' ? csvNumber(String(cell), language) : cell;
  return [head, ...lines]
    .map((cells) => csvLine(cells.map(local), language === 'fr' ? ';' : ','))
    .join('\r\n');
}
