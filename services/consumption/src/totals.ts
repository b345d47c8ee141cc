import { QUALITIES } from '@veilleur/domain';
import type { BucketName, Register, SettledBucket, SettledRegister, SettledSpan } from '@veilleur/store';
import { ESTIMATE_UP_TO_MS } from './plan.ts';

/** The register of what a point meters in all, whatever the tariff. */
export const TOTAL_CHANNEL = 0;
/** The method of a total that no meter showed. */
export const ADDED = 'registers_added';

/**
 * A point whose meter parts a quantity between registers (tariffs, inputs). What it metered in all is what
 * its register 0 told, and where none told, the sum of its parts: so sums over sites need not know tariffs.
 */
export interface Total {
  readonly pointId: number;
  readonly quantityId: number;
  readonly parts: readonly Register[];
}

export interface Registers {
  /** Those that a device or an operator tells, or told: they are settled from readings. */
  readonly told: readonly Register[];
  readonly totals: readonly Total[];
}

/** Tells registers with readings from totals that are sums. */
export function withTotals(registers: readonly Register[]): Registers {
  const isTold = ({ devices, operator }: Register) => devices.length > 0 || operator;
  const byQuantity = Map.groupBy(registers, ({ pointId, quantityId }) => `${pointId} ${quantityId}`);
  const totals: Total[] = [];
  const sums = new Set<Register>();
  for (const some of byQuantity.values()) {
    const parts = partsOf(some.filter((register) => register.channel !== TOTAL_CHANNEL && isTold(register)));
    const [first] = parts;
    if (first === undefined) continue;
    totals.push({ pointId: first.pointId, quantityId: first.quantityId, parts });
    const total = some.find(({ channel }) => channel === TOTAL_CHANNEL);
    if (total !== undefined && !isTold(total)) sums.add(total);
  }
  return { told: registers.filter((register) => !sums.has(register)), totals };
}

/** From this channel on stand the distributor's registers, which tell again what the supplier's tell. */
const DISTRIBUTOR_CHANNEL = 101;

/** Registers of one grid of tariffs: an operator tells the same energy on the supplier's and on the distributor's. */
function partsOf(registers: readonly Register[]): readonly Register[] {
  const ofSupplier = registers.filter(({ channel }) => channel < DISTRIBUTOR_CHANNEL);
  return ofSupplier.length > 0 ? ofSupplier : registers;
}

/** Whether a register is the one that a total stands in. */
export function isOfTotal(
  { pointId, quantityId, channel }: Pick<Register, 'pointId' | 'quantityId' | 'channel'>,
  totals: readonly Total[],
): boolean {
  return (
    channel === TOTAL_CHANNEL &&
    totals.some((total) => total.pointId === pointId && total.quantityId === quantityId)
  );
}

/** One part of a total: what is known of it, and when it counts. */
export interface PartOfTotal {
  readonly register: SettledRegister;
  /** No device stands there any more after this moment; infinite where one does, or an operator tells. */
  readonly goneAt: number;
  readonly buckets: readonly SettledBucket[];
}

/** When the last of a register's devices left; infinity while one stands there, or an operator tells. */
export function goneAt({ devices, operator }: Register): number {
  if (operator) return Number.POSITIVE_INFINITY;
  return devices.reduce(
    (last, { to }) => Math.max(last, to ?? Number.POSITIVE_INFINITY),
    Number.NEGATIVE_INFINITY,
  );
}

/**
 * The buckets of a total: what its own register told, else the sum of all parts that count then. Where
 * one of them is not known yet, neither is the sum; where one is missing, it is missing.
 *
 * @param own what register 0 holds, whatever its method: earlier sums are made again.
 */
export function totalBuckets(
  bucket: BucketName,
  own: readonly SettledBucket[],
  parts: readonly PartOfTotal[],
): SettledBucket[] {
  const told = new Map(own.filter(({ method }) => method !== ADDED).map((one) => [one.from, one]));
  const latest = Math.max(...parts.map(({ register }) => register.lastReading ?? Number.NEGATIVE_INFINITY));
  const rows = parts.map(({ buckets }) => new Map(buckets.map((one) => [one.from, one])));
  const moments = new Set([...told.keys(), ...rows.flatMap((row) => [...row.keys()])]);
  const totals: SettledBucket[] = [];
  for (const from of [...moments].sort((a, b) => a - b)) {
    const shown = told.get(from);
    const some = rows.map((row) => row.get(from));
    const isWhole = parts.every((part, i) => some[i] !== undefined || !counts(part, from, latest));
    const sum = isWhole
      ? added(
          bucket,
          from,
          some.filter((one) => one !== undefined),
        )
      : null;
    const total = shown?.value == null ? (sum ?? shown) : shown;
    if (total !== undefined) totals.push(total);
  }
  return totals;
}

/** A register that was given up (another tariff, another meter) counts no more; one that is late does. */
function counts({ register, goneAt: gone }: PartOfTotal, from: number, latest: number): boolean {
  const { firstReading, lastReading } = register;
  if (firstReading === null || lastReading === null) return false;
  const isGivenUp = latest - lastReading > ESTIMATE_UP_TO_MS;
  return from > firstReading && from < Math.min(gone, isGivenUp ? lastReading : Number.POSITIVE_INFINITY);
}

function added(bucket: BucketName, from: number, parts: readonly SettledBucket[]): SettledBucket | null {
  if (parts.length === 0) return null;
  const isMissing = parts.some(({ value }) => value === null);
  const isBounded = bucket !== 'hour' && parts.every(({ uncertainty }) => uncertainty !== null);
  const worst = Math.max(...parts.map(({ quality }) => QUALITIES.indexOf(quality)));
  return {
    from,
    value: isMissing ? null : parts.reduce((sum, { value }) => sum + (value ?? 0), 0),
    quality: isMissing ? 'missing' : (QUALITIES[worst] ?? 'missing'),
    method: ADDED,
    uncertainty: isBounded ? parts.reduce((sum, { uncertainty }) => sum + (uncertainty ?? 0), 0) : null,
  };
}

/** From the first to the last moment that some spans concern. */
export function hullOf(spans: readonly SettledSpan[]): { readonly from: number; readonly to: number } {
  return { from: Math.min(...spans.map(({ from }) => from)), to: Math.max(...spans.map(({ to }) => to)) };
}

/** What is noted of a total that is only a sum: it reaches as far as all its parts do. */
export function totalRegister(
  { pointId, quantityId }: Total,
  parts: readonly Pick<PartOfTotal, 'register'>[],
): SettledRegister {
  const least = (moments: readonly (number | null)[]) => {
    const known = moments.filter((moment) => moment !== null);
    return known.length === 0 ? null : Math.min(...known);
  };
  const registers = parts.map(({ register }) => register);
  return {
    pointId,
    quantityId,
    channel: TOTAL_CHANNEL,
    firstReading: least(registers.map(({ firstReading }) => firstReading)),
    lastReading: least(registers.map(({ lastReading }) => lastReading)),
    maximumRate: null,
    stepMs: registers.reduce<number | null>(
      (slowest, { stepMs }) => (slowest === null || stepMs === null ? null : Math.max(slowest, stepMs)),
      0,
    ),
    settledUntil: least(registers.map(({ settledUntil }) => settledUntil)),
  };
}
