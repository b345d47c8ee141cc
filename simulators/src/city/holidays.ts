import { utcDay } from './clock.ts';

const dayOf = (year: number, month: number, day: number) => utcDay(Date.UTC(year, month - 1, day));

/** Easter Sunday by the Gregorian computus, as days since 1970-01-01. */
export function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const skippedLeaps = Math.floor(century / 4);
  const moonShift = Math.floor((8 * century + 13) / 25);
  const epact = (19 * golden + century - skippedLeaps - moonShift + 15) % 30;
  const fullMoon =
    epact - Math.floor(epact / 28) * (1 - Math.floor(29 / (epact + 1)) * Math.floor((21 - golden) / 11));
  const weekday = (year + Math.floor(year / 4) + fullMoon + 2 - century + skippedLeaps) % 7;
  const sinceMarchEnd = fullMoon - weekday;
  const month = 3 + Math.floor((sinceMarchEnd + 40) / 44);
  return dayOf(year, month, sinceMarchEnd + 28 - 31 * Math.floor(month / 4));
}

const PUBLIC: Map<string, ReadonlySet<number>> = new Map();

/**
 * The public holidays of a year in France (code du travail, L3133-1), as days since 1970-01-01; with Good
 * Friday and 26 December where local law keeps them (L3134-13: Moselle, Bas-Rhin, Haut-Rhin).
 */
export function publicHolidays(year: number, hasLocalLaw: boolean): ReadonlySet<number> {
  const key = `${year} ${hasLocalLaw}`;
  let days = PUBLIC.get(key);
  if (days === undefined) {
    const easter = easterSunday(year);
    const fixed: readonly [number, number][] = [
      [1, 1],
      [5, 1],
      [5, 8],
      [7, 14],
      [8, 15],
      [11, 1],
      [11, 11],
      [12, 25],
    ];
    days = new Set([
      ...fixed.map(([month, day]) => dayOf(year, month, day)),
      easter + 1,
      easter + 39,
      easter + 50,
      ...(hasLocalLaw ? [easter - 2, dayOf(year, 12, 26)] : []),
    ]);
    PUBLIC.set(key, days);
  }
  return days;
}

/**
 * School holidays of zone B (académie de Strasbourg among others): first day off and first day back.
 * 2024 to 2026 from the decree of 7 December 2022 (education.gouv.fr/calendrier-scolaire-100148), read in
 * 2026; 2026-2027 as published there, [K] until checked against the decree.
 */
const ZONE_B: readonly (readonly [from: string, back: string])[] = [
  ['2024-07-06', '2024-09-02'],
  ['2024-10-19', '2024-11-04'],
  ['2024-12-21', '2025-01-06'],
  ['2025-02-08', '2025-02-24'],
  ['2025-04-05', '2025-04-22'],
  ['2025-07-05', '2025-09-01'],
  ['2025-10-18', '2025-11-03'],
  ['2025-12-20', '2026-01-05'],
  ['2026-02-14', '2026-03-02'],
  ['2026-04-11', '2026-04-27'],
  ['2026-05-14', '2026-05-18'],
  ['2026-07-04', '2026-09-01'],
  ['2026-10-17', '2026-11-02'],
  ['2026-12-19', '2027-01-04'],
  ['2027-02-20', '2027-03-08'],
  ['2027-04-17', '2027-05-03'],
  ['2027-07-03', '2027-09-01'],
];
const SPANS = ZONE_B.map(([from, back]) => [utcDay(Date.parse(from)), utcDay(Date.parse(back))] as const);
const FIRST_KNOWN = SPANS[0]?.[0] ?? 0;
const LAST_KNOWN = SPANS.at(-1)?.[1] ?? 0;

/** Whether the schools of zone B are closed for holidays. */
export function isSchoolHoliday(day: number): boolean {
  if (day >= FIRST_KNOWN && day < LAST_KNOWN) return SPANS.some(([from, back]) => day >= from && day < back);
  return isByRule(day);
}

/** Beyond the table: the two summer months and the two weeks around Christmas, which no decree has moved. */
function isByRule(day: number): boolean {
  const date = new Date(day * 86_400_000);
  const month = date.getUTCMonth() + 1;
  const dayOfMonth = date.getUTCDate();
  return month === 7 || month === 8 || (month === 12 && dayOfMonth > 20) || (month === 1 && dayOfMonth < 4);
}
