import type { Difference } from '../check.ts';

/**
 * What a codec returned against what its catalogue expects. Exact, as the catalogues' own tests are, but
 * for what JSON can't tell: a field that is `undefined` is absent and -0 is 0. The Things Stack writes
 * `undefined` as null, so an expected null is met by an absent field. And an empty list of warnings or
 * errors says the same as none, which half of the public examples rely on.
 */
export function compareOutput(expected: unknown, actual: unknown): Difference[] {
  const differences: Difference[] = [];
  compare('', withoutEmptyLists(asJson(expected)), withoutEmptyLists(asJson(actual)), differences);
  return differences;
}

/**
 * What network servers make of `normalizeUplink`: its data is a list, and one record alone stands for a
 * list of one.
 */
export function compareNormalized(expected: unknown, actual: unknown): Difference[] {
  return compareOutput(withListedData(expected), withListedData(actual));
}

function withListedData(output: unknown): unknown {
  if (!isRecord(output) || output.data === undefined || Array.isArray(output.data)) return output;
  return { ...output, data: [output.data] };
}

/** Dates become texts, NaN becomes null, and `undefined` goes. */
function asJson(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}

function withoutEmptyLists(output: unknown): unknown {
  if (!isRecord(output)) return output;
  return Object.fromEntries(
    Object.entries(output).filter(
      ([name, value]) =>
        !((name === 'warnings' || name === 'errors') && Array.isArray(value) && value.length === 0),
    ),
  );
}

function compare(place: string, expected: unknown, actual: unknown, into: Difference[]): void {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const length = Math.max(expected.length, actual.length);
    for (let at = 0; at < length; at += 1) compare(`${place}[${at}]`, expected[at], actual[at], into);
  } else if (isRecord(expected) && isRecord(actual)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      compare(place === '' ? name : `${place}.${name}`, own(expected, name), own(actual, name), into);
    }
  } else if (expected !== actual && !(expected === null && actual === undefined)) {
    into.push({ place: place === '' ? 'output' : place, expected, actual });
  }
}

function own(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
