import type { DevEui } from '@veilleur/domain';
import { type ChirpStackClient, isLnsError } from '@veilleur/provisioning';
import { type CountedUplinks, type EvidenceSource, heardTimes, type Pool } from '@veilleur/store';

const HOUR_MS = 3_600_000;
/** ChirpStack keeps counts by the hour for 48 h and by the day for 62 days (storage/metrics.rs, `get_ttl`). */
const HOURS_KEPT_MS = 47 * HOUR_MS;
const DAYS_KEPT_MS = 60 * 24 * HOUR_MS;

export interface ChirpStackEvidence extends EvidenceSource {
  /** Devices that ChirpStack does not know, or that this key may not ask for. */
  readonly unknown: ReadonlySet<DevEui>;
}

/** What ChirpStack counted of devices with gaps: by hours where it still has them, by days before. */
export function askChirpStack(
  client: ChirpStackClient,
  pool: Pool,
  { since, until, now }: { readonly since: Date; readonly until: Date; readonly now: Date },
): ChirpStackEvidence {
  const unknown = new Set<DevEui>();
  return {
    unknown,
    of: async (devEui) => {
      let buckets: readonly CountedUplinks[];
      try {
        buckets = await bucketsOf(client, devEui, now);
      } catch (thrown) {
        if (!isLnsError(thrown, 'lns_not_found', 'lns_forbidden')) throw thrown;
        unknown.add(devEui);
        return {};
      }
      const inSpan = buckets.filter(({ from, to }) => from >= since && to <= until);
      const [first, last] = [inSpan[0], inSpan.at(-1)];
      if (first === undefined || last === undefined) return {};
      const heard = await heardTimes(pool, { since: first.from, until: last.to, devEuis: [devEui] });
      return { counted: { buckets: inSpan, ...heard } };
    },
  };
}

async function bucketsOf(client: ChirpStackClient, devEui: DevEui, now: Date): Promise<CountedUplinks[]> {
  const ago = (ms: number) => new Date(now.getTime() - ms);
  const days = await client.uplinkCounts(devEui, { from: ago(DAYS_KEPT_MS), to: now, by: 'day' });
  // A day of ChirpStack's time zone; the hours begin where a day does, so that none is counted twice.
  const dayOfHours = days.find(({ from }) => from >= ago(HOURS_KEPT_MS))?.from ?? days.at(-1)?.to;
  if (dayOfHours === undefined) return [];
  const hours = await client.uplinkCounts(devEui, { from: dayOfHours, to: now, by: 'hour' });
  return [...days.filter(({ to }) => to <= dayOfHours), ...hours.filter(({ from }) => from >= dayOfHours)];
}
