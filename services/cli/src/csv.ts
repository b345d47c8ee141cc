/** What a spreadsheet would take for a formula (OWASP's list), unless it is a plain number. */
const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^-?\d+([.,]\d+)?$/;

/** One line of a CSV file (RFC 4180), such that a spreadsheet runs nothing of it. */
export function csvLine(cells: readonly (string | number | null)[], delimiter: ',' | ';'): string {
  return cells
    .map((cell) => {
      const text = cell === null ? '' : String(cell);
      const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
      return /["\n\r,;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    })
    .join(delimiter);
}
