import type { When } from '../language/rule.ts';
import type { Matching } from './matching.ts';

export type Language = 'en' | 'fr';

/** In these local hours only what is critical is told; the rest waits for their end. */
export interface QuietHours {
  /** `22:00` to `07:00` goes over midnight. */
  readonly between: readonly [string, string];
  /** On these days nothing but what is critical is told at all. */
  readonly days?: When['days'];
}

/** What planning must know of a channel. */
export interface ChannelSettings {
  readonly name: string;
  readonly language: Language;
  readonly quietHours?: QuietHours | undefined;
  /** One message a day of what was, at this local hour. */
  readonly digest?: { readonly at: string } | undefined;
}

export interface Escalation {
  /** After the alert was first told. */
  readonly afterMs: number;
  readonly to: readonly string[];
}

/** Who is told of what. Every route that fits counts. */
export interface Route {
  readonly name: string;
  readonly match: Matching;
  readonly to: readonly string[];
  readonly escalate: readonly Escalation[];
}

export interface NotifySettings {
  readonly groupWaitMs: number;
  readonly settleMs: number;
  readonly channels: readonly ChannelSettings[];
  readonly routes: readonly Route[];
  /** IANA. */
  readonly timeZone: string;
}
