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

/**
 * Whether a gateway's alert changes. A gateway is down when it has heard nothing for so long while others
 * did: when nobody hears anything, the fault lies elsewhere, or nothing was delivered to us.
 *
 * @param open The episode of the gateway that is open; null: none is.
 */
export function gatewayChange(
  gateway: GatewayHearing,
  all: readonly GatewayHearing[],
  open: Episode | null,
  { downAfterMs, severity }: { readonly downAfterMs: number; readonly severity: Severity },
): AlertChange | null {
  const { lastHeardAt, usualGapMs, news } = gateway;
  const silenceMs = Math.max(downAfterMs, USUAL_GAPS * (usualGapMs ?? 0));
  if (open === null) {
    const others = Math.max(
      ...all.filter(({ gatewayId }) => gatewayId !== gateway.gatewayId).map((one) => one.lastHeardAt),
    );
    const downAt = lastHeardAt + silenceMs;
    if (!(others >= downAt)) return null;
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
