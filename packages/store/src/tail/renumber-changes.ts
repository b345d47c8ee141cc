import type { Pool } from '../connect.ts';
import { withTransaction } from '../with-transaction.ts';
import { restartAfterRestore } from './checkpoint.ts';

/** The first transaction id that a cluster gives out: any of ours lies above. */
const FIRST_XID = 3;

/**
 * Fits the tail into another cluster, whose transaction ids begin elsewhere: every consumer goes on exactly
 * where it stood. To be called before anybody writes into the restored database.
 *
 * All that a transaction id tells is which checkpoints have seen it. Changes that the same checkpoints have
 * seen become one class, the classes take the place of the ids, from the first one of a cluster on, and each
 * checkpoint's snapshot becomes one that sees the same classes and nothing of what this cluster writes from
 * now on. There are far fewer classes than a cluster has given out ids when it is new; where there are not,
 * the consumers start anew instead.
 */
export async function renumberChanges(pool: Pool): Promise<void> {
  await withTransaction(pool, async (client) => {
    const { rows: snapshots } = await client.query<{ snapshot: string }>(
      `select seen::text as snapshot from tail_checkpoint
       union select until::text from tail_checkpoint where until is not null order by 1`,
    );
    const texts = snapshots.map(({ snapshot }) => snapshot);
    const { rows: classes } = await client.query<{ class: number; seen: boolean[] }>(
      `select class, seen from (${CLASSES}) classes order by class`,
      [texts],
    );
    const end = FIRST_XID + classes.length;
    const { rows: own } = await client.query<{ next: number }>(
      'select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as next',
    );
    if (end > (own[0]?.next ?? 0)) return;
    await client.query(
      `with told as (${TOLD}), classes as (${CLASSES})
       update change set xid = ($2::bigint + classes.class - 1)::text::xid8
       from told join classes using (seen) where change.position = told.position`,
      [texts, FIRST_XID],
    );
    for (const [i, text] of texts.entries()) {
      const unseen = classes.flatMap((one) => (one.seen[i] ? [] : [FIRST_XID + one.class - 1]));
      const moved = `${unseen[0] ?? end}:${end}:${unseen.join(',')}`;
      await client.query(
        `update tail_checkpoint set
           seen = case when seen::text = $1 then $2::pg_snapshot else seen end,
           until = case when until::text = $1 then $2::pg_snapshot else until end
         where seen::text = $1 or until::text = $1`,
        [text, moved],
      );
    }
  });
  await restartAfterRestore(pool);
}

/** Which of the snapshots $1 have seen each change. */
const TOLD = `select position,
    array(select pg_visible_in_snapshot(change.xid, s::pg_snapshot)
          from unnest($1::text[]) with ordinality as given(s, i) order by i) as seen
  from change`;
const CLASSES = `select row_number() over (order by seen) as class, seen from (select distinct seen from (${TOLD}) told) sets`;
