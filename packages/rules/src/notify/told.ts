import type { Severity } from '../language/rule.ts';
import { type Message, type MessageKind, TELLS_OPEN } from './message.ts';

/** What stands in the outbox of an alert, sent or not. Times are ms since 1970. */
export interface ToldNotification {
  readonly id: number;
  readonly key: string;
  readonly channel: string;
  readonly alertIds: readonly number[];
  readonly kind: MessageKind;
  /** Of its message. */
  readonly severity: Severity;
  readonly plannedAt: number;
  /** When it may be sent: each attempt puts that off. */
  readonly notBefore: number;
  /** What it says, while nobody has tried to send it; else null. */
  readonly message: Message | null;
  /** It was given up: nobody has heard it. */
  readonly isDead: boolean;
}

/** The message from which escalation counts. */
export interface Beginning {
  readonly id: number;
  /** When it was to be told, ms. */
  readonly dueAt: number;
}

/** Who was told what of each alert. What waits to be sent counts as told: nothing overtakes it. */
export class ToldBook {
  readonly #ofAlert = new Map<number, ToldNotification[]>();

  readonly #dueAt: (one: ToldNotification) => number;

  /**
   * @param told Oldest first.
   * @param dueAt When one was to be told first, whatever became of that, ms.
   */
  constructor(told: readonly ToldNotification[], dueAt: (one: ToldNotification) => number) {
    this.#dueAt = dueAt;
    for (const one of told) {
      for (const id of one.alertIds) {
        const known = this.#ofAlert.get(id);
        if (known === undefined) this.#ofAlert.set(id, [one]);
        else known.push(one);
      }
    }
  }

  of(alertId: number, channel: string): readonly ToldNotification[] {
    return (this.#ofAlert.get(alertId) ?? []).filter((one) => one.channel === channel);
  }

  hasHeard(alertId: number, channel: string): boolean {
    return this.of(alertId, channel).some(({ isDead }) => !isDead);
  }

  /** The last that the channel heard of the alert is that it is open. */
  takesForOpen(alertId: number, channel: string): boolean {
    const last = this.of(alertId, channel).findLast(({ isDead }) => !isDead);
    return last !== undefined && TELLS_OPEN.includes(last.kind);
  }

  /**
   * The first message of the stretch that is open now, planned at `since` or later; null: none was planned.
   * One that is tried again and again counts from when it was to be told, and one that was given up counts,
   * too: that nobody heard it is one more reason to go further.
   */
  beginningOf(alertId: number, since = Number.NEGATIVE_INFINITY): Beginning | null {
    let first: Beginning | null = null;
    for (const one of this.#ofAlert.get(alertId) ?? []) {
      if (one.plannedAt < since) continue;
      if (!TELLS_OPEN.includes(one.kind)) first = null;
      else if (one.kind !== 'escalated') {
        const dueAt = this.#dueAt(one);
        if (first === null || dueAt < first.dueAt) first = { id: one.id, dueAt };
      }
    }
    return first;
  }

  /** @param stem With which keys of this step of escalation end. */
  isEscalated(alertId: number, channel: string, stem: string): boolean {
    return this.of(alertId, channel).some(
      ({ kind, key }) => kind === 'escalated' && key.endsWith(`/${stem}`),
    );
  }
}
