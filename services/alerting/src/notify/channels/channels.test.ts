import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AlertInMessage, MessageKind } from '@veilleur/rules';
import { afterEach, describe, expect, test } from 'vitest';
import { createAlertmanager } from './alertmanager.ts';
import type { Delivery } from './channel.ts';
import { createSms } from './sms.ts';
import { createWebhook } from './webhook.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

async function serverThat(
  answers: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<{ url: string; calls: { path: string; headers: IncomingMessage['headers']; body: string }[] }> {
  const calls: { path: string; headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => {
      body += part.toString();
    });
    request.on('end', () => {
      calls.push({ path: request.url ?? '', headers: request.headers, body });
      answers(request, response);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls };
}

const ok = (_: IncomingMessage, response: ServerResponse) => {
  response.end();
};

const ALERT: AlertInMessage = {
  id: 7,
  subject: 'm1',
  name: 'meter "one"\n& co',
  severity: 'critical',
  value: null,
  beganAt: 1000,
  openedAt: 2000,
  clearedAt: null,
  tags: { 'street name': 'Lilas' },
};

const delivery = (kind: MessageKind = 'raised', alert: Partial<AlertInMessage> = {}): Delivery => ({
  key: 'hook/7/12',
  createdAt: new Date(1_000_000),
  now: new Date(1_060_000),
  body: {
    subject: 'subject',
    text: 'text',
    short: 'a "short" text\n& more',
    message: {
      kind,
      rule: 'leak',
      title: { en: 'Leak', fr: 'Fuite' },
      severity: 'critical',
      group: null,
      alerts: [{ ...ALERT, ...alert }],
    },
  },
});

const COMMON = { name: 'hook', language: 'en', attempts: 3, timeout: 1000, secret: 'hush' } as const;
const soon = () => AbortSignal.timeout(500);

describe('a webhook', () => {
  const hook = (url: string, more: object = {}) =>
    createWebhook({ ...COMMON, kind: 'webhook', url, headers: {}, ...more });

  test('follows no redirect: what is told goes where it was configured to go', async () => {
    const elsewhere = await serverThat(ok);
    const server = await serverThat((_, response) =>
      response.writeHead(307, { Location: elsewhere.url }).end(),
    );
    await expect(hook(server.url).send(delivery(), soon())).rejects.toMatchObject({
      code: 'notification_refused',
      message: '307 (redirects are not followed)',
    });
    expect(elsewhere.calls).toEqual([]);
  });

  test('gives up on a receiver that does not answer, and says so of one that is not there', async () => {
    const server = await serverThat(() => {});
    await expect(hook(server.url).send(delivery(), AbortSignal.timeout(50))).rejects.toMatchObject({
      code: 'receiver_unreachable',
    });
    await endings.pop()?.();
    await expect(hook(server.url).send(delivery(), soon())).rejects.toMatchObject({
      code: 'receiver_unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('tells how a receiver refuses, and no more than the beginning of its answer', async () => {
    const server = await serverThat((_, response) => response.writeHead(422).end('x'.repeat(5000)));
    await expect(hook(server.url).send(delivery(), soon())).rejects.toThrow(/^422: x{200}$/);
  });

  test('signs as a library of Standard Webhooks verifies: a known answer of the standard', async () => {
    const server = await serverThat(ok);
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    await hook(server.url, { secret }).send(delivery(), soon());
    const [call] = server.calls;
    if (call === undefined) throw new Error('nothing came');
    const { headers, body } = call;
    const key = await crypto.subtle.importKey(
      'raw',
      Uint8Array.fromBase64('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['verify'],
    );
    const [version, signature] = String(headers['webhook-signature']).split(',');
    expect([version, headers['webhook-id'], headers['webhook-timestamp']]).toEqual([
      'v1',
      'hook/7/12',
      '1060',
    ]);
    const signed = new TextEncoder().encode(`hook/7/12.1060.${body}`);
    expect(await crypto.subtle.verify('HMAC', key, Uint8Array.fromBase64(signature ?? ''), signed)).toBe(
      true,
    );
  });
});

describe('a gateway for telephone messages', () => {
  const sms = (url: string, more: object = {}) =>
    createSms({
      ...COMMON,
      kind: 'sms',
      url: `${url}/send?n={{to}}&{{nothing}}`,
      method: 'POST',
      contentType: 'application/json',
      body: '{"text": "{{ short }}"}',
      headers: { 'X-Key': '{{secret}}', 'X-Text': '{{short}}' },
      to: '+33 6',
      ...more,
    });

  test('gets its template filled, each value escaped for where it stands', async () => {
    const server = await serverThat(ok);
    await sms(server.url).send(delivery(), soon());
    await sms(server.url, {
      contentType: 'application/x-www-form-urlencoded',
      body: 'text={{short}}&key={{key}}',
    }).send(delivery(), soon());
    await sms(server.url, { method: 'GET' }).send(delivery(), soon());
    const [json, form, get] = server.calls;
    expect(json?.path).toBe('/send?n=%2B33%206&{{nothing}}');
    expect(json?.headers).toMatchObject({
      'x-key': 'hush',
      'x-text': 'a "short" text & more',
      'idempotency-key': 'hook/7/12',
    });
    expect(JSON.parse(json?.body ?? '')).toEqual({ text: 'a "short" text\n& more' });
    expect(Object.fromEntries(new URLSearchParams(form?.body))).toEqual({
      text: 'a "short" text\n& more',
      key: 'hook/7/12',
    });
    expect(get?.body).toBe('');
  });
});

describe('an Alertmanager', () => {
  const sent = async (...deliveries: readonly Delivery[]) => {
    const server = await serverThat(ok);
    const channel = createAlertmanager({ ...COMMON, kind: 'alertmanager', url: server.url, keep: 3_600_000 });
    for (const one of deliveries) await channel.send(one, soon());
    expect(server.calls.every(({ headers }) => headers.authorization === 'Bearer hush')).toBe(true);
    return server.calls.map(
      ({ body }) =>
        JSON.parse(body) as { labels: Record<string, string>; startsAt: string; endsAt: string }[],
    );
  };

  test('is told what is open with an end far away, and what is over with its own', async () => {
    const [open, over] = await sent(delivery(), delivery('cleared', { clearedAt: 900_000 }));
    expect(open?.[0]).toMatchObject({
      labels: { alertname: 'leak', severity: 'critical', subject: 'm1', tag_street_name: 'Lilas' },
      startsAt: new Date(2000).toISOString(),
      endsAt: new Date(1_000_000 + 3_600_000).toISOString(),
    });
    expect(over?.[0]?.labels).toEqual(open?.[0]?.labels);
    expect(over?.[0]?.endsAt).toBe(new Date(900_000).toISOString());
  });

  test('is told that what grew worse is over as what it was', async () => {
    const [told] = await sent(delivery('worsened'));
    expect(told?.map(({ labels, endsAt }) => [labels.severity, Date.parse(endsAt) > 1_000_000])).toEqual([
      ['info', false],
      ['warning', false],
      ['critical', true],
    ]);
  });
});
