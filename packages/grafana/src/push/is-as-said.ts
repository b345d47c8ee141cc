/**
 * Whether all that we say of a thing is so in what Grafana holds. What Grafana adds (ids, defaults) is no
 * difference; a list that has grown or shrunk is one.
 */
export function isAsSaid(said: unknown, held: unknown): boolean {
  if (Array.isArray(said)) {
    return (
      Array.isArray(held) && said.length === held.length && said.every((one, i) => isAsSaid(one, held[i]))
    );
  }
  if (typeof said === 'object' && said !== null) {
    if (typeof held !== 'object' || held === null) return false;
    return Object.entries(said).every(
      ([key, value]) => value === undefined || isAsSaid(value, (held as Record<string, unknown>)[key]),
    );
  }
  return said === held;
}
