import { QUANTITIES, type Quality, type Quantity } from '@veilleur/domain';
import type { Language } from '@veilleur/runtime';
import type { BucketName } from '@veilleur/store';
import { csvLine, csvNumber } from './csv.ts';
import { aligned, unitOf } from './point-text.ts';

export interface ConsumptionTable {
  readonly of: string;
  readonly kind: 'point' | 'site';
  readonly bucket: BucketName;
  readonly timeZone: string;
  readonly rows: readonly {
    readonly quantity: Quantity;
    readonly channel: number;
    readonly start: Date;
    /** Millionths. */
    readonly value: number | null;
    readonly quality: Quality;
    readonly method: string | null;
    /** Millionths. */
    readonly uncertainty: number | null;
    readonly points: number | null;
    readonly missing: number | null;
  }[];
}

const TEXTS = {
  en: {
    none: 'Nothing is known of that time. veilleur point show tells when the last reading was.',
    start: 'start',
    quantity: 'quantity',
    register: 'register',
    value: 'value',
    unit: 'unit',
    quality: 'quality',
    method: 'method',
    points: 'points',
    missingPoints: 'missing',
    qualities: { measured: 'measured', estimated: 'estimated', repaired: 'repaired', missing: 'missing' },
  },
  fr: {
    none: 'Rien n’est connu de cette période. veilleur point show dit de quand date le dernier relevé.',
    start: 'début',
    quantity: 'grandeur',
    register: 'registre',
    value: 'valeur',
    unit: 'unité',
    quality: 'qualité',
    method: 'méthode',
    points: 'points',
    missingPoints: 'manquants',
    qualities: { measured: 'mesuré', estimated: 'estimé', repaired: 'corrigé', missing: 'manquant' },
  },
} as const;

/** As text for people, CSV for spreadsheets (in French with `;` and decimal commas) or one JSON object. */
export function writeTable(
  table: ConsumptionTable,
  format: 'table' | 'csv' | 'json',
  language: Language,
  write: (text: string) => void,
): void {
  const t = TEXTS[language];
  if (format === 'json') {
    const rows = table.rows.map(({ value, uncertainty, ...row }) => ({
      ...row,
      value: inUnit(value),
      uncertainty: inUnit(uncertainty),
      unit: QUANTITIES[row.quantity].unit,
    }));
    write(`${JSON.stringify({ ...table, rows })}\n`);
    return;
  }
  if (table.rows.length === 0) {
    if (format === 'table') write(`${t.none}\n`);
    return;
  }
  const ofSite = table.kind === 'site';
  const isBounded = !ofSite && table.bucket !== 'hour';
  const head = [t.start, t.quantity, t.register, t.value, t.unit, t.quality];
  const headings = [
    ...head,
    ...(ofSite ? [t.points, t.missingPoints] : [t.method, ...(isBounded ? ['±'] : [])]),
  ];
  const rows = table.rows.map((row) => {
    const number = (micro: number | null) => {
      const text = micro === null ? '' : decimal(micro);
      return format === 'csv' ? csvNumber(text, language) : text;
    };
    return [
      startOf(row.start, table),
      format === 'csv' ? row.quantity : QUANTITIES[row.quantity].label[language],
      row.channel,
      number(row.value),
      format === 'csv' ? QUANTITIES[row.quantity].unit : unitOf(row.quantity),
      format === 'csv' ? row.quality : t.qualities[row.quality],
      ...(ofSite ? [row.points, row.missing] : [row.method, ...(isBounded ? [number(row.uncertainty)] : [])]),
    ];
  });
  if (format === 'csv') {
    const delimiter = language === 'fr' ? ';' : ',';
    for (const row of [headings, ...rows]) write(`${csvLine(row, delimiter)}\r\n`);
    return;
  }
  const text = rows.map((row) => row.map((cell) => String(cell ?? '')));
  write(`${aligned([headings, ...text], new Set(ofSite ? [2, 3, 6, 7] : [2, 3, 7]))}\n`);
}

/** As JSON has it. */
export const inUnit = (micro: number | null) => (micro === null ? null : micro / 1e6);

/** Millionths, exact, without needless zeros. */
export function decimal(micro: number): string {
  const digits = String(Math.abs(micro)).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0+$/, '');
  return `${micro < 0 ? '-' : ''}${digits.slice(0, -6)}${fraction === '' ? '' : `.${fraction}`}`;
}

/** On the clocks of the point; an hour with its offset, for one of them comes twice a year. */
function startOf(start: Date, { bucket, timeZone }: ConsumptionTable): string {
  const local = Temporal.Instant.fromEpochMilliseconds(start.getTime()).toZonedDateTimeISO(timeZone);
  if (bucket === 'hour')
    return `${local.toPlainDateTime().toString({ smallestUnit: 'minute' })}${local.offset}`;
  return bucket === 'month' ? local.toPlainDate().toString().slice(0, 7) : local.toPlainDate().toString();
}
