import type { AlertChange, Episode } from '../episode.ts';
import type { Severity } from '../language/rule.ts';

/** What is known of a gateway's hearing. Times are ms since 1970, by the clock of the network server. */
export interface GatewayHearing {
  readonly gatewayId: string;
  readonly lastHeardAt: number;
  /** How long it is silent between two frames, usually; null: it was heard once. */
  readonly usualGapMs: number | null;
  /** The first frame since the last look, and what was known then; null: none came. */
  readonly news: { readonly firstHeardAt: number; readonly knownUntil: number | null } | null;
}

/** A gateway that hears a frame an hour is not down after two. */
const USUAL_GAPS = 6;

const silenceOf = ({ usualGapMs }: GatewayHearing, downAfterMs: number) =>
  Math.max(downAfterMs, USUAL_GAPS * (usualGapMs ?? 0));

/**
 * When somebody heard again after nobody had, for longer than even the gateway that hears most is given: ms; null:
 * this look tells of no such pause.
 */
export function hearingResumedAt(all: readonly GatewayHearing[], downAfterMs: number): number | null {
  const first = Math.min(...all.map(({ news }) => news?.firstHeardAt ?? Number.POSITIVE_INFINITY));
  const before = Math.max(
    ...all.map(({ news, lastHeardAt }) =>
      news === null ? lastHeardAt : (news.knownUntil ?? Number.NEGATIVE_INFINITY),
    ),
  );
  const pauseMs = Math.min(...all.map((gateway) => silenceOf(gateway, downAfterMs)));
  return Number.isFinite(first) && first - before >= pauseMs ? first : null;
}

/**
 * Whether a gateway's alert changes. A gateway is down when it has heard nothing for so long while others
 * did: when nobody hears anything, the fault lies elsewhere, or nothing was delivered to us. After that each is
 * given as long anew.
 *
 * @param open The episode of the gateway that is open; null: none is.
 * @param resumedAt When somebody heard again after nobody had, ms; minus infinite: never.
 */
export function gatewayChange(
  gateway: GatewayHearing,
  all: readonly GatewayHearing[],
  open: Episode | null,
  { downAfterMs, severity }: { readonly downAfterMs: number; readonly severity: Severity },
  resumedAt = Number.NEGATIVE_INFINITY,
): AlertChange | null {
  const { lastHeardAt, news } = gateway;
  const silenceMs = silenceOf(gateway, downAfterMs);
  if (open === null) {
    const others = Math.max(
      ...all.filter(({ gatewayId }) => gatewayId !== gateway.gatewayId).map((one) => one.lastHeardAt),
    );
    const downAt = lastHeardAt + silenceMs;
    if (!(others >= Math.max(lastHeardAt, resumedAt) + silenceMs)) return null;
    const episode: Episode = {
      from: lastHeardAt,
      openedAt: downAt,
      clearedAt: null,
      severity,
      worst: null,
      pauses: [],
    };
    return { kind: 'raised', episode, at: downAt };
  }
  if (lastHeardAt <= open.from) return null;
  const heardAt = news?.firstHeardAt ?? lastHeardAt;
  // Frames that came late fill the silence: it never was.
  if (heardAt < open.openedAt) return { kind: 'withdrawn', before: open, at: open.openedAt };
  return { kind: 'cleared', before: open, episode: { ...open, clearedAt: heardAt }, at: heardAt };
}
