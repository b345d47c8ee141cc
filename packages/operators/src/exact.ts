/**
 * A decimal text times a power of ten as an exact whole number: (`12,345`, 3) is 12,345. Comma or point,
 * spaces or apostrophes between thousands. Null for what is no number, is negative, has more decimals
 * than the power holds, or is beyond 2^53.
 */
export function wholeNumber(text: string, power: number): number | null {
  const bare = text.replaceAll(/[\s\u00a0\u202f'’]/g, '');
  const match = /^\+?(\d+)(?:[.,](\d*))?$/.exec(bare);
  if (match === null) return null;
  const [, whole = '', decimals = ''] = match;
  if (/[1-9]/.test(decimals.slice(power))) return null;
  const value = Number(whole + decimals.slice(0, power).padEnd(power, '0'));
  return Number.isSafeInteger(value) ? value : null;
}

/** The same of a number of a JSON document or a spreadsheet, whose shortest text is what was written. */
export function wholeNumberOf(value: number | string, power: number): number | null {
  return wholeNumber(typeof value === 'number' ? decimalText(value) : value, power);
}

/** A spreadsheet stores 12.3 as 12.300000000000001: 15 digits are what it promises. */
function decimalText(value: number): string {
  const text = String(Number(value.toPrecision(15)));
  return text.includes('e') ? value.toFixed(12) : text;
}
