import { type Pool, tailLags } from '@veilleur/store';

/** How far a consumer of the tail is. */
export interface Behind {
  /** Changes, and histories of readings, that it has not taken; null: it never took any. */
  readonly changes: number | null;
  /** When it last got further, ms; -Infinity: never. */
  readonly movedAtMs: number;
}

export async function behindOf(pool: Pool, consumer: string): Promise<Behind> {
  const lags = (await tailLags(pool)).filter((lag) => lag.consumer === consumer);
  const sum = lags.reduce((total, lag) => total + lag.changes + (lag.readingHistory ? 1 : 0), 0);
  return {
    changes: lags.length === 0 ? null : sum,
    movedAtMs: Math.max(...lags.map(({ movedAt }) => movedAt.getTime())),
  };
}
