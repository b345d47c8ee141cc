import { plain } from '../cells.ts';
import { type OperatorReading, withKey } from '../reading.ts';
import { type IndexStamps, indexInstant } from './index-stamp.ts';

export const isCalendarHeading = (cells: readonly string[]) => plain(cells[0] ?? '') === 'periode';
export const isCalendarLine = (cells: readonly string[]) => /^Du \d{4}-/.test(cells[0] ?? '');

/**
 * The tariff calendars of a row under an index section (`Du 2021-01-08T23:00:00+01:00 au ;FC000165;Base;...`):
 * which register counts which class of hours, of the supplier's grid and of the distributor's. Null when
 * the period can't be read.
 */
export function readCalendars(
  headings: readonly string[],
  cells: readonly string[],
  pointId: string,
  sourceLine: number,
  settings: IndexStamps,
): OperatorReading[] | null {
  const [, start = '', end = ''] = /^Du (\S+) au\s*(\S*)$/.exec(cells[0] ?? '') ?? [];
  const from = indexInstant(start, settings);
  const to = indexInstant(end, settings);
  if (from === null || (to === null && end !== '')) return null;
  const columns = headings.map(plain);
  const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
  const calendars: OperatorReading[] = [];
  for (const [grid, suffix] of [
    ['fournisseur', ''],
    ['distributeur', ' distributeur'],
  ] as const) {
    const calendarId = cell(`identifiant calendrier ${grid}`);
    if (calendarId === '' || calendarId === 'INCONNU') continue;
    const registers = [];
    for (let number = 1; columns.includes(`cadran classe temporelle${suffix} ${number}`); number += 1) {
      const classId = cell(`identifiant classe temporelle${suffix} ${number}`);
      const register = cell(`cadran classe temporelle${suffix} ${number}`);
      if (classId !== '')
        registers.push({ register, classId, label: cell(`libelle classe temporelle${suffix} ${number}`) });
    }
    const label = cell(`libelle calendrier ${grid}`);
    calendars.push(
      withKey({
        kind: 'fact',
        fact: 'tariff_calendar',
        operator: 'enedis',
        pointId,
        sourceLine,
        from,
        to,
        calendarId,
        label,
        registers,
      }),
    );
  }
  return calendars;
}
