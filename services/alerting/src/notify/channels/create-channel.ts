import type { ChannelConfig } from '../notifications-file.ts';
import { createAlertmanager } from './alertmanager.ts';
import type { Channel } from './channel.ts';
import { createEmail } from './email.ts';
import { createMqttTopic } from './mqtt-topic.ts';
import { createSms } from './sms.ts';
import { createWebhook } from './webhook.ts';

/** Nothing is connected before the first notification. */
export function createChannel(config: ChannelConfig): Channel {
  switch (config.kind) {
    case 'email':
      return createEmail(config);
    case 'webhook':
      return createWebhook(config);
    case 'alertmanager':
      return createAlertmanager(config);
    case 'sms':
      return createSms(config);
    case 'mqtt':
      return createMqttTopic(config);
  }
}
