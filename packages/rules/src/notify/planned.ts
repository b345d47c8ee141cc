import type { Message, MessageKind } from './message.ts';
import type { MessageText } from './text.ts';

/** A step of an alert of which it is not decided whom it concerns. Times are ms since 1970. */
export interface WaitingStep {
  readonly id: number;
  readonly alertId: number;
  readonly kind: string;
  readonly recordedAt: number;
}

export interface NotificationBody extends MessageText {
  readonly message: Message;
  /** Of a digest: its span, ms, and which of its alerts are what. */
  readonly digest?: {
    readonly from: number;
    readonly to: number;
    readonly open: readonly number[];
    readonly opened: readonly number[];
    readonly cleared: readonly number[];
  };
}

export interface PlannedNotification {
  /** The receiver tells repetitions by it: channel, alert and step. */
  readonly key: string;
  readonly channel: string;
  readonly alertIds: readonly number[];
  readonly kind: MessageKind;
  readonly body: NotificationBody;
  readonly notBefore: number;
}

export interface RewrittenNotification {
  readonly id: number;
  readonly kind: MessageKind;
  readonly alertIds: readonly number[];
  readonly body: NotificationBody;
}

export interface PlannedEscalation {
  readonly alertId: number;
  readonly route: string;
  readonly afterMs: number;
  readonly to: readonly string[];
}

export interface Plan {
  readonly notifications: readonly PlannedNotification[];
  /** A message that waits for the morning says something else now. */
  readonly rewritten: readonly RewrittenNotification[];
  /** Messages that wait for the morning, and of which nothing is left to say. */
  readonly takenBack: readonly number[];
  /** `hidden`: why nobody is told; null: somebody is. */
  readonly decided: readonly { readonly stepId: number; readonly hidden: string | null }[];
  /** Looked at again next time. */
  readonly held: readonly { readonly stepId: number; readonly hidden: string }[];
  readonly escalations: readonly PlannedEscalation[];
}
