import {
  BUCKETS,
  type ConsumptionWriter,
  type SettledRegister,
  type SettledSpan,
  settledBuckets,
} from '@veilleur/store';
import type { Settlement } from './settlement.ts';
import { goneAt, hullOf, TOTAL_CHANNEL, type Total, totalBuckets, totalRegister } from './totals.ts';

export interface SettlingTransaction {
  readonly client: Parameters<typeof settledBuckets>[0];
  readonly writer: ConsumptionWriter;
  readonly now: Date;
}

/**
 * Adds up what was just written of the parts, over all that was settled of any of them.
 *
 * @param settlements those of the parts, and of registers 0 that tell something themselves: these are not
 *   written yet.
 * @returns What is to be noted of registers that are sums alone.
 */
export async function settleTotals(
  { client, writer, now }: SettlingTransaction,
  totals: readonly Total[],
  settlements: readonly Settlement[],
): Promise<SettledRegister[]> {
  if (totals.length === 0) return [];
  const key = ({ pointId, quantityId }: Pick<Total, 'pointId' | 'quantityId'>) => `${pointId} ${quantityId}`;
  const settledOf = Map.groupBy(settlements, ({ register }) => key(register));
  const sums = totals.map((total) => {
    const settled = settledOf.get(key(total)) ?? [];
    const of = (wanted: number) => settled.find(({ register }) => register.channel === wanted);
    const parts = total.parts.map((part) => ({
      register: of(part.channel)?.register as SettledRegister,
      goneAt: goneAt(part),
    }));
    const own = of(TOTAL_CHANNEL);
    const register = own?.register ?? totalRegister(total, parts);
    return { own, parts, register, spans: settled.flatMap(({ spans }) => spans) };
  });
  const spans: SettledSpan[] = [];
  for (const bucket of BUCKETS) {
    const reached = sums.map((sum) => ({
      ...sum,
      ...hullOf(sum.spans.filter((span) => span.bucket === bucket)),
    }));
    const asked = reached.flatMap(({ register, parts, from, to }) =>
      [register, ...parts.map((part) => part.register)].map((one) => ({ register: one, from, to })),
    );
    const stored = (await settledBuckets(client, bucket, asked)).values();
    for (const { own, parts, register, from, to } of reached) {
      const before = stored.next().value ?? [];
      const rows = parts.map((part) => ({ ...part, buckets: stored.next().value ?? [] }));
      const fresh = own?.spans.find((span) => span.bucket === bucket);
      const stands =
        fresh === undefined ? before : before.filter((one) => one.from < fresh.from || one.from >= fresh.to);
      const buckets = totalBuckets(bucket, [...stands, ...(fresh?.buckets ?? [])], rows);
      spans.push({ register, bucket, from, to, buckets });
    }
  }
  await writer.write(client, spans, now);
  return sums.flatMap(({ own, register }) => (own === undefined ? [register] : []));
}
