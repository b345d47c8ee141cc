import { createHmac } from 'node:crypto';
import type { ChannelOf } from '../notifications-file.ts';
import type { Channel, Delivery } from './channel.ts';
import { call } from './http.ts';

/**
 * POST of JSON, signed as Standard Webhooks says: HMAC-SHA256 over id, timestamp and body, so that neither
 * another body nor an old one passes for this one.
 */
export function createWebhook({ url, headers, secret }: ChannelOf<'webhook'>): Channel {
  const key = signingKey(secret ?? '');
  return {
    send: (delivery, signal) => {
      const body = JSON.stringify(webhookBody(delivery));
      const timestamp = String(Math.floor(delivery.now.getTime() / 1000));
      return call(
        {
          url,
          method: 'POST',
          headers: {
            ...headers,
            'Content-Type': 'application/json',
            'Idempotency-Key': delivery.key,
            'Webhook-Id': delivery.key,
            'Webhook-Timestamp': timestamp,
            'Webhook-Signature': `v1,${signature(key, delivery.key, timestamp, body)}`,
          },
          body,
        },
        signal,
      );
    },
    stop: () => Promise.resolve(),
  };
}

/** What programs get: the text for people, and all that it was made of. Times are ISO 8601 in UTC. */
export function webhookBody({ key, body, createdAt }: Pick<Delivery, 'key' | 'body' | 'createdAt'>): object {
  const { subject, text, message, digest } = body;
  const { kind, rule, title, severity, group, alerts } = message;
  return {
    key,
    kind,
    rule,
    title,
    severity,
    group,
    subject,
    text,
    createdAt: createdAt.toISOString(),
    alerts: alerts.map(({ beganAt, openedAt, clearedAt, ...alert }) => ({
      ...alert,
      beganAt: new Date(beganAt).toISOString(),
      openedAt: new Date(openedAt).toISOString(),
      clearedAt: clearedAt === null ? null : new Date(clearedAt).toISOString(),
    })),
    ...(digest === undefined
      ? {}
      : {
          digest: {
            ...digest,
            from: new Date(digest.from).toISOString(),
            to: new Date(digest.to).toISOString(),
          },
        }),
  };
}

/** Base64, of the signature over `id.timestamp.body`. */
function signature(key: Buffer, id: string, timestamp: string, body: string): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
}

/** `whsec_` and base64, as libraries of Standard Webhooks want it; anything else is taken as it stands. */
function signingKey(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret);
}
