import { VeilleurError } from '@veilleur/domain';

import { ONE } from './micro.ts';
import { rankOf, type Settings } from './options.ts';
import type { Finding, Installation, Reading, Series, Source } from './series.ts';

/** A reading with the rank of its source, at its installation. */
export interface RankedReading {
  readonly time: number;
  readonly value: number;
  readonly rank: number;
  readonly provisional: boolean;
  readonly estimated: boolean;
  readonly knownAt: number;
  readonly seq: number;
}

/** The readings of one device for the time that it stood here. */
export interface TapePart {
  readonly installation: Installation;
  readonly readings: RankedReading[];
}

/** One register as one source tells it; its parts follow each other and count on the same scale. */
export interface Tape {
  readonly key: string;
  readonly source: Source;
  readonly parts: TapePart[];
}

/** Sorts the readings to the installations that they belong to. What belongs to none becomes a finding. */
export function tapesOf(series: Series, settings: Settings, findings: Finding[]): Tape[] {
  const installations = (series.installations ?? []).toSorted(
    (a, b) => a.from - b.from || (a.device < b.device ? -1 : a.device > b.device ? 1 : 0),
  );
  for (const installation of installations) check(installation);
  const parts = new Map<Installation, Map<Source, RankedReading[]>>();
  const forAllTime = new Map<string, Installation>();
  for (const reading of series.readings) {
    const installation =
      installations.length === 0
        ? alwaysThere(reading.device ?? '', forAllTime)
        : installations.find((one) => stands(one, reading));
    if (installation === undefined) {
      findings.push({
        kind: 'not_installed',
        at: reading.time,
        detail: { device: reading.device ?? null, value: reading.value },
      });
      continue;
    }
    let sources = parts.get(installation);
    if (sources === undefined) {
      sources = new Map();
      parts.set(installation, sources);
    }
    let readings = sources.get(reading.source);
    if (readings === undefined) {
      readings = [];
      sources.set(reading.source, readings);
    }
    readings.push(ranked(reading, settings));
  }
  for (const installation of installations) addEnds(installation, parts, settings);
  return join(parts);
}

const stands = (installation: Installation, reading: Reading) =>
  reading.time >= installation.from &&
  (installation.to === null || reading.time < installation.to) &&
  (reading.device === undefined || reading.device === installation.device);

function alwaysThere(device: string, known: Map<string, Installation>): Installation {
  let installation = known.get(device);
  if (installation === undefined) {
    installation = { device, meter: device, from: Number.NEGATIVE_INFINITY, to: null, factor: ONE };
    known.set(device, installation);
  }
  return installation;
}

function check(installation: Installation) {
  const { numerator, denominator } = installation.factor;
  if (!(numerator > 0 && denominator > 0 && Number.isInteger(numerator) && Number.isInteger(denominator))) {
    throw new VeilleurError('factor_invalid', `${numerator}/${denominator} is not the worth of a pulse`, {
      remedy: 'Give two whole numbers above zero: 1/100 for 0.01 m3 a pulse.',
    });
  }
  if (installation.meterIndex !== undefined && installation.startIndex === undefined) {
    throw new VeilleurError(
      'start_index_missing',
      `${installation.device}: the meter's index is known at its start, the device's own is not`,
      { remedy: 'Give startIndex too: what the counter showed at that moment, often 0.' },
    );
  }
}

const ranked = (reading: Reading, settings: Settings): RankedReading => ({
  time: reading.time,
  value: reading.value,
  rank: rankOf(reading, settings.precedence),
  provisional: reading.quality === 'provisional',
  estimated: reading.quality === 'estimated',
  knownAt: reading.knownAt ?? 0,
  seq: reading.seq ?? 0,
});

/** The indexes that were written down at a swap are readings like the best of their tape. */
function addEnds(
  installation: Installation,
  parts: Map<Installation, Map<Source, RankedReading[]>>,
  settings: Settings,
) {
  const ends: [number, number][] = [];
  if (installation.startIndex !== undefined) ends.push([installation.from, installation.startIndex]);
  if (installation.endIndex !== undefined && installation.to !== null) {
    ends.push([installation.to, installation.endIndex]);
  }
  if (ends.length === 0) return;
  const sources = parts.get(installation) ?? new Map<Source, RankedReading[]>([['operator', []]]);
  parts.set(installation, sources);
  for (const readings of sources.values()) {
    const told = { source: 'operator', quality: 'measured' } as const;
    const rank = readings.reduce(
      (best, one) => Math.min(best, one.rank),
      readings.length === 0 ? rankOf(told, settings.precedence) : Number.POSITIVE_INFINITY,
    );
    for (const [time, value] of ends) {
      const known = Number.MAX_SAFE_INTEGER;
      readings.push({ time, value, rank, provisional: false, estimated: false, knownAt: known, seq: known });
    }
  }
}

function join(parts: Map<Installation, Map<Source, RankedReading[]>>): Tape[] {
  const tapes = new Map<string, Tape>();
  const inOrder = [...parts].sort(([a], [b]) => a.from - b.from || (a.device < b.device ? -1 : 1));
  for (const [installation, sources] of inOrder) {
    for (const [source, readings] of sources) {
      const key =
        installation.meterIndex === undefined
          ? `${source} device ${installation.device} ${installation.from}`
          : `${source} meter ${installation.meter}`;
      const tape = tapes.get(key);
      if (tape === undefined) tapes.set(key, { key, source, parts: [{ installation, readings }] });
      else tape.parts.push({ installation, readings });
    }
  }
  return [...tapes.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
