import type { Language } from '@veilleur/runtime';

/** What a spreadsheet would take for a formula (OWASP's list, with its full-width signs), blanks before it or not. */
const FORMULA = /^\s*[=+\-@＝＋－＠]|^[\t\r\n]/;
/** A plain one, with a point or a comma; a negative one begins like a formula. */
const NUMBER = /^-?\d+([.,]\d+)?$/;

/** A decimal as a spreadsheet of that language reads it. */
export const csvNumber = (text: string, language: Language) =>
  language === 'fr' ? text.replace('.', ',') : text;

/** One line of a CSV file (RFC 4180), such that a spreadsheet runs nothing of it. */
export function csvLine(cells: readonly (string | number | null)[], delimiter: ',' | ';'): string {
  return cells
    .map((cell) => {
      const text = cell === null ? '' : String(cell);
      const isNumber = typeof cell === 'number' || NUMBER.test(text);
      const safe = FORMULA.test(text) && !isNumber ? `'${text}` : text;
      return /["\n\r,;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    })
    .join(delimiter);
}
