import { VeilleurError } from '@veilleur/domain';

/**
 * Amounts are integers: millionths of the quantity's unit (kWh, m3), so a sum is exact to the unit
 * whatever its order. Safe integers reach 9,007,199,254 kWh or m3.
 */
export const MICRO = 1_000_000;

/** A ratio of two whole numbers: 1/100 m3 a pulse is `{ numerator: 1, denominator: 100 }`. */
export interface Rational {
  readonly numerator: number;
  readonly denominator: number;
}

export const ONE: Rational = { numerator: 1, denominator: 1 };

/**
 * A number in its unit becomes millionths of it.
 *
 * @throws VeilleurError `register_value_unsafe` where an integer no longer holds it exactly.
 */
export function registerValue(value: number): number {
  const micro = Math.round(value * MICRO);
  if (!Number.isSafeInteger(micro)) {
    throw new VeilleurError('register_value_unsafe', `${value} cannot be kept in millionths of its unit`, {
      remedy: 'Registers reach 9,007,199,254 units. Check the unit: is this watt-hours rather than kWh?',
    });
  }
  return micro;
}

/** `value` times `factor`, rounded half up, exact however large the product. */
export function scaled(value: number, factor: Rational): number {
  const { numerator, denominator } = factor;
  if (numerator === denominator) return value;
  const product = value * numerator;
  const doubled = 2 * product + denominator;
  if (Number.isSafeInteger(doubled)) {
    const divisor = 2 * denominator;
    return (doubled - (((doubled % divisor) + divisor) % divisor)) / divisor;
  }
  const dividend = 2n * BigInt(value) * BigInt(numerator) + BigInt(denominator);
  const divisor = 2n * BigInt(denominator);
  return Number((dividend - (((dividend % divisor) + divisor) % divisor)) / divisor);
}

/**
 * Splits a whole amount in proportion to weights by largest remainder: the parts are whole and sum to
 * `total`, always. Where no weight is positive every part weighs the same.
 */
export function apportion(total: number, weights: readonly number[]): number[] {
  if (weights.length === 0) return [];
  const sum = weights.reduce((a, b) => a + b, 0);
  if (!(sum > 0)) {
    return apportion(
      total,
      weights.map(() => 1),
    );
  }
  if (total < 0) return apportion(-total, weights).map((part) => 0 - part);
  const exact = weights.map((weight) => total * (weight / sum));
  const parts = exact.map(Math.floor);
  let left = total - parts.reduce((a, b) => a + b, 0);
  if (left === 0) return parts;
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  // Rounding of the division itself may leave a unit too many, in either direction.
  while (left !== 0) {
    const step = left > 0 ? 1 : -1;
    for (const { index } of step > 0 ? byRemainder : byRemainder.toReversed()) {
      if (left === 0) break;
      if ((weights[index] ?? 0) <= 0 || (step < 0 && parts[index] === 0)) continue;
      parts[index] = (parts[index] ?? 0) + step;
      left -= step;
    }
  }
  return parts;
}
