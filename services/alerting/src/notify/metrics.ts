import { Counter, Gauge, type Registry } from '@veilleur/runtime';
import { type OutboxFigures, outboxFigures, type Pool } from '@veilleur/store';
import type { Outcome } from './deliverer.ts';

/** What notifying tells of itself. The gauges ask the database when somebody looks. */
export function createNotifyMetrics(registry: Registry, pool: Pool, clock: () => Date) {
  const registers = [registry];
  const attempts = new Counter({
    name: 'veilleur_notification_attempts_total',
    help: 'Attempts to send a notification by outcome (sent, failed, dead)',
    labelNames: ['channel', 'outcome'] as const,
    registers,
  });
  let asked: Promise<readonly OutboxFigures[]> | undefined;
  /** Gauges that are collected together ask once: they are of one moment. */
  const figures = () => {
    asked ??= outboxFigures(pool, clock())
      .catch(() => [])
      .finally(() => {
        asked = undefined;
      });
    return asked;
  };
  const gauge = (name: string, help: string, valueFrom: (of: OutboxFigures) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['channel'] as const,
      registers,
      async collect() {
        const all = await figures();
        this.reset();
        for (const of of all) this.set({ channel: of.channel }, valueFrom(of));
      },
    });
  gauge(
    'veilleur_notifications_waiting',
    'Notifications that are not sent yet, those that wait for the end of quiet hours included',
    ({ waiting }) => waiting,
  );
  gauge(
    'veilleur_notifications_dead',
    'Notifications that were given up, and wait for a person',
    ({ dead }) => dead,
  );
  gauge(
    'veilleur_notifications_overdue_seconds',
    'How long ago the oldest notification was decided that is due and not sent',
    ({ dueSince }) => (dueSince === null ? 0 : Math.max(0, (clock().getTime() - dueSince.getTime()) / 1000)),
  );
  return { outcome: (channel: string, outcome: Outcome) => attempts.inc({ channel, outcome }) };
}
