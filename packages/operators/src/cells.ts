import { parse } from 'csv-parse/sync';

export type Delimiter = ';' | ',' | '\t' | '|';

/**
 * One line's cells, trimmed; null where its quotation marks do not match.
 */
export function cellsOf(line: string, delimiter: Delimiter): readonly string[] | null {
  if (!line.includes('"')) return line.split(delimiter).map((cell) => cell.trim());
  try {
    const [cells] = parse(line, { delimiter, trim: true, relax_column_count: true });
    return cells ?? [];
  } catch {
    return null;
  }
}

const DELIMITERS: readonly Delimiter[] = [';', ',', '\t', '|'];

/** What parts the cells of a header: the candidate that stands most often outside quotation marks. */
export function delimiterOf(header: string): Delimiter {
  const bare = header.replaceAll(/"[^"]*"/g, '');
  const count = (delimiter: Delimiter) => bare.split(delimiter).length;
  return DELIMITERS.reduce((best, next) => (count(next) > count(best) ? next : best));
}

/** A header as one compares it: without accents, case, and runs of spaces. */
export function plain(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').replaceAll(/\s+/g, ' ').trim().toLowerCase();
}
