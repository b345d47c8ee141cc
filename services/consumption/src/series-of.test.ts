import { boundaries, consumption } from '@veilleur/metering';
import { collectImport, readGrdfJson } from '@veilleur/operators';
import { describe, expect, it } from 'vitest';
import { rowOf } from './operator-rows.ts';
import { seriesOf } from './series-of.ts';

const ZONE = 'Europe/Paris';
const PCE = '21546170368554';

/** Forty gas days of 7 m3 each from 1 January 2026 on; on the nth (from 0) the index begins elsewhere. */
async function gasDays(nth: number, begins: (index: number) => number) {
  let index = 8000;
  const day = (i: number) => Temporal.PlainDate.from('2026-01-01').add({ days: i }).toString();
  const releves = Array.from({ length: 40 }, (_, i) => {
    const indexDebut = i === nth ? begins(index) : index;
    index = indexDebut + 7;
    return {
      journeeGaziere: day(i),
      indexDebut,
      indexFin: index,
      volumeBrutConsomme: 7,
      energieConsomme: 80,
      coeffConversion: 11.4,
      qualificationReleve: 'Mesuré',
    };
  });
  const text = JSON.stringify({ [PCE]: { idPce: PCE, releves } }, null, 1);
  const { readings, problems } = await collectImport(readGrdfJson([Buffer.from(text)]));
  const operator = readings
    .map(rowOf)
    .flatMap((row) => (row.kind === 'reading' && row.row.quantity === 'gas_volume' ? [row.row] : []))
    .map((row) => ({ ...row, from: row.from.getTime(), to: row.to.getTime(), knownAt: 1 }));
  const register = {
    pointId: 1,
    quantityId: 1,
    quantity: 'gas_volume' as const,
    channel: 0,
    timeZone: null,
    dayStartMinutes: 360,
    givenMaximumRate: null,
    devices: [],
    operator: true,
    curve: false,
    settled: null,
  };
  const line = consumption(seriesOf(register, { devices: [], operator }, Number.NEGATIVE_INFINITY), {
    zone: ZONE,
  });
  const over = (unit: 'day' | 'month', from: string, to: string) =>
    line
      .over(
        boundaries(
          ZONE,
          { unit, dayStartMinutes: 360 },
          ...([from, to].map(
            (date) => Temporal.ZonedDateTime.from(`${date}T06:00[${ZONE}]`).epochMilliseconds,
          ) as [number, number]),
        ),
      )
      .map(({ value, quality }) => `${value === null ? '-' : value / 1e6} ${quality}`);
  return { over, findings: line.findings, problems };
}

describe('a gas meter of which GRDF tells no number', () => {
  it('goes on over a change of the meter, which shows as an index that begins anew', async () => {
    const { over, findings, problems } = await gasDays(20, () => 0);
    expect(problems.map(({ code }) => code)).toEqual(['index_discontinuous']);
    expect(over('day', '2026-01-19', '2026-01-24')).toEqual(Array(5).fill('7 measured'));
    expect(over('month', '2026-01-01', '2026-02-01')).toEqual(['217 measured']);
    expect(findings).toEqual([]);
  });

  it('keeps what an index that leaps ahead tells: it is no other meter', async () => {
    const { over } = await gasDays(20, (index) => index + 5);
    expect(over('month', '2026-01-01', '2026-02-01')).toEqual(['222 measured']);
  });
});
