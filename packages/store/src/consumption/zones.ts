import { isTimeZone, VeilleurError } from '@veilleur/domain';

interface WithZone {
  readonly code: string;
  readonly timeZone?: string | null | undefined;
}

type What = 'site' | 'metering point';

/** @throws VeilleurError `zone_unknown` for the first that is to be stored with a zone that is none. */
export function requireZones(what: What, all: readonly WithZone[]): void {
  const known = new Set<string>();
  for (const { code, timeZone } of all) {
    if (typeof timeZone !== 'string' || known.has(timeZone)) continue;
    if (!isTimeZone(timeZone)) {
      throw zoneUnknown(timeZone, what, code, 'Use a name of the tz database, such as Europe/Paris.');
    }
    known.add(timeZone);
  }
}

const STORED_REMEDIES = {
  site: 'Say it anew: veilleur site add <code> --time-zone Europe/Paris.',
  'metering point':
    'Where its site has that zone, say it anew: veilleur site add <code> --time-zone Europe/Paris. Of a point alone, in the database: update metering_point set time_zone = ... where code = ...',
} as const satisfies Record<What, string>;

/** @throws VeilleurError `zone_unknown` where it was stored with a zone that is none, before that was refused. */
export function requireStoredZone(what: What, { code, timeZone }: WithZone): void {
  if (typeof timeZone !== 'string' || isTimeZone(timeZone)) return;
  throw zoneUnknown(timeZone, what, code, STORED_REMEDIES[what]);
}

const zoneUnknown = (zone: string, what: What, code: string, remedy: string) =>
  new VeilleurError('zone_unknown', `"${zone}", of the ${what} ${code}, is not a time zone`, { remedy });
