const REPLACEMENT = '\uFFFD';

/**
 * Text that PostgreSQL stores as it stands: `text` and `jsonb` refuse U+0000, and UTF-8 has no form
 * for half a surrogate pair, yet JSON's `\u0000` and `\ud800` bring both in. Each becomes U+FFFD.
 *
 * @param lengthMax in UTF-16 code units; what is beyond is cut.
 */
export function storableText(text: string, lengthMax: number): string {
  const cut = text.length > lengthMax ? text.slice(0, lengthMax) : text;
  // Both checks are a fraction of a microsecond; nearly every name passes them untouched.
  const whole = cut.isWellFormed() ? cut : cut.toWellFormed();
  return whole.includes('\0') ? whole.replaceAll('\0', REPLACEMENT) : whole;
}
