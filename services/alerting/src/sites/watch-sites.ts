import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@veilleur/domain';
import type { Logger, Running } from '@veilleur/runtime';
import { type AlertWrite, noteEverySite, type Pool, tailLags } from '@veilleur/store';
import { CONSUMER } from '../metrics.ts';
import type { RuleSet } from '../rule-set.ts';
import { evaluateNextSite, SiteFailure } from './evaluate-next-site.ts';

export interface WatchSitesOptions {
  readonly pool: Pool;
  readonly currentRules: () => RuleSet;
  /** The city's zone, for sites that have none. */
  readonly timeZone: string;
  readonly clock: () => Date;
  readonly onWritten: (writes: readonly AlertWrite[]) => void;
  readonly log: Logger;
}

const TICK_MS = 500;
/** Devices come to sites, and leave them: every site is looked at so often though nothing is told of it. */
const EVERY_SITE_MS = 3_600_000;
const RETRY_UP_TO_MS = 10_000;
/** A site that cannot be evaluated holds no other up, and is tried again. */
const LEFT_ALONE_MS = 600_000;

/**
 * Evaluates the rules of sites. Every process may: each site is evaluated by whoever takes its row, and what
 * there is to know is in the database.
 */
export function watchSites(options: WatchSitesOptions): Running {
  const ending = new AbortController();
  const done = run(options, ending.signal);
  return {
    stop: async () => {
      ending.abort();
      await done;
    },
  };
}

async function run(options: WatchSitesOptions, signal: AbortSignal): Promise<void> {
  const { pool, currentRules, timeZone, clock, onWritten, log } = options;
  let used: number | null = null;
  let everySiteAt = performance.now();
  let failures = 0;
  /** Until when, of the process's clock. */
  const leftAlone = new Map<string, number>();
  let known = { to: new Date(0), askedMs: Number.NEGATIVE_INFINITY };
  while (!signal.aborted) {
    let restMs = TICK_MS;
    try {
      const { revision, siteRules, options: compile } = currentRules();
      if (siteRules.length > 0) {
        if (revision !== used) leftAlone.clear();
        if (revision !== used || performance.now() - everySiteAt > EVERY_SITE_MS) {
          await noteEverySite(pool, [...new Set(siteRules.map(({ level }) => level))], clock());
          [used, everySiteAt] = [revision, performance.now()];
        }
        // What was known stays known: not every site of many asks anew.
        if (performance.now() - known.askedMs > TICK_MS)
          known = { to: await knownTo(pool, clock()), askedMs: performance.now() };
        for (const [site, until] of leftAlone) if (until < performance.now()) leftAlone.delete(site);
        const except = [...leftAlone.keys()];
        const written = await evaluateNextSite(
          { pool, rules: siteRules, compile, timeZone, except },
          known.to,
        );
        if (written !== null) {
          onWritten(written);
          restMs = 0;
        }
      }
      failures = 0;
    } catch (thrown) {
      if (thrown instanceof SiteFailure) {
        leftAlone.set(thrown.site, performance.now() + LEFT_ALONE_MS);
        log.error({
          event: 'alerting.site.fail',
          site: thrown.site,
          error: thrown.message,
          remedy: 'Look at its time zone, and at the rules of sites; it is tried again.',
        });
        continue;
      }
      failures += 1;
      restMs = Math.min(100 * 2 ** failures, RETRY_UP_TO_MS);
      log.warn({ event: 'alerting.sites.fail', retryMs: restMs, error: messageOf(thrown) });
    }
    if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => {});
  }
}

/** What is committed and not told yet may say otherwise: time passes for sites as far as the tail has come. */
async function knownTo(pool: Pool, now: Date): Promise<Date> {
  const lags = (await tailLags(pool)).filter(({ consumer }) => consumer === CONSUMER);
  const behindS = lags.reduce((most, lag) => Math.max(most, lag.behindS ?? 0), 0);
  return new Date(now.getTime() - behindS * 1000);
}
