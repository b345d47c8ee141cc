import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readReferenceFile } from './reference-file.ts';

const FRANCE = new URL('../../../infra/reference/france.yaml', import.meta.url);
const messageOf = (text: string): string => {
  try {
    readReferenceFile(text, 'x.yaml');
    return '';
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
};

describe('a reference file', () => {
  it('of France is read, every price and factor of it says where it is from', () => {
    const { reference } = readReferenceFile(readFileSync(FRANCE, 'utf8'), 'france.yaml');
    const base = reference.tariffs.filter(({ code }) => code === 'bleu-base-6kva');
    expect(base.map(({ from, terms }) => `${from} ${terms.prices.base}`)).toEqual([
      '2024-02-01 251600',
      '2025-02-01 201600',
      '2025-08-01 195200',
      '2026-02-01 194000',
    ]);
    for (const { code, source } of reference.tariffs) expect(source, code).toMatch(/.{10}/);
    for (const { source } of reference.emissionFactors) expect(source).toMatch(/.{10}/);
  });

  it('names the line of everything that is wrong', () => {
    const text = [
      'tariffs:',
      '  - code: a',
      '    kind: peak_off_peak',
      '    unit: kWh',
      '    versions:',
      '      - from: 2026-02-30',
      '        prices: { peak: 0.12345678, off_peak: 0.1 }',
      '        fxed: []',
      '      - from: 2026-03-01',
      '        to: 2026-02-01',
      '        prices: { peak: 1, off_peak: 1 }',
      'contracts:',
      '  - point: 12345678901234',
      '    tariff: a',
      '    from: 2026-01-01',
      '    off_peak: ["22h-6h"]',
      'colour: blue',
    ].join('\n');
    expect(messageOf(text).split('\n').sort()).toEqual(
      [
        'x.yaml:13:12: contracts.0.point: expected text; write numbers in quotes, so that no digit is lost',
        'x.yaml:16:16: contracts.0.off_peak.0: expected a slot such as 22:30-06:30',
        'x.yaml:17:1: colour: there is no such field',
        'x.yaml:6:15: tariffs.0.versions.0.from: expected a day such as 2026-02-01',
        'x.yaml:7:25: tariffs.0.versions.0.prices.peak: expected at most six decimals',
        'x.yaml:8:9: tariffs.0.versions.0.fxed: there is no such field',
      ]
        .concat('x.yaml:10:13: tariffs.0.versions.1.to: expected the day after the last, which is after from')
        .sort(),
    );
    expect(messageOf('tariffs: [\n  {')).toMatch(/^x\.yaml:2:4: /);
  });

  it('refuses prices of other classes than its kind has, and rows that hold at once', () => {
    const tariff = (versions: string) =>
      `tariffs:\n  - code: a\n    kind: flat\n    unit: kWh\n    versions:\n${versions}`;
    expect(messageOf(tariff('      - { from: 2026-01-01, prices: { peak: 1, off_peak: 1 } }'))).toBe(
      'x.yaml:6:37: tariffs.0.versions.0.prices: a tariff of kind flat has prices for base',
    );
    const twice = [
      '      - { from: 2026-01-01, to: 2026-03-01, prices: { base: 1 } }',
      '      - { from: 2026-02-01, prices: { base: 2 } }',
    ].join('\n');
    expect(messageOf(tariff(twice))).toBe(
      'x.yaml:7:17: tariffs.0.versions.1.from: another one holds on 2026-02-01 already',
    );
    expect(messageOf(tariff('      - { from: 2026-01-01, prices: { base: 1 } }'))).toBe('');
  });

  it('of a Tempo season names white and red days; all others are blue', () => {
    const season = (white: string, red: string) =>
      `tempo:\n  - { from: 2026-01-01, to: 2026-01-05, white: [${white}], red: [${red}] }`;
    const { reference } = readReferenceFile(season('2026-01-02', '2026-01-04'), 'x.yaml');
    expect(reference.tempoDays.map(({ colour }) => colour)).toEqual(['blue', 'white', 'blue', 'red']);
    expect(messageOf(season('2026-01-05', ''))).toContain('2026-01-05 is not between from and to');
    expect(messageOf(season('2026-01-02', '2026-01-02'))).toContain('2026-01-02 has a colour already');
  });
});
