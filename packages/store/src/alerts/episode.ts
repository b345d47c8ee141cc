import { MS } from './changed-facts.ts';
import type { FoundEpisode } from './write-alerts.ts';

/** The columns of an `alert a` that an episode is made of, for `episodeOf`. */
export const EPISODE = `a.severity, ${MS('a.began_at')} as "from", ${MS('a.opened_at')} as "openedAt",
  ${MS('a.cleared_at')} as "clearedAt", a.worst, ${MS('a.worst_at')} as "worstAt", a.pauses`;

/** What `EPISODE` selects. */
export interface EpisodeRow extends Pick<FoundEpisode, 'from' | 'openedAt' | 'clearedAt' | 'severity'> {
  readonly worst: number | null;
  readonly worstAt: number | null;
  readonly pauses: readonly { readonly clearedAt: string; readonly reopenedAt: string }[];
}

export function episodeOf({ worst, worstAt, pauses, ...told }: EpisodeRow): FoundEpisode {
  return {
    ...told,
    worst: worst === null || worstAt === null ? null : { value: worst, at: worstAt },
    pauses: pauses.map(({ clearedAt, reopenedAt }) => ({
      clearedAt: Date.parse(clearedAt),
      reopenedAt: Date.parse(reopenedAt),
    })),
  };
}
