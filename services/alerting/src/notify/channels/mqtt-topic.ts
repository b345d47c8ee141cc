import { VeilleurError } from '@veilleur/domain';
import { connect, type MqttClient } from 'mqtt';
import type { ChannelOf } from '../notifications-file.ts';
import type { Channel } from './channel.ts';
import { webhookBody } from './webhook.ts';

const OPEN = ['raised', 'reopened', 'worsened', 'escalated'];

/**
 * One message for each alert, at QoS 1, on `<topic>/<severity>/<subject>`. With `state`, what is open is
 * also retained on `<topic>/state/<rule>/<subject>`, and taken away when it is over.
 */
export function createMqttTopic({ url, user, secret, topic, state, timeout }: ChannelOf<'mqtt'>): Channel {
  let client: MqttClient | undefined;
  const connected = async (signal: AbortSignal): Promise<MqttClient> => {
    client ??= start(url, user, secret, timeout);
    if (!client.connected) await until(client, signal);
    return client;
  };
  return {
    send: async ({ key, body, createdAt }, signal) => {
      const broker = await connected(signal);
      const whole = webhookBody({ key, body, createdAt }) as { alerts: readonly object[] };
      const { message } = body;
      for (const [i, alert] of message.alerts.entries()) {
        const payload = JSON.stringify({ ...whole, alerts: undefined, alert: whole.alerts[i] });
        const subject = level(alert.subject);
        await publish(broker, `${topic}/${alert.severity}/${subject}`, payload, false, signal);
        if (!state) continue;
        const held = OPEN.includes(message.kind) ? payload : '';
        await publish(broker, `${topic}/state/${level(message.rule)}/${subject}`, held, true, signal);
      }
      return undefined;
    },
    stop: async () => {
      await client?.endAsync(true);
    },
  };
}

function start(url: string, user: string | undefined, secret: string | null, timeoutMs: number): MqttClient {
  const client = connect(url, {
    reconnectPeriod: 1000,
    connectTimeout: timeoutMs,
    // What could not be sent is tried again from the outbox, not from memory.
    queueQoSZero: false,
    ...(user === undefined ? {} : { username: user, password: secret ?? '' }),
  });
  client.on('error', () => {});
  return client;
}

async function until(client: MqttClient, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = () => {
      client.off('connect', done);
      signal.removeEventListener('abort', done);
      if (client.connected) resolve();
      else
        reject(new VeilleurError('receiver_unreachable', 'the broker does not answer', { retryable: true }));
    };
    client.on('connect', done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** Resolves when the broker has acknowledged it. */
async function publish(
  client: MqttClient,
  topic: string,
  payload: string,
  retain: boolean,
  signal: AbortSignal,
): Promise<void> {
  const given = new Promise<never>((_, reject) => {
    const abort = () =>
      reject(
        new VeilleurError('receiver_unreachable', 'the broker did not acknowledge', { retryable: true }),
      );
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
  await Promise.race([client.publishAsync(topic, payload, { qos: 1, retain }), given]);
}

/** One level of a topic: no separators, no wildcards. */
const level = (text: string) => text.replace(/[/+#\s\0]+/g, '_');
