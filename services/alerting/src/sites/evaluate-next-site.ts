import { messageOf } from '@veilleur/domain';
import {
  type CompiledSite,
  type CompileOptions,
  compileSiteRule,
  evaluateSite,
  History,
  membersOf,
  type RuleOf,
  type SiteFound,
} from '@veilleur/rules';
import {
  type AlertWrite,
  type AttributesOfDevice,
  type ClaimedSite,
  claimSite,
  devicesOfSite,
  type GroupAlert,
  groupAlerts,
  isTransient,
  noteSiteEvaluated,
  type Pool,
  readingsSince,
  withTransaction,
  writeAlerts,
} from '@veilleur/store';
import { writesOf } from '../notify/group-alerts.ts';
import { buildUpOf } from '../rule-set.ts';

type Client = Parameters<typeof claimSite>[0];

export interface SiteOptions {
  readonly pool: Pool;
  readonly rules: readonly RuleOf<'site'>[];
  readonly compile: CompileOptions;
  /** The city's zone. */
  readonly timeZone: string;
  /** Sites that could not be evaluated a short while ago. */
  readonly except: readonly string[];
}

/** What was thrown on one site, and would be again. */
export class SiteFailure extends Error {
  readonly site: string;

  constructor(site: string, cause: unknown) {
    super(messageOf(cause), { cause });
    this.site = site;
  }
}

/** Where an alert that was open then began before, a site is read once more. */
const MAXIMUM_READS = 5;

/**
 * Evaluates the next site that has news or is due, as of `now`: from what is stored, in one transaction that
 * holds the site's row. Whoever notes news meanwhile waits, and the site is taken again.
 *
 * @returns What was written; null: no site waits.
 * @throws SiteFailure where the database is not to blame.
 */
export async function evaluateNextSite(options: SiteOptions, now: Date): Promise<AlertWrite[] | null> {
  return withTransaction(options.pool, async (client) => {
    const claimed = await claimSite(client, now, options.except);
    if (claimed === null) return null;
    const { writes, dueAt } = await evaluate(client, claimed, options, now).catch((thrown: unknown) => {
      throw isTransient(thrown) ? thrown : new SiteFailure(claimed.site, thrown);
    });
    await writeAlerts(client, writes, now);
    await noteSiteEvaluated(client, claimed.site, { to: now, dueAt });
    return writes;
  });
}

async function evaluate(
  client: Client,
  claimed: ClaimedSite,
  { rules, compile, timeZone }: SiteOptions,
  now: Date,
): Promise<{ readonly writes: AlertWrite[]; readonly dueAt: number }> {
  const devices = rules.length === 0 ? [] : await devicesOfSite(client, claimed.site, now);
  const writes: AlertWrite[] = [];
  let dueAt = Number.POSITIVE_INFINITY;
  for (const rule of rules) {
    const members = membersOf(rule, claimed.site, devices);
    if (members === null) {
      const open = await groupAlerts(client, [rule.name], now, claimed.site);
      writes.push(...open.flatMap((alert) => notSelected(alert, now)));
      continue;
    }
    const compiled = compileSiteRule(rule, members, compile);
    const chosen = new Set([...members.values()].flat());
    const ofRule = devices.filter(({ devEui }) => chosen.has(devEui));
    const { found, held } = await find(client, claimed, compiled, ofRule, timeZone, now);
    dueAt = Math.min(dueAt, found.dueAt);
    writes.push(...writesOf(rule.name, claimed.site, held, found.changes, found.episodes));
  }
  return { writes, dueAt };
}

type Found = Extract<SiteFound, { readonly kind: 'found' }>;

async function find(
  client: Client,
  { site, newsFrom, evaluatedTo }: ClaimedSite,
  compiled: CompiledSite,
  devices: readonly AttributesOfDevice[],
  cityZone: string,
  now: Date,
): Promise<{ readonly found: Found; readonly held: readonly GroupAlert[] }> {
  const { rule, horizonMs } = compiled;
  const ids = devices.map(({ id }) => id);
  const quantities = [...new Set(Object.values(rule.values).map(({ quantity }) => quantity))];
  let since = Math.min(newsFrom, evaluatedTo) - buildUpOf(compiled) - (rule.samples + 1) * horizonMs;
  for (let reads = 0; reads < MAXIMUM_READS; reads += 1) {
    const history = new History();
    for (const reading of await readingsSince(client, ids, quantities, new Date(since))) {
      history.member(reading.devEui).tape(reading.quantity, reading.channel).put(reading.time, reading.value);
    }
    const held = await groupAlerts(client, [rule.name], new Date(since), site);
    const found = evaluateSite(
      compiled,
      placeOf(devices, cityZone),
      { history, since, recorded: held.map(({ episode }) => episode) },
      { news: newsFrom, evaluatedTo, now: now.getTime() },
    );
    if (found.kind === 'found') return { found, held };
    since = found.from;
  }
  throw new Error(`the site ${site} has no beginning`);
}

/** A site stands where its devices do. */
function placeOf(devices: readonly AttributesOfDevice[], cityZone: string) {
  const placed = devices.find(({ latitude, longitude }) => latitude !== null && longitude !== null);
  const { latitude = null, longitude = null } = placed ?? {};
  return {
    zone: devices.find(({ timeZone }) => timeZone !== null)?.timeZone ?? cityZone,
    position: latitude === null || longitude === null ? null : { latitude, longitude },
  };
}

function notSelected({ id, rule, subject, episode }: GroupAlert, now: Date): AlertWrite[] {
  if (episode.clearedAt !== null) return [];
  const clearedAt = Math.max(now.getTime(), episode.openedAt);
  return [
    {
      id,
      rule,
      subject,
      deviceId: null,
      episode: { ...episode, clearedAt },
      isWithdrawn: false,
      steps: [{ kind: 'cleared', at: clearedAt, detail: { reason: 'not_selected' } }],
    },
  ];
}
