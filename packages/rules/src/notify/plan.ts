import type { Severity } from '../language/rule.ts';
import { type Hidden, hiddenText, hiding, type Surroundings } from './hiding.ts';
import { groupValue, isOpen, type KnownAlert } from './known-alert.ts';
import { matches } from './matching.ts';
import { composeMessage, type MessageKind, worstSeverity } from './message.ts';
import type {
  NotificationBody,
  Plan,
  PlannedEscalation,
  PlannedNotification,
  RewrittenNotification,
  WaitingStep,
} from './planned.ts';
import { earliestTelling } from './quiet-hours.ts';
import type { ChannelSettings, Language, NotifySettings } from './settings.ts';
import { STORM_MESSAGES, STORM_MS, stormyRules } from './storm.ts';
import { textOf } from './text.ts';
import { ToldBook, type ToldNotification } from './told.ts';
import { WaitingMessages, waitsForLater } from './waiting.ts';

/** `alerts` holds those of the steps too. */
export interface PlanInput extends Omit<Surroundings, 'settleMs'> {
  /** In the order in which they were recorded. */
  readonly steps: readonly WaitingStep[];
  /** Oldest first. */
  readonly told: readonly ToldNotification[];
  readonly settings: NotifySettings;
}

/** Alerts in one message: some 200 kB of JSON. */
const LARGEST = 1000;

const OPENS: readonly string[] = ['raised', 'reopened', 'worsened'];
const ENDS: readonly string[] = ['cleared', 'withdrawn'];

/** An alert with news, and to what it belongs. */
interface News {
  readonly alert: KnownAlert;
  readonly opens: readonly WaitingStep[];
  readonly ends: readonly WaitingStep[];
  readonly group: string | null;
}

/**
 * Decides whom the news concerns. It goes by how things stand, not by what happened in between: an alert
 * that is open, not hidden and not told is told; one that is over is told as over to those who take it for
 * open. So what was hidden is told when that ends, and what came and went meanwhile is told to nobody.
 */
export function planNotifications(input: PlanInput): Plan {
  const made = new Planning(input);
  made.planNews();
  made.planEscalations();
  made.planWaiting();
  return made;
}

class Planning implements Plan {
  readonly notifications: PlannedNotification[] = [];
  readonly rewritten: RewrittenNotification[] = [];
  readonly takenBack: number[] = [];
  readonly decided: { stepId: number; hidden: string | null }[] = [];
  readonly held: { stepId: number; hidden: string }[] = [];
  readonly escalations: PlannedEscalation[] = [];
  readonly #input: PlanInput;
  readonly #channels: ReadonlyMap<string, ChannelSettings>;
  readonly #told: ToldBook;
  /** Without what waits for the morning. */
  readonly #heard: ToldBook;
  readonly #waiting: WaitingMessages;
  readonly #hiddenBy: (alert: KnownAlert) => Hidden | null;

  constructor(input: PlanInput) {
    this.#input = input;
    this.#channels = new Map(input.settings.channels.map((channel) => [channel.name, channel]));
    const dueAt = ({ channel, severity, plannedAt }: ToldNotification) =>
      this.#earliestTelling(channel, severity, plannedAt);
    this.#told = new ToldBook(input.told, dueAt);
    this.#heard = new ToldBook(
      input.told.filter((one) => !waitsForLater(one, input.now)),
      dueAt,
    );
    this.#waiting = new WaitingMessages(input.told, input.now);
    this.#hiddenBy = hiding({ ...input, settleMs: input.settings.settleMs });
  }

  planNews(): void {
    const storms = stormyRules(this.#input);
    for (const [rule, ofRule] of Map.groupBy(this.#news(), ({ alert }) => alert.rule)) {
      const bundles = Map.groupBy(ofRule, ({ alert, group }) => group ?? alert.id);
      const ready = [...bundles.values()].filter((bundle) => this.#hasWaited(bundle, 0));
      const single = ready.filter(([first]) => first?.group === null);
      if (storms.has(rule) || single.length > STORM_MESSAGES) {
        // One message for all of them: at once where they come at once, else when the first has waited.
        const isDue = !storms.has(rule) || single.some((bundle) => this.#hasWaited(bundle, STORM_MS));
        if (isDue) this.#planBundle(single.flat());
        for (const bundle of ready) if (!single.includes(bundle)) this.#planBundle(bundle);
      } else for (const bundle of ready) this.#planBundle(bundle);
    }
  }

  #hasWaited(bundle: readonly News[], waitMs: number): boolean {
    const { now, settings } = this.#input;
    return bundle.some(({ opens, ends }) =>
      [...opens, ...ends].some(
        ({ recordedAt }) => now - recordedAt >= Math.max(settings.groupWaitMs, waitMs),
      ),
    );
  }

  /** What must be told, or not, after steps that concern nobody are put aside and hidden ones held. */
  #news(): News[] {
    const { steps, alerts, rules } = this.#input;
    const byId = new Map(alerts.map((alert) => [alert.id, alert]));
    const found: News[] = [];
    for (const [alertId, ofAlert] of Map.groupBy(steps, (step) => step.alertId)) {
      const alert = byId.get(alertId);
      if (alert === undefined) continue;
      const opens = ofAlert.filter(({ kind }) => OPENS.includes(kind));
      const ends = ofAlert.filter(({ kind }) => ENDS.includes(kind));
      this.#decide(
        ofAlert.filter((step) => !opens.includes(step) && !ends.includes(step)),
        null,
      );
      if (opens.length + ends.length === 0) continue;
      const groupBy = rules.get(alert.rule)?.groupBy;
      const { device } = alert;
      const group = groupBy === undefined || device === null ? null : groupValue(groupBy, device);
      const hidden = isOpen(alert) ? this.#hiddenBy(alert) : null;
      if (hidden === null) {
        found.push({ alert, opens, ends, group });
        continue;
      }
      this.#decide(ends, 'open again');
      for (const { id } of opens) this.held.push({ stepId: id, hidden: hiddenText(hidden) });
    }
    return found;
  }

  #planBundle(news: readonly News[]): void {
    /** By channel and kind: one message each. */
    const told = new Map<string, { kind: MessageKind; channel: string; of: News[] }>();
    const tell = (kind: MessageKind, channel: string, one: News) => {
      const key = `${channel}\n${kind}`;
      const known = told.get(key);
      if (known === undefined) told.set(key, { kind, channel, of: [one] });
      else known.of.push(one);
    };
    for (const one of news) {
      const [kinds, unheard] = isOpen(one.alert) ? this.#opening(one) : this.#ending(one);
      for (const [channel, kind] of kinds) tell(kind, channel, one);
      const isTold = kinds.size > 0;
      const [ofNow, ofBefore] = isOpen(one.alert) ? [one.opens, one.ends] : [one.ends, one.opens];
      this.#decide(ofNow, isTold ? null : unheard);
      this.#decide(ofBefore, isOpen(one.alert) ? 'open again' : 'over');
    }
    for (const { kind, channel, of } of told.values()) {
      for (let i = 0; i < of.length; i += LARGEST) this.#notify(kind, channel, of.slice(i, i + LARGEST));
    }
  }

  /** Who is to hear of an open alert, and as what. */
  #opening({ alert, opens }: News): [Map<string, MessageKind>, string] {
    const kinds = new Map<string, MessageKind>();
    const routes = this.#routesOf(alert);
    // What is critical waits for no morning: whoever is to hear of it only then has not heard of it.
    const told = alert.severity === 'critical' ? this.#heard : this.#told;
    for (const channel of new Set(routes.flatMap(({ to }) => to))) {
      if (!told.takesForOpen(alert.id, channel)) {
        kinds.set(channel, told.hasHeard(alert.id, channel) ? 'reopened' : 'raised');
      } else if (opens.some(({ kind }) => kind === 'worsened')) kinds.set(channel, 'worsened');
    }
    return [kinds, routes.length === 0 ? 'no route' : 'told already'];
  }

  /** Who is to hear that an alert is over: those who take it for open, and nobody else. */
  #ending({ alert, ends, opens }: News): [Map<string, MessageKind>, string] {
    const kinds = new Map<string, MessageKind>();
    const kind = alert.withdrawnAt === null ? 'cleared' : 'withdrawn';
    if (ends.length + opens.length > 0) {
      for (const channel of this.#channels.keys()) {
        if (this.#told.takesForOpen(alert.id, channel)) kinds.set(channel, kind);
      }
    }
    return [kinds, 'nobody was told'];
  }

  #notify(kind: MessageKind, channel: string, of: readonly News[]): void {
    const alerts = of.map(({ alert }) => alert);
    const [first] = of;
    if (first === undefined) return;
    if (kind === 'cleared' || kind === 'withdrawn') {
      const waiting = this.#told.of(first.alert.id, channel).at(-1);
      if (waiting !== undefined && this.#isReplaceable(waiting, alerts)) {
        const over = kind === 'cleared' ? 'over' : kind;
        this.rewritten.push({
          id: waiting.id,
          kind: over,
          alertIds: waiting.alertIds,
          body: this.#body(over, channel, alerts, first.group),
        });
        return;
      }
    }
    const steps = of.flatMap(({ opens, ends }) => [...opens, ...ends]);
    const last = steps.reduce((latest, step) => (step.id > latest.id ? step : latest));
    this.#push(`${channel}/${last.alertId}/${last.id}`, kind, channel, alerts, first.group);
  }

  /** A message that waits for the end of quiet hours, and tells of no other alert than of these. */
  #isReplaceable(waiting: ToldNotification, alerts: readonly KnownAlert[]): boolean {
    return (
      waitsForLater(waiting, this.#input.now) &&
      waiting.alertIds.length === alerts.length &&
      alerts.every(({ id }) => waiting.alertIds.includes(id)) &&
      alerts.every(({ id }) => this.#told.of(id, waiting.channel).length === 1)
    );
  }

  /** An alert that nobody takes up goes further, so long after it was first told. */
  planEscalations(): void {
    const escalated = new Map<string, { channel: string; stem: string; alerts: KnownAlert[] }>();
    for (const alert of this.#input.alerts) {
      if (!isOpen(alert) || alert.acknowledgedAt !== null) continue;
      const seenAnewAt = alert.seenAnewAt ?? Number.NEGATIVE_INFINITY;
      // That it got worse, or opened again, may have needed no message: then the clock starts at that.
      const begins = this.#told.beginningOf(alert.id, seenAnewAt) ?? this.#told.beginningOf(alert.id);
      if (begins === null) continue;
      const toldAt = Math.max(begins.dueAt, seenAnewAt);
      const due = this.#routesOf(alert).flatMap((route) =>
        route.escalate
          .filter(({ afterMs }) => toldAt + afterMs <= this.#input.now)
          .map((step) => ({ route, ...step })),
      );
      if (due.length === 0 || this.#hiddenBy(alert) !== null) continue;
      for (const { route, afterMs, to } of due) {
        const stem = `${begins.id}/${route.name}/${afterMs}`;
        const left = to.filter((channel) => !this.#told.isEscalated(alert.id, channel, stem));
        if (left.length === 0) continue;
        this.escalations.push({ alertId: alert.id, route: route.name, afterMs, to: left });
        for (const channel of left) {
          const together = escalated.get(`${channel}/${stem}`);
          if (together === undefined) escalated.set(`${channel}/${stem}`, { channel, stem, alerts: [alert] });
          else together.alerts.push(alert);
        }
      }
    }
    // What was told together goes further together.
    for (const { channel, stem, alerts } of escalated.values())
      this.#push(`${channel}/${alerts[0]?.id}/${stem}`, 'escalated', channel, alerts, null);
  }

  /** What is left of messages of which some alerts were told sooner. */
  planWaiting(): void {
    this.takenBack.push(...this.#waiting.takenBack);
    this.rewritten.push(
      ...this.#waiting.rewritten((channel) => this.#languageOf(channel), this.#input.settings.timeZone),
    );
  }

  #push(
    key: string,
    kind: MessageKind,
    channel: string,
    alerts: readonly KnownAlert[],
    group: string | null,
  ): void {
    const severity = worstSeverity(alerts);
    const alertIds = alerts.map(({ id }) => id);
    // The end of what waits to be told comes after it.
    if (severity === 'critical' && !ENDS.includes(kind)) this.#waiting.takeOut(channel, alertIds);
    this.notifications.push({
      key,
      channel,
      kind,
      alertIds,
      body: this.#body(kind, channel, alerts, group),
      notBefore: this.#earliestTelling(channel, severity, this.#input.now),
    });
  }

  /** When a channel is told of what is decided at a moment, ms. */
  #earliestTelling(channel: string, severity: Severity, decidedAt: number): number {
    if (severity === 'critical') return decidedAt;
    const quiet = this.#channels.get(channel)?.quietHours;
    return earliestTelling(quiet, decidedAt, this.#input.settings.timeZone);
  }

  #body(
    kind: MessageKind,
    channel: string,
    alerts: readonly KnownAlert[],
    group: string | null,
  ): NotificationBody {
    const { rules, settings } = this.#input;
    const message = composeMessage(kind, alerts, group, rules);
    return { ...textOf(message, this.#languageOf(channel), settings.timeZone), message };
  }

  #languageOf(channel: string): Language {
    return this.#channels.get(channel)?.language ?? 'en';
  }

  #routesOf(alert: KnownAlert) {
    const { settings, rules } = this.#input;
    return settings.routes.filter(({ match }) => matches(match, alert, rules));
  }

  #decide(steps: readonly WaitingStep[], hidden: string | null): void {
    for (const { id } of steps) this.decided.push({ stepId: id, hidden });
  }
}
