import { describe, expect, it } from 'vitest';
import { readTemperatures } from './reference-temperatures.ts';

describe('a table of daily temperatures', () => {
  it('is read in our own form', () => {
    const { days, problems } = readTemperatures('date,lowest,highest\n2026-02-01,-3.5,4\n', 'here');
    expect(days).toEqual([{ station: 'here', day: '2026-02-01', lowest_Cel: -3.5, highest_Cel: 4 }]);
    expect(problems).toEqual([]);
  });

  it('is read as Météo-France writes it, with all stations or one of them', () => {
    const file = [
      'NUM_POSTE;NOM_USUEL;LAT;LON;ALTI;AAAAMMJJ;RR;QRR;TN;QTN;HTN;QHTN;TX;QTX',
      '68297001;BALE-MULHOUSE;47.6;7.5;263;20260201;0.0;1;-3.5;1;0612;9;4.0;1',
      '68205001;MEYENHEIM;47.9;7.4;207;20260201;0.0;1;-4.1;1;0612;9;3.2;1',
      '68297001;BALE-MULHOUSE;47.6;7.5;263;20260202;0.0;1;;;;;;',
      '',
    ].join('\r\n');
    const all = readTemperatures(file);
    expect(all.days.map(({ station, highest_Cel }) => `${station} ${highest_Cel}`)).toEqual([
      '68297001 4',
      '68205001 3.2',
    ]);
    expect(all.without, 'a day without temperatures stays unknown').toBe(1);
    expect(readTemperatures(file, '68205001').days).toHaveLength(1);
  });

  it('says which lines cannot be right, and takes none of them for warm', () => {
    const { days, problems } = readTemperatures(
      'date,lowest,highest\n2026-02-30,1,2\n2026-02-01,9,1\n2026-02-02,1,999\n2026-02-03,1,2\n',
      'here',
    );
    expect(days).toHaveLength(1);
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  it('needs to know columns and station', () => {
    const refused = (code: string) => expect.objectContaining({ code }) as Error;
    expect(() => readTemperatures('day;rain\n')).toThrow(refused('temperatures_heading_unknown'));
    expect(() => readTemperatures('date,lowest,highest\n')).toThrow(refused('temperatures_station_missing'));
  });
});
