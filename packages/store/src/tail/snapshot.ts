/**
 * A `pg_snapshot` (`xmin:xmax:in-progress,…`) that says of every transaction up to one whether it was seen.
 *
 * PostgreSQL's own ends where the last one that had *ended* stands: one that was under way beyond it is in no
 * list, and it may have drawn its position before positions that the snapshot sees. It also leaves the asking
 * transaction out, so that what that writes later would look seen. Here all of them count as in progress.
 *
 * @param xid of a transaction that began after the snapshot was taken: whatever has a higher one drew its
 *   position later than all that the snapshot sees.
 */
export function upToTransaction(snapshot: string, xid: bigint): string {
  const [xmin = '', xmax = '', list = ''] = snapshot.split(':');
  const inProgress = list === '' ? [] : list.split(',').map(BigInt);
  for (let beyond = BigInt(xmax); beyond <= xid; beyond += 1n) inProgress.push(beyond);
  return `${xmin}:${xid + 1n}:${inProgress.join(',')}`;
}
