import { type CityPoint, cityPoints, citySites, type Source } from '@veilleur/simulators';
import { type PointRecord, type Pool, recordPoints, recordSites } from '@veilleur/store';

const REASON = 'simulated city';

/**
 * Makes a simulated city's sites and metering points known, as an operator believes them to be before what
 * the simulation tells him later. Again is harmless.
 *
 * @param until when the simulation ends: meters that come later are not recorded.
 * @returns How many points are new.
 */
export async function recordCity(
  pool: Pool,
  city: Source['city'],
  { timeZone, until, now }: { readonly timeZone: string; readonly until: Date; readonly now: Date },
): Promise<number> {
  await recordSites(pool, citySites(city, timeZone));
  return recordPoints(pool, recordsOf(cityPoints(city, until)), { reason: REASON, now });
}

function* recordsOf(points: Iterable<CityPoint>): Generator<PointRecord> {
  for (const { registers, family: _, number: __, ...point } of points) {
    yield { ...point, installations: registers.flatMap(({ believed }) => believed) };
  }
}
