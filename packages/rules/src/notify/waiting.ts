import { type Message, worstSeverity } from './message.ts';
import type { RewrittenNotification } from './planned.ts';
import type { Language } from './settings.ts';
import { textOf } from './text.ts';
import type { ToldNotification } from './told.ts';

/** Nobody has tried to send it, and it is not yet time to. */
export const waitsForLater = ({ message, notBefore }: ToldNotification, now: number): boolean =>
  message !== null && notBefore > now;

/** Messages that wait for the end of quiet hours, and what is left of them when some alerts are told sooner. */
export class WaitingMessages {
  readonly #waiting: readonly ToldNotification[];
  readonly #left = new Map<number, Message>();

  constructor(told: readonly ToldNotification[], now: number) {
    this.#waiting = told.filter((one) => waitsForLater(one, now));
  }

  /** What is told of these alerts now is not said again in the morning, nor is it overtaken by what was so before. */
  takeOut(channel: string, alertIds: readonly number[]): void {
    const gone = new Set(alertIds);
    for (const { id, channel: waitsOn, message } of this.#waiting) {
      const before = this.#left.get(id) ?? message;
      if (waitsOn !== channel || before === null) continue;
      const alerts = before.alerts.filter((alert) => !gone.has(alert.id));
      if (alerts.length === before.alerts.length) continue;
      this.#left.set(id, { ...before, alerts, severity: worstSeverity(alerts) });
    }
  }

  /** Of which nothing is left. */
  get takenBack(): number[] {
    return [...this.#left].filter(([, { alerts }]) => alerts.length === 0).map(([id]) => id);
  }

  rewritten(languageOf: (channel: string) => Language, timeZone: string): RewrittenNotification[] {
    return this.#waiting.flatMap(({ id, channel, kind }) => {
      const message = this.#left.get(id);
      if (message === undefined || message.alerts.length === 0) return [];
      const alertIds = message.alerts.map((alert) => alert.id);
      return [{ id, kind, alertIds, body: { ...textOf(message, languageOf(channel), timeZone), message } }];
    });
  }
}
