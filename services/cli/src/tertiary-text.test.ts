import { expect, it } from 'vitest';
import { tertiaryCsv } from './tertiary-text.ts';

const REPORT = {
  years: [
    {
      year: 2025,
      energy_kWh_pci: { value: 45_260.5 },
      perM2_kWh_pci: 25.14,
      degreeDays: null,
      adjusted_kWh_pci: { meteo: null, costic: null },
      relative: -0.5474,
      adjustedRelative: { meteo: null, costic: null },
    },
  ],
  reference: null,
  goals: [],
} as unknown as Parameters<typeof tertiaryCsv>[0];

it('is a table as a spreadsheet of the language reads it', () => {
  expect(tertiaryCsv(REPORT, 'en').split('\r\n')[1]).toBe('2025,45260.5,25.14,,,,,-0.5474,,,,');
  expect(tertiaryCsv(REPORT, 'fr').split('\r\n')[1]).toBe('2025;"45260,5";"25,14";;;;;"-0,5474";;;;');
});
