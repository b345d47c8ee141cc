import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@veilleur/domain';
import {
  GATEWAY_RULE,
  type NotifySettings,
  type PlanInput,
  planNotifications,
  type Rule,
  type ToldNotification,
} from '@veilleur/rules';
import type { Logger } from '@veilleur/runtime';
import {
  ALERT_CHANNEL,
  type AlertToPlan,
  alertsRevision,
  alertsToPlan,
  lastReceivers,
  type Pool,
  rulesInForce,
  rulesRevision,
  silencesInForce,
  toldOfAlerts,
  unplannedSteps,
  writePlan,
} from '@veilleur/store';
import type { GatewayWatch } from './gateways.ts';
import { evaluateGroups } from './group-alerts.ts';
import { planDigests } from './plan-digests.ts';

type Client = Parameters<typeof unplannedSteps>[0];

export interface PlannerOptions {
  readonly pool: Pool;
  readonly settings: NotifySettings;
  /** Null: gateways are not watched. */
  readonly gateways: GatewayWatch | null;
  readonly log: Logger;
  readonly clock: () => Date;
  /** How often to look though nothing woke us. */
  readonly everyMs?: number;
  readonly onPlanned?: () => void;
}

const LOCK = 'veilleur.notify';
const GATEWAYS_EVERY_MS = 60_000;
const GROUPS_EVERY_MS = 60_000;
/** Steps that come in a rush are planned together. */
const BREATH_MS = 1000;

/**
 * Decides whom alerts reach: one process of all, that holds a lock over its one connection. All that it
 * decides goes through that connection, so whoever has lost the lock decides nothing more.
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  #woken = Promise.withResolvers<void>();
  #rules: { readonly revision: number; readonly byName: ReadonlyMap<string, Rule> } | null = null;
  #gatewaysAt = Number.NEGATIVE_INFINITY;
  #groups = { revision: '', at: Number.NEGATIVE_INFINITY, dueAt: Number.POSITIVE_INFINITY };

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#woken.resolve();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { pool, log, everyMs = 5000 } = this.#options;
    while (!this.#ending.signal.aborted) {
      let client: Client | undefined;
      try {
        client = await pool.connect();
        await this.#lead(client, everyMs);
        client.release(true);
      } catch (thrown) {
        client?.release(true);
        log.warn({ event: 'notify.plan.fail', error: messageOf(thrown) });
        await this.#rest(everyMs);
      }
    }
  }

  /** Until the end, or until something fails. Another connection begins anew. */
  async #lead(client: Client, everyMs: number): Promise<void> {
    client.on('notification', () => this.#woken.resolve());
    while (!(await isLeader(client))) {
      await this.#rest(everyMs);
      if (this.#ending.signal.aborted) return;
    }
    await client.query(`listen ${ALERT_CHANNEL}`);
    this.#options.gateways?.forget();
    this.#groups = { revision: '', at: Number.NEGATIVE_INFINITY, dueAt: Number.POSITIVE_INFINITY };
    while (!this.#ending.signal.aborted) {
      this.#woken = Promise.withResolvers();
      await this.#round(client);
      await this.#rest(Math.min(BREATH_MS, everyMs));
      await this.#rest(everyMs, this.#woken.promise);
    }
  }

  async #round(client: Client): Promise<void> {
    const { pool, gateways, clock, onPlanned } = this.#options;
    const now = clock();
    if (this.#rules === null || this.#rules.revision !== (await rulesRevision(pool))) {
      const { revision, rules } = await rulesInForce(pool);
      const byName = new Map(rules.map(({ name, definition }) => [name, definition as unknown as Rule]));
      this.#rules = { revision, byName };
      this.#groups.revision = '';
    }
    const { byName } = this.#rules;
    if (gateways !== null && now.getTime() >= this.#gatewaysAt + GATEWAYS_EVERY_MS) {
      await inTransaction(client, () => gateways.look(client, now));
      this.#gatewaysAt = now.getTime();
    }
    await this.#evaluateGroups(client, byName, now);
    const planned = await inTransaction(client, () => this.#plan(client, byName, now));
    const digests = await inTransaction(client, () =>
      planDigests(client, this.#options.settings, byName, now),
    );
    if (planned + digests > 0) onPlanned?.();
  }

  async #evaluateGroups(client: Client, rules: ReadonlyMap<string, Rule>, now: Date): Promise<void> {
    const revision = await alertsRevision(client);
    const { at, dueAt } = this.#groups;
    const time = now.getTime();
    if (revision === this.#groups.revision && time < dueAt && time < at + GROUPS_EVERY_MS) return;
    const many = [...rules.values()].flatMap((rule) => (rule.kind === 'many' && rule.enabled ? [rule] : []));
    const round = await inTransaction(client, () => evaluateGroups(client, many, now));
    this.#groups = { revision, at: time, dueAt: round.dueAt };
  }

  /** @returns How many notifications there are. */
  async #plan(client: Client, rules: ReadonlyMap<string, Rule>, now: Date): Promise<number> {
    const { settings } = this.#options;
    const steps = await unplannedSteps(client);
    if (steps.length === 0 && settings.routes.every(({ escalate }) => escalate.length === 0)) return 0;
    const alerts = await alertsToPlan(client, {
      ids: [...new Set(steps.map(({ alertId }) => alertId))],
      endedSince: new Date(now.getTime() - settings.settleMs),
      now,
    });
    const told = await toldOfAlerts(
      client,
      alerts.map(({ id }) => id),
    );
    const input: PlanInput = {
      steps,
      alerts,
      rules,
      told: told as readonly ToldNotification[],
      silences: await silencesInForce(client, now),
      lastHeardBy: await receiversOf(client, alerts, rules),
      settings,
      now: now.getTime(),
    };
    const plan = planNotifications(input);
    if (!(await writePlan(client, plan, now)))
      throw new Error('a message was sent that was to say something else; planned anew');
    return plan.notifications.length;
  }

  async #rest(ms: number, sooner?: Promise<void>): Promise<void> {
    const asleep = new AbortController();
    const signal = AbortSignal.any([this.#ending.signal, asleep.signal]);
    const slept = delay(ms, undefined, { signal }).catch(() => {});
    await (sooner === undefined ? slept : Promise.race([slept, sooner]));
    asleep.abort();
  }
}

async function isLeader(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ free: boolean }>(
    'select pg_try_advisory_lock(hashtext($1)) as free',
    [LOCK],
  );
  return rows[0]?.free ?? false;
}

async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (thrown) {
    await client.query('rollback').catch(() => {});
    throw thrown;
  }
}

/** Asked only while a gateway is, or was a short while ago, down; of devices that are silent. */
async function receiversOf(
  client: Client,
  alerts: readonly AlertToPlan[],
  rules: ReadonlyMap<string, Rule>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (!alerts.some(({ rule, withdrawnAt }) => rule === GATEWAY_RULE && withdrawnAt === null))
    return new Map();
  const silent = new Map<number, string>();
  for (const { rule, deviceId, subject, clearedAt, withdrawnAt } of alerts) {
    const isSilent = rules.get(rule)?.kind === 'absence' && clearedAt === null && withdrawnAt === null;
    if (isSilent && deviceId !== null) silent.set(deviceId, subject);
  }
  const receivers = await lastReceivers(client, [...silent.keys()]);
  return new Map(Array.from(receivers, ([id, gateways]) => [silent.get(id) ?? '', gateways]));
}
