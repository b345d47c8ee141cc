import type { City } from '../city/city.ts';
import type { TruthLine } from '../faults/truth-file.ts';

/** The truth as alerts tell of it: a cabinet's alert is of the group of its lamps, and each lamp feels it. */
export function alertTruth(city: City): readonly TruthLine[] {
  let devices: ReturnType<City['device']>[] | undefined;
  return [...city.truthLines()].flatMap((line) => {
    if (line.kind !== 'cabinet_outage') return [line];
    devices ??= [...city.devices()];
    const name = devices.find(({ devEui }) => devEui === line.subject)?.name ?? line.subject;
    const fed = devices.filter(({ tags }) => tags.cabinet === name);
    return [
      { ...line, subject: name },
      ...fed.map(({ devEui }) => ({ ...line, kind: 'without_supply', subject: devEui })),
    ];
  });
}
