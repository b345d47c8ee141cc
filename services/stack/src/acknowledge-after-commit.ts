import { Acknowledgements } from '@veilleur/bridge';
import type { Aedes, Client, PublishPacket } from 'aedes';

/** The one session whose acknowledgement says that a message is committed. */
export interface CommittingReader {
  readonly clientId: string;
  readonly topicFilters: readonly string[];
}

/** Messages that were routed and are not committed yet: as many as the bridge's window. */
const MOST_HELD = 4000;
/** Where a message goes once it was routed by us: no filter of anybody's matches it by chance. */
const NOWHERE = '$veilleur/routed';

type Publish = PublishPacket & { readonly messageId: number };
interface Waiting {
  readonly client: Client;
  readonly route: () => void;
}

/**
 * Lets aedes, whose queues live in memory, tell a publisher that a message is safe only when the bridge
 * has committed it. By itself aedes acknowledges a message before it routes it, so that whatever kills the
 * program would lose what was promised.
 *
 * A message that the bridge reads is routed by us; aedes gets an empty one of QoS 0 in its place, which it
 * does not acknowledge. The publisher's PUBACK follows the bridge's. What has none when the program dies,
 * or when the publisher's connection breaks, the publisher sends again (QoS 1), and the bridge knows it.
 * Routing happens when the bridge has subscribed; until then, and while `MOST_HELD` are not committed,
 * aedes reads no more from who publishes. Everything else passes as ever: other topics, QoS 0, wills.
 *
 * Waiting inside `authorizePublish` for each message was the other way. Aedes reads the next bytes of a
 * connection when all packets of those before are done, so a publisher would wait for a commit after each
 * read, and be cut for its silence (its PINGREQ is not read) while the database is away. QoS 2 goes that
 * way, for there aedes owns the handshake.
 *
 * A retained event would be delivered to the bridge at each of its connections: `retain` is dropped.
 */
export class AcknowledgeAfterCommit {
  readonly #broker: Aedes;
  readonly #reader: CommittingReader;
  readonly #isRead: (topic: string) => boolean;
  readonly #mostHeld: number;
  /** What each committed message owes its publisher, by the Buffer object that aedes hands on. */
  readonly #held = new Map<Buffer, () => void>();
  readonly #owed = new WeakMap<Client, Acknowledgements>();
  #waiting: Waiting[] = [];
  #pubacks = new Map<Client, number[]>();
  #hasSubscribed = false;

  constructor(broker: Aedes, reader: CommittingReader, mostHeld = MOST_HELD) {
    this.#broker = broker;
    this.#reader = reader;
    this.#isRead = topicMatcher(reader.topicFilters);
    this.#mostHeld = mostHeld;
    const passes = broker.authorizePublish;
    broker.authorizePublish = (client, packet, done) => {
      passes(client, packet, (error) => {
        if (error || client === null || !this.#concerns(client, packet)) done(error);
        else this.#take(client, packet, done);
      });
    };
    broker.on('subscribe', (_subscriptions, { id }) => {
      if (id !== reader.clientId) return;
      this.#hasSubscribed = true;
      this.#letIn();
    });
    broker.on('ack', (packet, { id }) => {
      if (id === reader.clientId && packet?.cmd === 'publish') this.#committed(packet.payload);
    });
    broker.on('clientDisconnect', (gone) => {
      this.#waiting = this.#waiting.filter(({ client }) => client !== gone);
    });
  }

  /** Messages that wait: for the bridge's commit, and for being routed. */
  get waiting(): { readonly held: number; readonly notRouted: number } {
    return { held: this.#held.size, notRouted: this.#waiting.length };
  }

  /** A will has no message id, and nobody who waits for its acknowledgement. */
  #concerns({ id }: Client, packet: PublishPacket): packet is Publish {
    return (
      packet.qos > 0 &&
      packet.messageId !== undefined &&
      id !== this.#reader.clientId &&
      this.#isRead(packet.topic)
    );
  }

  #take(client: Client, packet: Publish, done: () => void): void {
    const route = () => this.#route(client, packet, done);
    if (this.#hasRoom() && this.#waiting.length === 0) route();
    else this.#waiting.push({ client, route });
  }

  #hasRoom(): boolean {
    return this.#hasSubscribed && this.#held.size < this.#mostHeld;
  }

  #letIn(): void {
    while (this.#hasRoom()) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (!next.client.closed) next.route();
    }
  }

  #route(client: Client, packet: Publish, done: () => void): void {
    const { qos, messageId } = packet;
    // A Buffer object of its own: its identity finds the message again.
    const payload = Buffer.from(packet.payload as Buffer);
    const routed: PublishPacket = { ...packet, payload, qos: 1, retain: false, dup: false };
    packet.topic = NOWHERE;
    packet.payload = Buffer.alloc(0);
    packet.retain = false;
    if (qos === 1) {
      packet.qos = 0;
      this.#held.set(payload, this.#acknowledgements(client).expect(messageId));
      done();
    } else {
      this.#held.set(payload, () => {
        if (!client.closed) done();
      });
    }
    this.#broker.publish(routed, (error) => {
      if (!error) return;
      this.#held.delete(payload);
      client.close();
    });
  }

  #committed(payload: string | Buffer): void {
    if (typeof payload === 'string') return;
    const acknowledge = this.#held.get(payload);
    if (acknowledge === undefined) return;
    this.#held.delete(payload);
    acknowledge();
    this.#letIn();
  }

  #acknowledgements(client: Client): Acknowledgements {
    let owed = this.#owed.get(client);
    if (owed === undefined) {
      owed = new Acknowledgements((messageId) => this.#puback(client, messageId));
      this.#owed.set(client, owed);
    }
    return owed;
  }

  /** Those of a batch leave in one write. */
  #puback(client: Client, messageId: number): void {
    if (this.#pubacks.size === 0) setImmediate(() => this.#sendPubacks());
    const bytes = this.#pubacks.get(client);
    const puback = [0x40, 0x02, messageId >> 8, messageId & 0xff];
    if (bytes === undefined) this.#pubacks.set(client, puback);
    else bytes.push(...puback);
  }

  #sendPubacks(): void {
    const all = this.#pubacks;
    this.#pubacks = new Map();
    for (const [client, bytes] of all) {
      if (!client.closed && client.conn.writable) client.conn.write(Buffer.from(bytes));
    }
  }
}

/** Tells whether a topic matches one of the filters, which may hold `+` and end in `#`. */
export function topicMatcher(filters: readonly string[]): (topic: string) => boolean {
  const patterns = filters.map((filter) => {
    const levels = filter.split('/').map((level) => (level === '+' ? '[^/]*' : RegExp.escape(level)));
    // `a/#` is `a` and all below it.
    return filter.endsWith('/#') ? `${levels.slice(0, -1).join('/')}(?:/.*)?` : levels.join('/');
  });
  const pattern = new RegExp(`^(?:${patterns.join('|')})$`, 's');
  return (topic) => pattern.test(topic);
}
