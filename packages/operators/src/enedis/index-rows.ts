import { plain } from '../cells.ts';
import { wholeNumber } from '../exact.ts';
import type { Draft } from '../import.ts';
import { type Place, problemAt, shown } from '../problem.ts';
import { withKey } from '../reading.ts';
import { type IndexStamps, indexInstant } from './index-stamp.ts';
import { registerOf } from './registers.ts';
import { powerOf, type Section } from './section.ts';

/** What says that a row is the meter's nightly freeze rather than a visit's reading. */
const DAILY = 'arrete quotidien';

/**
 * One row of indexes: a reading for each register that has a value. A register without one beside others
 * that have theirs is not in use; where none has any, the day's index is missing.
 */
export function* readIndexRow(
  headings: readonly string[],
  cells: readonly string[],
  section: Section,
  place: Place,
  settings: IndexStamps,
): Generator<Draft> {
  const [stamp = ''] = cells;
  const daily = plain(cells[1] ?? '') === DAILY;
  const at = indexInstant(stamp, daily ? settings : { ...settings, dailyIndex: 'instant' });
  if (at === null) {
    const remedy = 'Write it as 2021-03-29T00:00:00+02:00, with its offset.';
    yield problemAt(place, 'Horodate', 'stamp_unreadable', `${shown(stamp)} is no instant`, remedy);
    return;
  }
  const common = { operator: 'enedis', pointId: section.pointId, sourceLine: place.line } as const;
  let stated = 0;
  for (const [position, heading] of headings.entries()) {
    const register = registerOf(heading);
    const cell = cells[position] ?? '';
    if (register === null || cell === '') continue;
    stated += 1;
    const value = wholeNumber(cell, powerOf(section.unit));
    if (value === null) {
      const remedy = 'Write whole watt-hours, or leave the cell empty.';
      yield problemAt(place, heading, 'value_unreadable', `${shown(cell)} is no index`, remedy);
      continue;
    }
    const { quality } = section;
    yield withKey({ ...common, kind: 'index', ...register, at, value, unit: 'Wh', quality, role: 'reading' });
  }
  if (stated > 0) return;
  yield withKey({
    ...common,
    kind: 'missing',
    of: 'index',
    quantity: section.quantity,
    register: section.quantity === 'active_energy_export' ? 'EAI T' : 'EAS T',
    channel: 0,
    from: at,
    to: at,
    reason: 'empty_value',
  });
}
