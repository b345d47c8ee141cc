import { expect, it } from 'vitest';
import { compileCondition } from './expression.ts';

const holds = (expression: string, values: Record<string, number>, given?: string) => {
  const failures: string[] = [];
  const condition = compileCondition(Object.keys(values), { expression, given }, (error) =>
    failures.push(error),
  );
  return { says: condition(values), failures };
};

it('holds or does not', () => {
  expect(holds('int(a) / int(b) > 5', { a: 100, b: 10 })).toEqual({ says: 1, failures: [] });
  expect(holds('int(a) / int(b) > 5', { a: 10, b: 10 })).toEqual({ says: 0, failures: [] });
  expect(holds('a > 5.0', { a: 10, b: 0 }, 'b > 0.0')).toEqual({ says: null, failures: [] });
});

it.each([
  ['int(a) / int(b) > 5', { a: 100, b: 0 }],
  ['int(a) % int(b) == 0', { a: 100, b: 0 }],
  ['[1.0, 2.0][int(a)] > 1.0', { a: 7 }],
  ['uint(a) > 3u', { a: -1 }],
])('says nothing where it cannot be worked out, and tells why: %s', (expression, values) => {
  const { says, failures } = holds(expression, values);
  expect(says).toBeNull();
  expect(failures).toEqual([expect.stringMatching(/./)]);
});

it('says nothing where what is given cannot be worked out', () => {
  expect(holds('a > 1.0', { a: 5, b: 0 }, '1 / int(b) > 0')).toMatchObject({
    says: null,
    failures: [expect.stringMatching(/zero/)],
  });
});
