/** A field's values as numbers; undefined where one is none. */
export function numbersOf(values: readonly unknown[]): readonly number[] | undefined {
  const numbers: number[] = [];
  for (const value of values) {
    // The mapping reads the same texts as numbers.
    const number = typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
    numbers.push(number);
  }
  return numbers;
}

/** A register: at least three samples, none below the one before it, and not all the same. */
export function grows(values: readonly unknown[]): boolean {
  const numbers = numbersOf(values);
  if (numbers === undefined || numbers.length < 3 || numbers.at(0) === numbers.at(-1)) return false;
  return numbers.every((value, at) => at === 0 || value >= (numbers[at - 1] ?? value));
}

export function growth(values: readonly unknown[]): string {
  return grows(values) ? ', and it grows like a counter' : '';
}

export function shownRange(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? `${least}` : `${least} to ${most}`;
}
