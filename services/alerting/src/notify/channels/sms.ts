import type { ChannelOf } from '../notifications-file.ts';
import type { Channel, Delivery } from './channel.ts';
import { call } from './http.ts';

type Escape = (value: string) => string;

/** Between the quotes of a JSON string. */
const inJson: Escape = (value) => JSON.stringify(value).slice(1, -1);
const asIs: Escape = (value) => value;
/** A header holds one line. */
const inHeader: Escape = (value) => value.replace(/[\r\n]+/g, ' ');

/** Any gateway that sends telephone messages by HTTP: the operator writes what its call looks like. */
export function createSms(channel: ChannelOf<'sms'>): Channel {
  const { url, method, contentType, body, headers, to, secret } = channel;
  return {
    send: (delivery, signal) => {
      const values = { ...valuesOf(delivery), to, secret: secret ?? '' };
      const filledHeaders = Object.entries(headers).map(([name, value]) => [
        name,
        fill(value, values, inHeader),
      ]);
      return call(
        {
          url: fill(url, values, encodeURIComponent),
          method,
          headers: {
            ...Object.fromEntries(filledHeaders),
            'Idempotency-Key': delivery.key,
            ...(method === 'GET' ? {} : { 'Content-Type': contentType }),
          },
          body: method === 'GET' ? null : fill(body, values, escapeOf(contentType)),
        },
        signal,
      );
    },
    stop: () => Promise.resolve(),
  };
}

function valuesOf({ key, body }: Delivery): Readonly<Record<string, string>> {
  const { short, subject, text, message } = body;
  return { short, subject, text, key, severity: message.severity, rule: message.rule, kind: message.kind };
}

function escapeOf(contentType: string): Escape {
  if (contentType.includes('json')) return inJson;
  return contentType.includes('x-www-form-urlencoded') ? encodeURIComponent : asIs;
}

/** Puts values where the template says `{{name}}`; a name that there is not stays. */
function fill(template: string, values: Readonly<Record<string, string>>, escaped: Escape): string {
  return template.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    return value === undefined ? whole : escaped(value);
  });
}
