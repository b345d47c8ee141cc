import { localDay, localTime, startOfDay } from '@veilleur/metering';
import { minutesOf } from '../time-of-day.ts';
import { digestText } from './digest-text.ts';
import { isOpen, type KnownAlert, type RulesByName } from './known-alert.ts';
import { matches } from './matching.ts';
import { type AlertInMessage, alertInMessage, worstSeverity } from './message.ts';
import type { NotificationBody } from './planned.ts';
import type { ChannelSettings, Route } from './settings.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A digest that is later than this is none of a morning any more: nobody is told. */
const LATE_MS = 4 * 3_600_000;

/** What a digest is about: a day that ends at its hour. ms since 1970; the end is not part of it. */
export interface DigestSpan {
  /** `2026-03-10`: the local day on which it is sent. */
  readonly day: string;
  readonly from: number;
  readonly to: number;
}

/** The digest that is to be sent by now; null: none is. A day of 23 or 25 hours is one day. */
export function dueDigest(at: string, now: number, timeZone: string): DigestSpan | null {
  const local = localTime(timeZone);
  const today = localDay(local, now);
  for (const day of [today, today - 1]) {
    const to = startOfDay(local, day, minutesOf(at) * MINUTE_MS);
    if (to > now || now - to > LATE_MS) continue;
    const from = startOfDay(local, day - 1, minutesOf(at) * MINUTE_MS);
    return { day: new Date(day * DAY_MS).toISOString().slice(0, 10), from, to };
  }
  return null;
}

/** An alert with when it was recorded that it began and ended, ms. */
export interface DigestAlert extends KnownAlert {
  readonly knownAt: number;
  readonly endKnownAt: number | null;
}

export interface Digest {
  /** By when it became known, in the order of `knownAt`: what came late is news, too. */
  readonly opened: readonly AlertInMessage[];
  readonly cleared: readonly AlertInMessage[];
  /** All that are open, those that opened in the span too. */
  readonly open: readonly AlertInMessage[];
}

/** The receiver tells repetitions by it. */
export const digestKey = (channel: string, day: string): string => `${channel}/digest/${day}`;

export interface PlannedDigest {
  readonly key: string;
  readonly channel: string;
  readonly body: NotificationBody;
}

/**
 * One message of what was open, opened and ended in a day, for one channel: of the alerts that its routes tell it,
 * or of all where no route names it. Days on which nothing was are told, too: silence would say nothing.
 *
 * @param alerts What is open, and what began or ended in the span.
 */
export function planDigest(
  { name, language }: ChannelSettings,
  { day, from, to }: DigestSpan,
  alerts: readonly DigestAlert[],
  {
    rules,
    routes,
    timeZone,
  }: {
    readonly rules: RulesByName;
    readonly routes: readonly Route[];
    readonly timeZone: string;
  },
): PlannedDigest {
  const ofChannel = routes.filter((route) => route.to.includes(name));
  const concerned = alerts
    .filter((alert) => alert.withdrawnAt === null && alert.knownAt < to)
    .filter((alert) => ofChannel.length === 0 || ofChannel.some(({ match }) => matches(match, alert, rules)))
    .sort((a, b) => a.knownAt - b.knownAt || a.id - b.id);
  const shown = (some: readonly DigestAlert[]) =>
    some.map((alert) => alertInMessage(alert, rules.get(alert.rule)));
  const open = concerned.filter(isOpen);
  const digest: Digest = {
    opened: shown(concerned.filter(({ knownAt }) => knownAt >= from)),
    cleared: shown(
      concerned.filter(
        ({ clearedAt, endKnownAt }) =>
          clearedAt !== null && endKnownAt !== null && endKnownAt >= from && endKnownAt < to,
      ),
    ),
    open: shown(open),
  };
  const titles = new Map(
    concerned.map(({ id, rule }) => [id, rules.get(rule)?.title ?? { en: rule, fr: rule }]),
  );
  return {
    key: digestKey(name, day),
    channel: name,
    body: {
      ...digestText({ from, to }, digest, titles, language, timeZone),
      message: {
        kind: 'digest',
        rule: 'digest',
        title: { en: 'Digest of the day', fr: 'Bilan du jour' },
        severity: worstSeverity(open),
        group: null,
        alerts: [
          ...new Map(
            [...digest.open, ...digest.opened, ...digest.cleared].map((one) => [one.id, one]),
          ).values(),
        ],
      },
      digest: {
        from,
        to,
        open: digest.open.map(({ id }) => id),
        opened: digest.opened.map(({ id }) => id),
        cleared: digest.cleared.map(({ id }) => id),
      },
    },
  };
}
