import {
  GATEWAY_RULE,
  gatewayChange,
  gatewaySubject,
  type GatewayHearing as Hearing,
  hearingResumedAt,
  type Severity,
} from '@veilleur/rules';
import { groupAlerts, hearGateways, newestHearing, writeAlerts } from '@veilleur/store';
import { writesOf } from './group-alerts.ts';

type Client = Parameters<typeof hearGateways>[0];

/** Frames that were committed while we looked are found by the next look. */
const OVERLAP_MS = 120_000;
/** A leader that begins looks no further back. */
const FIRST_LOOK_MS = 86_400_000;

export interface GatewaySettings {
  readonly downAfterMs: number;
  readonly severity: Severity;
}

/** Which gateways hear, and the alerts of those that do not. */
export class GatewayWatch {
  readonly #settings: GatewaySettings;
  #lookedAt: Date | null = null;
  #resumedAt = Number.NEGATIVE_INFINITY;

  constructor(settings: GatewaySettings) {
    this.#settings = settings;
  }

  async look(client: Client, now: Date): Promise<void> {
    const since = this.#lookedAt ?? (await firstLook(client, now));
    const hearings: readonly Hearing[] = await hearGateways(client, new Date(since.getTime() - OVERLAP_MS));
    const resumedAt = hearingResumedAt(hearings, this.#settings.downAfterMs) ?? this.#resumedAt;
    const held = await groupAlerts(client, [GATEWAY_RULE], now);
    const writes = hearings.flatMap((hearing) => {
      const subject = gatewaySubject(hearing.gatewayId);
      const ofThis = held.filter((one) => one.subject === subject);
      const open = ofThis.find(({ episode }) => episode.clearedAt === null)?.episode ?? null;
      const change = gatewayChange(hearing, hearings, open, this.#settings, resumedAt);
      return change === null ? [] : writesOf(GATEWAY_RULE, subject, ofThis, [change], []);
    });
    await writeAlerts(client, writes, now);
    this.#lookedAt = now;
    this.#resumedAt = resumedAt;
  }

  /** Another process may have looked meanwhile, or none. */
  forget(): void {
    this.#lookedAt = null;
  }
}

async function firstLook(client: Client, now: Date): Promise<Date> {
  const newest = (await newestHearing(client))?.getTime() ?? 0;
  return new Date(Math.max(newest, now.getTime() - FIRST_LOOK_MS));
}
