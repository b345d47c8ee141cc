import type { NotificationBody } from '@veilleur/rules';

/** What is handed to a channel to be sent. */
export interface Delivery {
  /** The same at every attempt: receivers tell repetitions by it. */
  readonly key: string;
  readonly body: NotificationBody;
  /** When it was decided. */
  readonly createdAt: Date;
  /** The moment of this attempt. */
  readonly now: Date;
}

/** A way to reach people or programs. */
export interface Channel {
  /**
   * Sends it, or throws: it will be tried again. Resolves when the receiver has taken it, which may be
   * another time than the first; gives up when `signal` says so.
   *
   * @returns What the receiver did not take of it, such as one of several addresses; undefined: it took all.
   */
  send(delivery: Delivery, signal: AbortSignal): Promise<string | undefined>;
  stop(): Promise<void>;
}
