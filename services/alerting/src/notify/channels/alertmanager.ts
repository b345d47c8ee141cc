import type { AlertInMessage } from '@veilleur/rules';
import type { ChannelOf } from '../notifications-file.ts';
import type { Channel, Delivery } from './channel.ts';
import { call } from './http.ts';

const SEVERITIES = ['info', 'warning', 'critical'] as const;
const OPEN = ['raised', 'reopened', 'worsened', 'escalated'];

/**
 * POST /api/v2/alerts of Prometheus's Alertmanager, or of what understands the same. Alerts there are the
 * same if all their labels are, so the same one again changes nothing.
 */
export function createAlertmanager({ url, secret, keep, language }: ChannelOf<'alertmanager'>): Channel {
  return {
    send: (delivery, signal) =>
      call(
        {
          url: `${url}/api/v2/alerts`,
          method: 'POST',
          headers: {
            'Content-Type': 'application/json',
            'Idempotency-Key': delivery.key,
            ...(secret === null ? {} : { Authorization: `Bearer ${secret}` }),
          },
          body: JSON.stringify(alertsOf(delivery, keep, language)),
        },
        signal,
      ),
    stop: () => Promise.resolve(),
  };
}

/** What is open ends far away: an alert without an end is taken for resolved after five minutes of silence. */
function alertsOf({ body, createdAt }: Delivery, keepMs: number, language: 'en' | 'fr'): object[] {
  const { message, text } = body;
  const isOpen = OPEN.includes(message.kind);
  return message.alerts.flatMap((alert) => {
    const end = isOpen ? createdAt.getTime() + keepMs : (alert.clearedAt ?? createdAt.getTime());
    const annotations = { summary: `${message.title[language]} - ${alert.name}`, description: text };
    const told = (severity: string, endsAt: number) => ({
      labels: labelsOf(message.rule, severity, alert),
      annotations,
      startsAt: new Date(alert.openedAt).toISOString(),
      // It may not end before it begins.
      endsAt: new Date(Math.max(endsAt, alert.openedAt)).toISOString(),
    });
    // With another severity it is another alert there: the one before is over.
    const before = message.kind === 'worsened' ? lesserThan(alert.severity) : [];
    return [...before.map((severity) => told(severity, createdAt.getTime())), told(alert.severity, end)];
  });
}

const lesserThan = (severity: AlertInMessage['severity']) =>
  SEVERITIES.slice(0, SEVERITIES.indexOf(severity));

function labelsOf(rule: string, severity: string, { subject, name, tags }: AlertInMessage) {
  const ofTags = Object.entries(tags).map(([tag, value]) => [
    `tag_${tag.replace(/[^a-zA-Z0-9_]/g, '_')}`,
    value,
  ]);
  return { ...Object.fromEntries(ofTags), alertname: rule, severity, subject, name, job: 'veilleur' };
}
