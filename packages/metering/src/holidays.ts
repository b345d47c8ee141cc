import { DAY_MS } from './local-time.ts';

export interface HolidayLaw {
  /** Good Friday and 26 December too (code du travail, L3134-13: Moselle, Bas-Rhin, Haut-Rhin). */
  readonly alsaceMoselle: boolean;
}

/** Month and day (code du travail, L3133-1). */
const FIXED = [
  [1, 1],
  [5, 1],
  [5, 8],
  [7, 14],
  [8, 15],
  [11, 1],
  [11, 11],
  [12, 25],
] as const;
/** Easter Monday, Ascension, Whit Monday: days after Easter Sunday. */
const AFTER_EASTER = [1, 39, 50] as const;
const GOOD_FRIDAY = -2;

/** The public holidays of a year in France, as local days since 1970-01-01. */
export function frenchHolidays(year: number, { alsaceMoselle }: HolidayLaw): ReadonlySet<number> {
  const easter = easterSunday(year);
  return new Set([
    ...FIXED.map(([month, day]) => dayOf(year, month, day)),
    ...AFTER_EASTER.map((days) => easter + days),
    ...(alsaceMoselle ? [easter + GOOD_FRIDAY, dayOf(year, 12, 26)] : []),
  ]);
}

/** Whether a local day, counted from 1970-01-01, is a public holiday in France. */
export function isFrenchHoliday(law: HolidayLaw): (localDay: number) => boolean {
  const years = new Map<number, ReadonlySet<number>>();
  return (localDay) => {
    const year = new Date(localDay * DAY_MS).getUTCFullYear();
    const known = years.get(year) ?? frenchHolidays(year, law);
    years.set(year, known);
    return known.has(localDay);
  };
}

const dayOf = (year: number, month: number, day: number) => Date.UTC(year, month - 1, day) / DAY_MS;

/** By the method of Butcher (Meeus, Astronomical Algorithms, chapter 8), for any Gregorian year. */
function easterSunday(year: number): number {
  const golden = year % 19;
  const [century, ofCentury] = [Math.floor(year / 100), year % 100];
  const shift = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - shift + 15) % 30;
  const weekday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const exception = Math.floor((golden + 11 * epact + 22 * weekday) / 451);
  const sinceMarch22 = epact + weekday - 7 * exception;
  return dayOf(year, 3, 22) + sinceMarch22;
}
