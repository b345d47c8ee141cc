import { type AlertChange, changesBetween, type Episode } from '../episode.ts';
import type { RuleOf } from '../language/rule.ts';
import { Machine } from '../machine.ts';

/** A span of an alert of a member rule on a device of the group; an alert that paused has several. */
export interface MemberSpan {
  readonly beganAt: number;
  readonly openedAt: number;
  /** Null: it is open. */
  readonly clearedAt: number | null;
}

export interface GroupFacts {
  /** All spans that touch what lies after `since`, in any order. */
  readonly members: readonly MemberSpan[];
  /** Devices that the group has. */
  readonly size: number;
  /** What is recorded of this group and touches what lies after `since`, in the order of time. */
  readonly recorded: readonly Episode[];
}

export interface GroupOutcome {
  readonly changes: readonly AlertChange[];
  /** As they are now. */
  readonly episodes: readonly Episode[];
  /** When time alone changes something; infinite: never. */
  readonly dueAt: number;
}

/**
 * What a `many` rule says of one group, in event time: it is raised when enough alerts, that began within
 * `within` of each other, are open at once, and clears when fewer are open. All after `since` is found
 * anew, so late news of a member raises, corrects or withdraws the group's alert as of its own time.
 */
export function evaluateGroup(
  rule: RuleOf<'many'>,
  { members, size, recorded }: GroupFacts,
  since: number,
  now: number,
): GroupOutcome {
  const needed = Math.max(rule.atLeast, Math.ceil(rule.share * size - 1e-9));
  const earlier = recorded.filter(({ openedAt }) => openedAt <= since);
  const machine = new Machine(
    {
      forMs: rule.for,
      clearForMs: rule.clearFor,
      reopenWithinMs: rule.reopenWithin,
      samples: 1,
      isWorse: (value, than) => value > than,
    },
    earlier.map((one) => asOf(one, since)).at(-1) ?? null,
  );
  for (const time of boundaries(members, since, now)) {
    const open = members.filter(
      ({ openedAt, clearedAt }) => openedAt <= time && (clearedAt === null || clearedAt > time),
    );
    const together = mostWithin(
      open.map(({ beganAt }) => beganAt),
      rule.within,
    );
    machine.take({
      time,
      verdict: together >= needed ? 'raise' : open.length < needed ? 'clear' : 'neither',
      severity: rule.severity,
      value: open.length,
      holdMs: Number.POSITIVE_INFINITY,
    });
  }
  machine.advance(now);
  return {
    changes: changesBetween(recorded.slice(Math.max(0, earlier.length - 1)), machine.episodes),
    episodes: machine.episodes,
    dueAt: machine.dueAt,
  };
}

/** Moments at which a member opens or clears. */
function boundaries(members: readonly MemberSpan[], since: number, now: number): number[] {
  const times = new Set<number>();
  for (const { openedAt, clearedAt } of members) {
    times.add(openedAt);
    if (clearedAt !== null) times.add(clearedAt);
  }
  return [...times].filter((time) => time > since && time <= now).sort((a, b) => a - b);
}

/** How many moments at most lie no further apart than a span. */
function mostWithin(moments: readonly number[], spanMs: number): number {
  const sorted = moments.toSorted((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [last, moment] of sorted.entries()) {
    while (moment - (sorted[first] ?? moment) > spanMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

/** An episode as it stood at a moment after it had opened. */
function asOf(episode: Episode, time: number): Episode {
  const isLater = episode.clearedAt !== null && episode.clearedAt > time;
  return {
    ...episode,
    clearedAt: isLater ? null : episode.clearedAt,
    worst: episode.worst !== null && episode.worst.at > time ? null : episode.worst,
    pauses: episode.pauses.filter(({ reopenedAt }) => reopenedAt <= time),
  };
}
