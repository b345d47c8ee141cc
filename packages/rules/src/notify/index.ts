export { type RetryPolicy, retryAfterMs, USUAL_RETRIES } from './backoff.ts';
export {
  type DigestAlert,
  type DigestSpan,
  digestKey,
  dueDigest,
  type PlannedDigest,
  planDigest,
} from './digest.ts';
export { type GatewayHearing, gatewayChange, hearingResumedAt } from './gateways.ts';
export { evaluateGroup, type GroupFacts, type GroupOutcome, type MemberSpan } from './groups.ts';
export { gatewaySubject, type Hidden, hiddenText } from './hiding.ts';
export { GATEWAY_RULE, groupValue, isOpen, type KnownAlert, type RulesByName } from './known-alert.ts';
export { type Matching, matches, type Silence, silenceOf } from './matching.ts';
export { type AlertInMessage, MESSAGE_KINDS, type Message, type MessageKind } from './message.ts';
export { type PlanInput, planNotifications } from './plan.ts';
export type {
  NotificationBody,
  Plan,
  PlannedEscalation,
  PlannedNotification,
  WaitingStep,
} from './planned.ts';
export { earliestTelling } from './quiet-hours.ts';
export type {
  ChannelSettings,
  Escalation,
  Language,
  NotifySettings,
  QuietHours,
  Route,
} from './settings.ts';
export { durationText, localMoment, type MessageText, textOf, valueText } from './text.ts';
export type { ToldNotification } from './told.ts';
export { type MeasuredValue, measuredValue } from './value.ts';
