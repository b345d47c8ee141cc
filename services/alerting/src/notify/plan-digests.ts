import { digestKey, dueDigest, type NotifySettings, planDigest, type Rule } from '@veilleur/rules';
import { alertsOfDigest, isInOutbox, writeDigest } from '@veilleur/store';

type Client = Parameters<typeof isInOutbox>[0];

/**
 * Puts the digests that are due into the outbox: each channel's once a day, whoever asks and however often, for
 * its key is the channel and the day.
 *
 * @returns How many there are.
 */
export async function planDigests(
  client: Client,
  { channels, routes, timeZone }: NotifySettings,
  rules: ReadonlyMap<string, Rule>,
  now: Date,
): Promise<number> {
  let planned = 0;
  for (const channel of channels) {
    const span = channel.digest === undefined ? null : dueDigest(channel.digest.at, now.getTime(), timeZone);
    if (span === null || (await isInOutbox(client, digestKey(channel.name, span.day)))) continue;
    const alerts = await alertsOfDigest(client, new Date(span.from), now);
    await writeDigest(client, planDigest(channel, span, alerts, { rules, routes, timeZone }), now);
    planned += 1;
  }
  return planned;
}
