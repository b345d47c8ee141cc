import { expect, it } from 'vitest';
import { unstorablePlace } from './storable-text.ts';

it.each<[string, unknown, string | null]>([
  ['text of any language', { a: ['é', '水', '💧', '\u202e'] }, null],
  ['NUL', { a: { b: ['x', 'y\0'] } }, 'body/a/b/1'],
  ['half of a character', { a: '\ud83d' }, 'body/a'],
  ['NUL in a name', { a: { 'b\0': 1 } }, 'body/a'],
  ['no text', { a: [1, null, true] }, null],
])('%s is found where it stands', (_, value, place) => {
  expect(unstorablePlace(value, 'body')).toBe(place);
});
