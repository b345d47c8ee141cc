import { expect, it } from 'vitest';
import { csvLine } from './csv.ts';

it.each([
  ['a plain number, negative ones too', [1, '-2.5', '-2,5'], '1,-2.5,"-2,5"'],
  [
    'a formula as text',
    ['=1+1', '@SUM(A1)', '+33 3 89', '-2+3', '\tx'],
    "'=1+1,'@SUM(A1),'+33 3 89,'-2+3,'\tx",
  ],
  [
    'a formula behind blanks, or with full-width signs, as text',
    [' =1+1', '\n=1', '＝1+1', '＠SUM(A1)'],
    `' =1+1,"'\n=1",'＝1+1,'＠SUM(A1)`,
  ],
  ['a tiny negative number as one', [-1e-7], '-1e-7'],
  ['quotes and line ends within quotes', ['a "b"', 'c\nd'], '"a ""b""","c\nd"'],
  ['what is missing as nothing', [null, 0], ',0'],
])('writes %s', (_, cells, expected) => {
  expect(csvLine(cells, ',')).toBe(expected);
});
