import type { AlertChange, Episode } from '../episode.ts';
import type { History } from '../history.ts';
import type { Place } from '../signals/signal.ts';
import { Watch } from '../watch.ts';
import type { CompiledSite } from './site-rule.ts';

/** What is known of a site. Times are ms since 1970. */
export interface SiteFacts {
  /** Of its devices, by `member`. */
  readonly history: History;
  /** From here on all is known, facts and episodes. */
  readonly since: number;
  /** What is recorded, in the order of time: all that touches what lies after `since`. */
  readonly recorded: readonly Episode[];
}

export interface SiteMoment {
  /** The earliest news that nobody has evaluated; infinite: there is none. */
  readonly news: number;
  /** By here all that had an effect is recorded. */
  readonly evaluatedTo: number;
  readonly now: number;
}

export type SiteFound =
  | {
      readonly kind: 'found';
      readonly changes: readonly AlertChange[];
      /** As they are now, those that the news could touch. */
      readonly episodes: readonly Episode[];
      /** When to look again though nothing comes; infinite: never. */
      readonly dueAt: number;
    }
  /** What is known does not reach back so far. */
  | { readonly kind: 'too_old'; readonly from: number };

/**
 * What a rule says of one site. Nothing but the episodes is kept from one look to the next: what was building
 * up then is found again from the devices' readings, so that the order in which they came has no effect.
 */
export function evaluateSite(
  compiled: CompiledSite,
  place: Place,
  { history, since, recorded }: SiteFacts,
  { news, evaluatedTo, now }: SiteMoment,
): SiteFound {
  const watch = new Watch(compiled, place, Number.NEGATIVE_INFINITY, recorded);
  const from = Math.min(news, lastTold(compiled, history, evaluatedTo));
  const oldest =
    watch.rewindsTo(history, from) - Math.max(compiled.horizonMs, compiled.settings.reopenWithinMs);
  if (oldest < since) return { kind: 'too_old', from: oldest };
  const changes = watch.rewind(history, from, now);
  return { kind: 'found', changes, episodes: watch.episodes, dueAt: watch.dueAt(history) };
}

/** What builds up at a moment does so at the last evidence before it. */
function lastTold(compiled: CompiledSite, history: History, evaluatedTo: number): number {
  let last = Number.NEGATIVE_INFINITY;
  for (const tape of compiled.triggers(history)) {
    last = Math.max(last, tape.times[tape.atOrBefore(evaluatedTo)] ?? last);
  }
  return last === Number.NEGATIVE_INFINITY ? evaluatedTo : last;
}
