import { createHash } from 'node:crypto';
import { createTransport } from 'nodemailer';
import type { ChannelOf } from '../notifications-file.ts';
import type { Channel } from './channel.ts';

/** A message to all its addresses at once. Its Message-ID comes from the key, so that repetitions share it. */
export function createEmail(channel: ChannelOf<'email'>): Channel {
  const { host, port, security, user, secret, from, to, timeout } = channel;
  const transport = createTransport({
    host,
    port: port ?? (security === 'tls' ? 465 : security === 'starttls' ? 587 : 25),
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: secret ?? '' } }),
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    // A message holds texts alone: nothing is read from files or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async ({ key, body, createdAt }) => {
      const id = createHash('sha256').update(key).digest('hex').slice(0, 32);
      const { rejected } = await transport.sendMail({
        from,
        to: [...to],
        subject: body.subject,
        text: body.text,
        date: createdAt,
        messageId: `<${id}@veilleur.invalid>`,
        headers: { 'Idempotency-Key': key, 'Auto-Submitted': 'auto-generated' },
        priority: body.message.severity === 'critical' ? 'high' : 'normal',
      });
      return rejected.length === 0 ? undefined : `refused for ${rejected.map(addressOf).join(', ')}`;
    },
    stop: async () => transport.close(),
  };
}

const addressOf = (one: string | { readonly address: string }) =>
  typeof one === 'string' ? one : one.address;
