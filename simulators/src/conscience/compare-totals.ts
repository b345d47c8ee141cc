import type { CityPoint } from '../points/city-point.ts';
import type { FindingKind, Findings, HeldConsumption } from './comparison.ts';

const TOTAL = 0;
/** From the best to the worst. */
const QUALITIES = ['measured', 'repaired', 'estimated', 'missing'];

/**
 * Holds the totals of a point whose meter parts a quantity between registers against the sum of these,
 * which are held against physics themselves: a total is there wherever all of them are, and as sure as
 * the least sure of them.
 *
 * @returns The rows that are totals.
 */
export function compareTotals(
  { code, registers }: Pick<CityPoint, 'code' | 'registers'>,
  rows: readonly HeldConsumption[],
  findings: Findings,
): readonly HeldConsumption[] {
  const totals: HeldConsumption[] = [];
  for (const [quantity, own] of Map.groupBy(registers, (register) => register.quantity)) {
    if (own.some(({ channel }) => channel === TOTAL)) continue;
    const channels = new Set(own.map(({ channel }) => channel));
    const some = rows.filter((row) => row.quantity === quantity);
    const cells = Map.groupBy(
      some.filter(({ channel }) => channel === TOTAL || channels.has(channel)),
      ({ bucket, fromMs }) => `${bucket} ${fromMs}`,
    );
    for (const cell of cells.values()) {
      const total = cell.find(({ channel }) => channel === TOTAL);
      const parts = cell.filter(({ channel }) => channel !== TOTAL);
      if (total !== undefined) totals.push(total);
      const expected = parts.length === channels.size ? saidOf(sumOf(parts)) : 'nothing';
      const found = total === undefined ? 'nothing' : saidOf(total);
      findings.compared += 1;
      if (found === expected) continue;
      const { bucket, fromMs } = cell[0] as HeldConsumption;
      findings.add({
        kind: kindOf(total, parts.length === channels.size),
        at: new Date(fromMs),
        what: `${bucket} of ${code}, ${quantity} in all, millionths`,
        expected: `${expected}, as its registers say`,
        found,
        weight: 6,
      });
    }
  }
  return totals;
}

function sumOf(parts: readonly HeldConsumption[]): Pick<HeldConsumption, 'value' | 'quality'> {
  const worst = Math.max(...parts.map(({ quality }) => QUALITIES.indexOf(quality)));
  const value = parts.some((part) => part.value === null)
    ? null
    : parts.reduce((sum, part) => sum + (part.value ?? 0), 0);
  return { value, quality: QUALITIES[worst] ?? 'missing' };
}

function kindOf(total: HeldConsumption | undefined, isKnown: boolean): FindingKind {
  if (total === undefined) return 'consumption_missing';
  return isKnown ? 'consumption_unreconciled' : 'consumption_unfounded';
}

const saidOf = ({ value, quality }: Pick<HeldConsumption, 'value' | 'quality'>) =>
  `${value ?? 'no value'} ${quality}`;
