import { type BalanceGap, type BalanceVerdict, QUANTITIES } from '@veilleur/domain';
import type { Language } from '@veilleur/runtime';
import type { BalanceBucket, BalanceQuery, PointBalance, SomeParts } from '@veilleur/store';
import { decimal, inUnit } from './consumption-table.ts';
import { csvLine, csvNumber } from './csv.ts';
import { aligned, unitOf } from './point-text.ts';

export interface BalanceTable extends PointBalance {
  readonly bucket: BalanceQuery['bucket'];
}

interface Texts {
  readonly title: (point: string, quantity: string, unit: string, parts: number) => string;
  readonly none: (bucket: BalanceQuery['bucket']) => string;
  /** Of the table; the first of them are those of a CSV file too. */
  readonly headings: Readonly<
    Record<'start' | 'parent' | 'parts' | 'difference' | 'relative' | 'uncertainty' | 'verdict', string>
  >;
  readonly more: Readonly<Record<'quantity' | 'unit' | 'why' | 'missing' | 'unbounded', string>>;
  readonly verdicts: Readonly<Record<BalanceVerdict, string>>;
  readonly gaps: Readonly<Record<BalanceGap, (bucket: BalanceBucket, table: BalanceTable) => string>>;
}

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    title: (point, quantity, unit, parts) =>
      `${point} against ${parts} ${parts === 1 ? 'part' : 'parts'}: ${quantity}, ${unit}`,
    none: (bucket) =>
      `No whole ${bucket} of that time is known. veilleur point show tells when the last reading was.`,
    headings: {
      start: 'start',
      parent: 'meter',
      parts: 'parts',
      difference: 'difference',
      relative: '%',
      uncertainty: '±',
      verdict: 'verdict',
    },
    more: { quantity: 'quantity', unit: 'unit', why: 'why', missing: 'missing', unbounded: 'unbounded' },
    verdicts: {
      loss: 'loss',
      surplus: 'surplus: the parts count more',
      within_uncertainty: 'balanced, within ±',
      unknown: 'unknown',
    },
    gaps: {
      parent_missing: (_, { point }) => `nothing is known of ${point}`,
      parts_missing: ({ missing }, { parts }) => `${missing.count} of ${parts} missing: ${listed(missing)}`,
      no_bound: (bucket, { point }) => `no later reading bounds the estimate of ${openOf(bucket, point)}`,
    },
  },
  fr: {
    title: (point, quantity, unit, parts) =>
      `${point} face à ${parts} ${parts === 1 ? 'partie' : 'parties'} : ${quantity}, ${unit}`,
    none: (bucket) =>
      `Aucun ${bucket === 'day' ? 'jour' : 'mois'} entier n’est connu de cette période. veilleur point show dit de quand date le dernier relevé.`,
    headings: {
      start: 'début',
      parent: 'compteur',
      parts: 'parties',
      difference: 'écart',
      relative: '%',
      uncertainty: '±',
      verdict: 'verdict',
    },
    more: {
      quantity: 'grandeur',
      unit: 'unité',
      why: 'raison',
      missing: 'manquants',
      unbounded: 'sans borne',
    },
    verdicts: {
      loss: 'perte',
      surplus: 'excédent : les parties comptent plus',
      within_uncertainty: 'équilibré, à ± près',
      unknown: 'inconnu',
    },
    gaps: {
      parent_missing: (_, { point }) => `rien n’est connu de ${point}`,
      parts_missing: ({ missing }, { parts }) =>
        `${missing.count} sur ${parts} manquent : ${listed(missing)}`,
      no_bound: (bucket, { point }) =>
        `aucun relevé ultérieur ne borne l’estimation de ${openOf(bucket, point)}`,
    },
  },
};

const listed = ({ count, codes }: SomeParts) =>
  `${codes.slice(0, 5).join(', ')}${count > 5 ? `, + ${count - 5}` : ''}`;

const openOf = ({ unbounded, parentUnbounded }: BalanceBucket, point: string) =>
  [...(parentUnbounded ? [point] : []), ...(unbounded.count > 0 ? [listed(unbounded)] : [])].join(', ');

/** As text for people, CSV for spreadsheets (in French with `;` and decimal commas) or one JSON object. */
export function writeBalance(
  table: BalanceTable,
  format: 'table' | 'csv' | 'json',
  language: Language,
  write: (text: string) => void,
): void {
  if (format === 'json') write(`${JSON.stringify(inUnits(table))}\n`);
  else if (format === 'csv') writeCsv(table, language, write);
  else write(`${tableText(table, language)}\n`);
}

function inUnits(table: BalanceTable) {
  return {
    ...table,
    unit: QUANTITIES[table.quantity].unit,
    buckets: table.buckets.map((bucket) => ({
      ...bucket,
      parent: inUnit(bucket.parent),
      parts: inUnit(bucket.parts),
      difference: inUnit(bucket.difference),
      uncertainty: inUnit(bucket.uncertainty),
    })),
  };
}

function tableText(table: BalanceTable, language: Language): string {
  const t = TEXTS[language];
  if (table.buckets.length === 0) return t.none(table.bucket);
  const { point, quantity, parts } = table;
  const rows = table.buckets.map((bucket) => {
    const { relative, verdict, why } = bucket;
    const reason = why === null ? '' : `${language === 'fr' ? ' : ' : ': '}${t.gaps[why](bucket, table)}`;
    return [
      startOf(bucket, table),
      amount(bucket.parent),
      amount(bucket.parts),
      amount(bucket.difference),
      relative === null ? '' : (100 * relative).toFixed(1),
      amount(bucket.uncertainty),
      `${t.verdicts[verdict]}${reason}`,
    ];
  });
  return [
    t.title(point, QUANTITIES[quantity].label[language], unitOf(quantity), parts),
    aligned([Object.values(t.headings), ...rows], new Set([1, 2, 3, 4, 5])),
  ].join('\n');
}

/** Codes instead of texts, for programs read it; the share as a number of 1. */
function writeCsv(table: BalanceTable, language: Language, write: (text: string) => void): void {
  const { headings: h, more: m } = TEXTS[language];
  const delimiter = language === 'fr' ? ';' : ',';
  const number = (text: string) => csvNumber(text, language);
  const { parent, parts, difference, uncertainty } = h;
  const share = `${difference} / ${parent}`;
  const heads = [
    h.start,
    m.quantity,
    m.unit,
    parent,
    parts,
    difference,
    share,
    uncertainty,
    h.verdict,
    m.why,
  ];
  if (table.buckets.length === 0) return;
  for (const row of [
    [...heads, m.missing, m.unbounded],
    ...table.buckets.map((bucket) => [
      startOf(bucket, table),
      table.quantity,
      QUANTITIES[table.quantity].unit,
      ...[bucket.parent, bucket.parts, bucket.difference].map((micro) => number(amount(micro))),
      bucket.relative === null ? '' : number(bucket.relative.toFixed(4)),
      number(amount(bucket.uncertainty)),
      bucket.verdict,
      bucket.why,
      bucket.missing.codes.join(' '),
      bucket.unbounded.codes.join(' '),
    ]),
  ]) {
    write(`${csvLine(row, delimiter)}\r\n`);
  }
}

const amount = (micro: number | null) => (micro === null ? '' : decimal(micro));

/** On the clocks of the point. */
function startOf({ start }: BalanceBucket, { bucket, timeZone }: BalanceTable): string {
  const day = Temporal.Instant.fromEpochMilliseconds(start.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString();
  return bucket === 'month' ? day.slice(0, 7) : day;
}
