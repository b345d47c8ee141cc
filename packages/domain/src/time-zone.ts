/**
 * Whether this machine knows a zone of the tz database by this name: `UTC`, or an area and a place in it, such
 * as `Europe/Paris`. Offsets and abbreviations are no names, for programs read them differently: to PostgreSQL
 * `+02:00` lies west of Greenwich, and `IST` is Israel's, where others take it for India's.
 */
export function isTimeZone(name: string): boolean {
  if (name === 'UTC') return true;
  if (!name.includes('/')) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
