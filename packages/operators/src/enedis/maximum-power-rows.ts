import { wholeNumber } from '../exact.ts';
import type { Draft } from '../import.ts';
import { instantOf } from '../local-time.ts';
import { type Place, problemAt, shown } from '../problem.ts';
import { withKey } from '../reading.ts';
import { powerOf, type Section } from './section.ts';

/** One day's maximum power, stamped with the moment when it was reached. A day without one gives nothing. */
export function* readMaximumPowerRow(
  cells: readonly string[],
  section: Section,
  place: Place,
): Generator<Draft> {
  const [stamp = '', cell = ''] = cells;
  const instant = instantOf(stamp);
  if (instant === null) {
    const remedy = 'Write it as 2021-03-29T07:34:47+02:00, with its offset.';
    yield problemAt(place, 'Horodate', 'stamp_unreadable', `${shown(stamp)} is no instant`, remedy);
    return;
  }
  if (cell === '') return;
  const value = wholeNumber(cell, powerOf(section.unit));
  if (value === null) {
    const remedy = 'Write whole watts or volt-amperes, or leave the cell empty.';
    yield problemAt(place, 'Valeur', 'value_unreadable', `${shown(cell)} is no power`, remedy);
    return;
  }
  yield withKey({
    kind: 'fact',
    fact: 'maximum_power',
    operator: 'enedis',
    pointId: section.pointId,
    sourceLine: place.line,
    day: stamp.slice(0, 10),
    at: new Date(instant),
    value,
    unit: section.unit === 'w' || section.unit === 'kw' ? 'W' : 'VA',
  });
}
