import { SEVERITIES, type Severity } from './language/rule.ts';

/** A span of time in which a rule's condition held for a device. Times are ms of the event's own time. */
export interface Episode {
  /** When the condition began. */
  readonly from: number;
  /** When it had held for long enough. */
  readonly openedAt: number;
  /** Null: it is open. */
  readonly clearedAt: number | null;
  readonly severity: Severity;
  /** The value that is furthest beyond the bound, and when; null for what has no number. */
  readonly worst: { readonly value: number; readonly at: number } | null;
  /** When it had cleared and shortly after began again. */
  readonly pauses: readonly { readonly clearedAt: number; readonly reopenedAt: number }[];
}

export type AlertChange =
  | { readonly kind: 'raised'; readonly episode: Episode; readonly at: number }
  | {
      readonly kind: 'worsened' | 'cleared' | 'reopened' | 'corrected';
      readonly before: Episode;
      readonly episode: Episode;
      readonly at: number;
    }
  /** What is known now says that it never was. */
  | { readonly kind: 'withdrawn'; readonly before: Episode; readonly at: number };

/**
 * What became of a device's episodes of a rule: `before` and `now` are all that touch the same span, in
 * the order of time. Episodes that overlap are the same one.
 */
export function changesBetween(before: readonly Episode[], now: readonly Episode[]): AlertChange[] {
  const changes: AlertChange[] = [];
  const left = new Set(before);
  for (const episode of now) {
    const same = [...left].find((one) => overlaps(one, episode));
    if (same === undefined) {
      changes.push({ kind: 'raised', episode, at: episode.openedAt });
      if (episode.clearedAt !== null) {
        const open = { ...episode, clearedAt: null };
        changes.push({ kind: 'cleared', before: open, episode, at: episode.clearedAt });
      }
      continue;
    }
    left.delete(same);
    changes.push(...changesOf(same, episode));
  }
  for (const one of left) changes.push({ kind: 'withdrawn', before: one, at: one.openedAt });
  return changes;
}

function changesOf(before: Episode, episode: Episode): AlertChange[] {
  const changes: AlertChange[] = [];
  const rank = ({ severity }: Episode) => SEVERITIES.indexOf(severity);
  if (rank(episode) > rank(before)) {
    changes.push({ kind: 'worsened', before, episode, at: episode.worst?.at ?? episode.openedAt });
  }
  if (before.clearedAt !== null && episode.clearedAt === null) {
    changes.push({
      kind: 'reopened',
      before,
      episode,
      at: episode.pauses.at(-1)?.reopenedAt ?? episode.openedAt,
    });
  } else if (before.clearedAt === null && episode.clearedAt !== null) {
    changes.push({ kind: 'cleared', before, episode, at: episode.clearedAt });
  } else if (before.openedAt !== episode.openedAt || before.clearedAt !== episode.clearedAt) {
    changes.push({ kind: 'corrected', before, episode, at: episode.openedAt });
  }
  return changes;
}

/** Whether two say the same in every respect. */
export function isSameEpisode(a: Episode, b: Episode): boolean {
  return (
    a.from === b.from &&
    a.openedAt === b.openedAt &&
    a.clearedAt === b.clearedAt &&
    a.severity === b.severity &&
    a.worst?.value === b.worst?.value &&
    a.worst?.at === b.worst?.at &&
    a.pauses.length === b.pauses.length &&
    a.pauses.every(
      ({ clearedAt, reopenedAt }, i) =>
        clearedAt === b.pauses[i]?.clearedAt && reopenedAt === b.pauses[i]?.reopenedAt,
    )
  );
}

function overlaps(a: Episode, b: Episode): boolean {
  return (
    a.from <= (b.clearedAt ?? Number.POSITIVE_INFINITY) && b.from <= (a.clearedAt ?? Number.POSITIVE_INFINITY)
  );
}
