import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@veilleur/domain';
import { type NotificationBody, type RetryPolicy, retryAfterMs, USUAL_RETRIES } from '@veilleur/rules';
import type { Logger } from '@veilleur/runtime';
import {
  type ClaimedNotification,
  claimNotifications,
  markNotSent,
  markSent,
  type Pool,
} from '@veilleur/store';
import type { Channel } from './channels/channel.ts';
import type { ChannelConfig } from './notifications-file.ts';

export type Outcome = 'sent' | 'failed' | 'dead';

export interface DelivererOptions {
  readonly pool: Pool;
  readonly config: Pick<ChannelConfig, 'name' | 'attempts' | 'timeout'>;
  readonly channel: Channel;
  readonly log: Logger;
  readonly clock: () => Date;
  readonly retries?: RetryPolicy;
  /** How often to look though nothing woke us. */
  readonly pollMs?: number;
  readonly onOutcome?: (channel: string, outcome: Outcome) => void;
}

/** Sent at once. */
const AT_ONCE = 4;
/** A process that dies in the middle gives its notifications back so long after the channel's time is over. */
const LEASE_MORE_MS = 5000;

/**
 * Sends what the outbox holds for one channel: claim, send, mark. A channel that hangs keeps no other one
 * waiting. Whoever dies between sending and marking has it sent again, under the same key.
 */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #ending = new AbortController();
  readonly #done: Promise<void>;
  #woken = Promise.withResolvers<void>();

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Looks at the outbox now. */
  wake(): void {
    this.#woken.resolve();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.wake();
    await this.#done;
    await this.#options.channel.stop();
  }

  async #run(): Promise<void> {
    const { pollMs = 1000, log, config } = this.#options;
    while (!this.#ending.signal.aborted) {
      this.#woken = Promise.withResolvers();
      const sent = await this.#round().catch((thrown: unknown) => {
        log.warn({ event: 'notify.outbox.fail', channel: config.name, error: messageOf(thrown) });
        return 0;
      });
      if (sent > 0) continue;
      const rest = new AbortController();
      await Promise.race([delay(pollMs, undefined, { signal: rest.signal }), this.#woken.promise]);
      rest.abort();
    }
  }

  /** @returns How many there were. */
  async #round(): Promise<number> {
    const { pool, config, clock } = this.#options;
    const claimed = await claimNotifications(pool, config.name, {
      limit: AT_ONCE,
      leaseMs: config.timeout + LEASE_MORE_MS,
      now: clock(),
    });
    const ends = await Promise.allSettled(claimed.map((notification) => this.#deliver(notification)));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return claimed.length;
  }

  async #deliver(notification: ClaimedNotification): Promise<void> {
    const { pool, config, channel, clock, log, onOutcome } = this.#options;
    const { id, key, createdAt, body, attempts } = notification;
    let refused: string | undefined;
    try {
      const delivery = { key, createdAt, body: body as NotificationBody, now: clock() };
      refused = await channel.send(delivery, AbortSignal.timeout(config.timeout));
    } catch (thrown) {
      const isDead = attempts >= config.attempts;
      const error = messageOf(thrown);
      const now = clock();
      const waitMs = retryAfterMs(key, attempts, this.#options.retries ?? USUAL_RETRIES);
      await markNotSent(pool, notification, error, isDead ? null : new Date(now.getTime() + waitMs), now);
      const line = { channel: config.name, notification: id, attempts, error };
      if (isDead) log.error({ event: 'notify.notification.dead', ...line });
      else log.warn({ event: 'notify.notification.fail', retryMs: waitMs, ...line });
      onOutcome?.(config.name, isDead ? 'dead' : 'failed');
      return;
    }
    await markSent(pool, id, refused ?? null, clock());
    if (refused !== undefined)
      log.error({
        event: 'notify.notification.part',
        channel: config.name,
        notification: id,
        error: refused,
      });
    onOutcome?.(config.name, 'sent');
  }
}
