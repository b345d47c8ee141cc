import type { FamilyId } from '../faults/kinds.ts';
import { derive, type Key } from '../seeded.ts';

/** Each family's meters are spread over the households by a walk of its own that meets each of them once. */
export function householdNumbers(
  households: number,
  city: Key,
): (family: FamilyId, number: number) => number {
  const starts = new Map<FamilyId, number>();
  let stride = Math.max(1, Math.floor(households * 0.618));
  while (gcd(stride, households) > 1) stride += 1;
  return (family, number) => {
    if (family === 'water' || households === 0) return number;
    let start = starts.get(family);
    if (start === undefined) {
      start = derive(city, `meters of ${family}`) % households;
      starts.set(family, start);
    }
    return (start + number * stride) % households;
  };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
