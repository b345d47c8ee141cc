import { storableText } from '@veilleur/domain';

/** A name is a label for people: the servers themselves hold them to 100 to 200 characters. */
export const NAME_LENGTH_MAX = 255;
const TEXT_LENGTH_MAX = 2_000;
const DEPTH_MAX = 8;
const ENTRIES_MAX = 100;

/**
 * A copy of a JSON-like value that PostgreSQL's `jsonb` takes and that no reader trips over: text made
 * storable, numbers finite, depth and width bounded, undefined left out, and no `__proto__` key
 * (harmless as JSON.parse leaves it, but the next `object[key] = value` would reach the prototype).
 */
function storableJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return storableText(value, TEXT_LENGTH_MAX);
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'object' || value === null || depth >= DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.slice(0, ENTRIES_MAX).map((item) => storableJson(item, depth + 1));
  return Object.fromEntries(
    storableEntries(value).map(([key, item]) => [key, storableJson(item, depth + 1)]),
  );
}

/** An event's detail, storable. */
export function storableDetail(detail: object): Readonly<Record<string, unknown>> {
  return storableJson(detail) as Record<string, unknown>;
}

/** The texts of a map such as a device's tags; an entry that is not text is left out. */
export function storableTexts(map: object, lengthMax: number): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, value] of storableEntries(map)) {
    if (typeof value === 'string') texts[key] = storableText(value, lengthMax);
  }
  return texts;
}

function storableEntries(map: object): [string, unknown][] {
  return Object.entries(map)
    .slice(0, ENTRIES_MAX)
    .map(([key, value]): [string, unknown] => [storableText(key, NAME_LENGTH_MAX), value])
    .filter(([key, value]) => key !== '__proto__' && value !== undefined);
}
