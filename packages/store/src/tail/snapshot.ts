/**
 * A `pg_snapshot` (`xmin:xmax:in-progress,…`) in which a transaction counts as in progress. PostgreSQL
 * leaves the asking transaction out of its own snapshot, so what it writes later would look seen.
 */
export function withInProgress(snapshot: string, xid: bigint): string {
  const [xmin = '', xmax = '', list = ''] = snapshot.split(':');
  const inProgress = list === '' ? [] : list.split(',').map(BigInt);
  if (xid >= BigInt(xmax) || inProgress.includes(xid)) return snapshot;
  const sorted = [...inProgress, xid].sort((a, b) => (a < b ? -1 : 1));
  return `${xid < BigInt(xmin) ? xid : xmin}:${xmax}:${sorted.join(',')}`;
}
