import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { type Knowledge, KnowledgeNotes } from '../conscience/knowledge.ts';
import { scheduleOf } from '../conscience/report-times.ts';
import type { NetworkCounts } from '../gateway/gateway-network.ts';
import type { LnsMessage } from '../lns/lns-message.ts';
import { type PublishCounts, publish } from '../lns/publisher.ts';
import type { RadioEvent } from '../radio/transmission.ts';
import type { GeneratorProgress, GeneratorResult, Order, Probe } from './generator-messages.ts';
import { paceOf } from './pace.ts';
import { radiate } from './radiate.ts';
import { createSource, messagesOf, type Source } from './source.ts';

/** While the pipeline is behind, one message passes in so long: it shows that somebody is there. */
const HELD_MS = 20;
const UNACKNOWLEDGED = 2000;
const PROBE_EVERY_MS = 50;
/** Without a publisher nobody gives way to others: so many messages, then a turn. */
const MESSAGES_A_TURN = 2000;

/** A run of the generator: what it makes, publishes and knows. */
export class Generation {
  readonly #order: Order;
  readonly #source: Source;
  readonly #notes: KnowledgeNotes;
  readonly #open = new Set<LnsMessage>();
  readonly #stopping = new AbortController();
  readonly #onTrouble: (message: string) => void;
  #counts: Readonly<PublishCounts> = { published: 0, acknowledged: 0, repeated: 0, reconnects: 0, bytes: 0 };
  #network: Readonly<NetworkCounts> | null = null;
  /** Frames that devices of the gateway level were given. */
  #radiated = 0;
  #fresh = 0;
  #stored: number | null = 0;
  #atMs = 0;
  #probes: Probe[] = [];
  #probedAtMs = 0;

  private constructor(order: Order, source: Source, onTrouble: (message: string) => void) {
    this.#order = order;
    this.#source = source;
    this.#onTrouble = onTrouble;
    const { city } = source;
    this.#notes = new KnowledgeNotes(city.deviceCount, scheduleOf(city));
    this.#atMs = order.plan.fromMs;
  }

  /** @throws VeilleurError where the plan can't be carried out. */
  static async create(order: Order, onTrouble: (message: string) => void): Promise<Generation> {
    return new Generation(order, await createSource(order.plan), onTrouble);
  }

  stop(): void {
    this.#stopping.abort();
  }

  stored(count: number | null): void {
    this.#stored = count;
  }

  progress(): GeneratorProgress {
    const { user, system } = process.cpuUsage();
    return {
      emissions: this.#notes.emissions + this.#radiated,
      lost: this.#notes.lost,
      fresh: this.#fresh,
      counts: { ...this.#counts },
      network: this.#network === null ? null : { ...this.#network },
      atMs: this.#atMs,
      cpuSeconds: (user + system) / 1e6,
      memoryMB: Math.round(process.memoryUsage.rss() / 1e6),
    };
  }

  /** Those since the last call. */
  probes(): Probe[] {
    return this.#probes.splice(0);
  }

  /** @throws VeilleurError `broker_unreachable`, `broker_refused` */
  async run(): Promise<GeneratorResult> {
    const startMs = performance.now();
    const sha256 = this.#order.hash ? createHash('sha256') : null;
    const note = (event: RadioEvent, message: LnsMessage | null) => {
      this.#atMs = event.atMs;
      if (this.#notes.note(event, message)) this.#fresh += 1;
      if (message === null) return;
      sha256?.update(message.topic).update(message.payload);
    };
    const messages = messagesOf(this.#source, note);
    const { target, plan } = this.#order;
    if (target === null) await this.#make(messages);
    else if (plan.level === 'gateway') await this.#radiate(target);
    else await this.#publish(messages, target);
    const knowledge: Knowledge = this.#notes.conclude(this.#open);
    return {
      knowledge,
      progress: this.progress(),
      seconds: (performance.now() - startMs) / 1000,
      sha256: sha256?.digest('hex') ?? null,
      isInterrupted: this.#stopping.signal.aborted,
    };
  }

  async #make(messages: Iterable<LnsMessage>): Promise<void> {
    const counts = { ...this.#counts };
    this.#counts = counts;
    const bytes = Buffer.allocUnsafe(65_536);
    for (const { payload } of messages) {
      // Written, as a publisher does: only then is a string's text put together.
      counts.bytes += typeof payload === 'string' ? bytes.write(payload, 0) : payload.length;
      counts.published += 1;
      if (counts.published % MESSAGES_A_TURN === 0) await turn();
      if (this.#stopping.signal.aborted) return;
    }
  }

  async #publish(messages: Iterable<LnsMessage>, broker: NonNullable<Order['target']>): Promise<void> {
    const pace = paceOf(this.#order.plan, Date.now());
    const { ahead } = this.#order;
    let n = 0;
    const running = await publish(this.#tracked(messages), {
      ...broker,
      inFlight: UNACKNOWLEDGED,
      clientId: `veilleur-simulator-${process.pid}`,
      signal: this.#stopping.signal,
      onAcknowledged: (message) => {
        this.#open.delete(message);
      },
      onTrouble: (trouble) => this.#onTrouble(trouble.message),
      dueAtMs: (message) => {
        let dueMs = pace(n, message.atMs);
        n += 1;
        if (ahead !== null && this.#stored !== null && this.#fresh - this.#stored > ahead) {
          dueMs = Math.max(dueMs, Date.now() + HELD_MS);
        }
        this.#probe(message, dueMs);
        return dueMs;
      },
    });
    this.#counts = running.counts;
    await running.finished;
  }

  async #radiate(target: NonNullable<Order['target']>): Promise<void> {
    await radiate(this.#source, this.#order.plan, {
      ...target,
      signal: this.#stopping.signal,
      onStart: (counts) => {
        this.#network = counts;
      },
      onEmission: (atMs) => {
        this.#atMs = atMs;
        this.#radiated += 1;
      },
    });
  }

  *#tracked(messages: Iterable<LnsMessage>): Generator<LnsMessage, void, undefined> {
    for (const message of messages) {
      this.#open.add(message);
      yield message;
    }
  }

  #probe({ event }: LnsMessage, dueMs: number): void {
    if (event.kind !== 'frame' || event.fCnt === null || event.receivedAt === null) return;
    const nowMs = Date.now();
    if (nowMs - this.#probedAtMs < PROBE_EVERY_MS) return;
    this.#probedAtMs = nowMs;
    this.#probes.push({
      devEui: event.emission.device.devEui,
      fCnt: event.fCnt,
      receivedAtMs: event.receivedAt.getTime(),
      publishedAtMs: Math.max(nowMs, dueMs),
    });
  }
}
