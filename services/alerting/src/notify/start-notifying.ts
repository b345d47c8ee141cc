import type { RetryPolicy } from '@veilleur/rules';
import type { Logger, Registry, Running } from '@veilleur/runtime';
import { giveUpUnknownChannels, type Pool } from '@veilleur/store';
import { createChannel } from './channels/create-channel.ts';
import { Deliverer } from './deliverer.ts';
import { GatewayWatch } from './gateways.ts';
import { createNotifyMetrics } from './metrics.ts';
import type { Notifications } from './notifications-file.ts';
import { Planner } from './planner.ts';

export interface NotifyingConfig {
  /** The city's zone: quiet hours and the times in messages. */
  readonly timeZone: string;
  /** What `readNotificationsFile` gave. */
  readonly notifications: Notifications;
  readonly planEveryMs?: number;
  readonly pollMs?: number;
  readonly retries?: RetryPolicy;
}

export interface NotifyingDependencies {
  /** One connection is the planner's as long as it runs. */
  readonly pool: Pool;
  readonly log: Logger;
  readonly registry: Registry;
  readonly clock?: () => Date;
}

/**
 * From alerts to people: groups and gateways, who is told what, and the sending. Start it as often as you
 * like: one plans, and each notification is sent by whoever takes it first.
 */
export async function startNotifying(
  config: NotifyingConfig,
  { pool, log, registry, clock = () => new Date() }: NotifyingDependencies,
): Promise<Running> {
  const { notifications, timeZone, planEveryMs, pollMs, retries } = config;
  const { channels, routes, groupWaitMs, settleMs, gateways } = notifications;
  const given = await giveUpUnknownChannels(
    pool,
    channels.map(({ name }) => name),
    clock(),
  );
  if (given > 0) log.error({ event: 'notify.channel.gone', notifications: given });
  const metrics = createNotifyMetrics(registry, pool, clock);
  const deliverers = channels.map(
    (channel) =>
      new Deliverer({
        pool,
        config: channel,
        channel: createChannel(channel),
        log,
        clock,
        onOutcome: metrics.outcome,
        ...(retries === undefined ? {} : { retries }),
        ...(pollMs === undefined ? {} : { pollMs }),
      }),
  );
  const planner = new Planner({
    pool,
    settings: { groupWaitMs, settleMs, channels, routes, timeZone },
    gateways: gateways === null ? null : new GatewayWatch(gateways),
    log,
    clock,
    onPlanned: () => {
      for (const deliverer of deliverers) deliverer.wake();
    },
    ...(planEveryMs === undefined ? {} : { everyMs: planEveryMs }),
  });
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    await planner.stop();
    await Promise.all(deliverers.map((deliverer) => deliverer.stop()));
  };
  return {
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
