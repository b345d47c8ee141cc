import type { LnsMessage } from '../lns/lns-message.ts';
import { LOSS_CAUSES, type LossCause, type RadioEvent, type Transmission } from '../radio/transmission.ts';
import { type FrameDigest, frameHash, receivedAtTerm } from './frame-digest.ts';
import { PROMPT_MS } from './report-times.ts';

/** One session of one device, as it was published. */
export interface KnownSession extends FrameDigest {
  /** Place of the device in the city. */
  readonly device: number;
  /** What the network server calls the session in its uplinks. */
  readonly sessionKey: string;
  /** Frames of these that were published again so late that the database takes them for others. */
  readonly repeated: number;
  /** By how much the times of reception may differ in all, ms: of a frame and its copies any may be stored. */
  readonly spreadMs: number;
}

/** A frame that came late, or at another time than its device's others: its report can't be told from its time. */
export interface OddFrame {
  readonly device: number;
  readonly receivedAtMs: number;
  readonly sentAtMs: number;
}

/** What the simulator knows at the end of a run: plain data, which a process can hand to another. */
export interface Knowledge {
  /** Frames that applications handed to the radio. */
  readonly emissions: number;
  /** That were given out for publication. */
  readonly messages: number;
  readonly lost: Readonly<Record<LossCause, number>>;
  /** Frames that the server published for the first time. */
  readonly received: number;
  /** Published again, and the same frame to whoever stores it once. */
  readonly duplicates: number;
  /** Published again so much later that they are another frame to the database. */
  readonly repeated: number;
  readonly joins: number;
  readonly statuses: number;
  readonly logs: number;
  readonly sessions: readonly KnownSession[];
  readonly odd: readonly OddFrame[];
  /** For each device, when in its period it reports, milliseconds; NaN: it was never heard. */
  readonly offsetMs: Float64Array;
  /** When the server published the last of it. */
  readonly lastAtMs: number;
  /** Joins, status answers and logs whose publication was under way when the run was ended. */
  readonly eventsInDoubt: number;
  /** Frames of the same kind: they may be there or not. */
  readonly inDoubt: readonly {
    readonly device: number;
    readonly sessionKey: string;
    readonly fCnt: number;
  }[];
}

/** A frame as the database must have it. */
export interface StoredFrame {
  readonly device: number;
  readonly sessionKey: string;
  readonly fCnt: number;
  readonly hash: number;
  readonly receivedAtMs: number;
}

interface Session {
  readonly number: number;
  readonly key: string;
  frames: number;
  fCntSum: number;
  hashSum: number;
  receivedAtSum: number;
  repeated: number;
  spreadMs: number;
}

/** `@veilleur/store` takes the same frame within this span for the same. */
const SAME_FRAME_WITHIN_MS = 15 * 60_000;

/**
 * Notes what becomes of every frame while it is published: for each device and session a sum over its
 * frames, so that a year of a city fits in memory.
 *
 * @param schedule how often a device reports, and since when.
 * @param onStored told each frame that the database must have.
 */
export class KnowledgeNotes {
  readonly #onStored: ((frame: StoredFrame) => void) | undefined;
  /** By device, the newest last. */
  readonly #sessions: (Session[] | undefined)[] = [];
  readonly #lost = Object.fromEntries(LOSS_CAUSES.map((cause) => [cause, 0])) as Record<LossCause, number>;
  readonly #odd: OddFrame[] = [];
  readonly #offsetMs: Float64Array;
  readonly #schedule: (device: number) => { readonly periodMs: number; readonly sinceMs: number };
  readonly #storedAt = new WeakMap<Transmission, number[]>();
  #emissions = 0;
  #messages = 0;
  #received = 0;
  #duplicates = 0;
  #repeated = 0;
  #joins = 0;
  #statuses = 0;
  #logs = 0;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(
    deviceCount: number,
    schedule: (device: number) => { readonly periodMs: number; readonly sinceMs: number },
    onStored?: (frame: StoredFrame) => void,
  ) {
    this.#onStored = onStored;
    this.#offsetMs = new Float64Array(deviceCount).fill(Number.NaN);
    this.#schedule = schedule;
  }

  get lost(): Readonly<Record<LossCause, number>> {
    return this.#lost;
  }

  get emissions(): number {
    return this.#emissions;
  }

  /** @returns Whether the database will have something new of the message. */
  note(event: RadioEvent, message: LnsMessage | null): boolean {
    if (message !== null) {
      this.#messages += 1;
      this.#lastMs = Math.max(this.#lastMs, event.atMs);
    }
    switch (event.kind) {
      case 'frame':
        this.#emissions += 1;
        if (event.lost !== null) this.#lost[event.lost] += 1;
        if (event.lost !== null || event.receivedAt === null) return this.#noteLog(message);
        this.#received += 1;
        this.#store(event, event.receivedAt.getTime(), message);
        return true;
      case 'repeat':
        if (!event.isPublished) return this.#noteLog(message);
        return this.#noteRepeat(event.of, event.how === 'redelivery', event.receivedAt.getTime(), message);
      case 'join':
        if (message !== null) this.#joins += 1;
        return message !== null;
      case 'status':
        if (message !== null) this.#statuses += 1;
        return message !== null;
    }
  }

  #noteLog(message: LnsMessage | null): boolean {
    if (message !== null) this.#logs += 1;
    return message !== null;
  }

  #noteRepeat(
    of: Transmission,
    isRedelivery: boolean,
    receivedAtMs: number,
    message: LnsMessage | null,
  ): boolean {
    const atMs = isRedelivery ? (of.receivedAt?.getTime() ?? receivedAtMs) : receivedAtMs;
    const known = this.#storedAt.get(of) ?? [of.receivedAt?.getTime() ?? 0];
    const same = known.find((ms) => Math.abs(ms - atMs) <= SAME_FRAME_WITHIN_MS);
    const session = this.#sessionOf(of) ?? this.#begin(of, message);
    if (same !== undefined) {
      this.#duplicates += 1;
      session.spreadMs += Math.abs(same - atMs);
      this.#place(of.emission.device.index, of.emission.at.getTime(), atMs);
      return false;
    }
    this.#storedAt.set(of, [...known, atMs]);
    this.#repeated += 1;
    session.repeated += 1;
    this.#store(of, atMs, message);
    return true;
  }

  #store(frame: Transmission, receivedAtMs: number, message: LnsMessage | null): void {
    const { emission } = frame;
    const { index } = emission.device;
    const fCnt = frame.fCnt ?? 0;
    const session = this.#sessionOf(frame) ?? this.#begin(frame, message);
    session.frames += 1;
    session.fCntSum += fCnt;
    session.receivedAtSum += receivedAtTerm(receivedAtMs);
    const hash = frameHash(fCnt, emission.fPort, emission.payload);
    session.hashSum += hash;
    this.#onStored?.({ device: index, sessionKey: session.key, fCnt, hash, receivedAtMs });
    this.#place(index, emission.at.getTime(), receivedAtMs);
  }

  /** A frame nearly always comes soon after the last report that fell due; where not, it is written down. */
  #place(device: number, sentAtMs: number, receivedAtMs: number): void {
    const { periodMs, sinceMs } = this.#schedule(device);
    const offsetMs = (sentAtMs - sinceMs) % periodMs;
    const known = this.#offsetMs[device];
    if (known === undefined || Number.isNaN(known)) this.#offsetMs[device] = offsetMs;
    if (receivedAtMs - sentAtMs >= Math.min(periodMs, PROMPT_MS) || this.#offsetMs[device] !== offsetMs) {
      this.#odd.push({ device, receivedAtMs, sentAtMs });
    }
  }

  #sessionOf(frame: Transmission): Session | undefined {
    const { number } = frame.session;
    return this.#sessions[frame.emission.device.index]?.findLast((session) => session.number === number);
  }

  #begin(frame: Transmission, message: LnsMessage | null): Session {
    const { index } = frame.emission.device;
    const begun = {
      number: frame.session.number,
      key: sessionKeyOf(frame, message),
      frames: 0,
      fCntSum: 0,
      hashSum: 0,
      receivedAtSum: 0,
      repeated: 0,
      spreadMs: 0,
    };
    const known = this.#sessions[index];
    if (known === undefined) this.#sessions[index] = [begun];
    else known.push(begun);
    return begun;
  }

  /** @param inDoubt messages that were given out and never acknowledged. */
  conclude(inDoubt: Iterable<LnsMessage>): Knowledge {
    const doubtful = [...inDoubt].map(({ event }) =>
      event.kind === 'repeat' ? event.of : event.kind === 'frame' ? event : undefined,
    );
    return {
      emissions: this.#emissions,
      messages: this.#messages,
      lost: { ...this.#lost },
      received: this.#received,
      duplicates: this.#duplicates,
      repeated: this.#repeated,
      joins: this.#joins,
      statuses: this.#statuses,
      logs: this.#logs,
      sessions: this.#sessions.flatMap((sessions, device) =>
        (sessions ?? [])
          .filter(({ frames }) => frames > 0)
          .map(({ number: _number, key, ...sums }) => ({ device, sessionKey: key, ...sums })),
      ),
      odd: this.#odd,
      offsetMs: this.#offsetMs,
      lastAtMs: this.#lastMs,
      inDoubt: doubtful.flatMap((frame) => {
        if (frame === undefined || frame.fCnt === null) return [];
        const { index } = frame.emission.device;
        return [{ device: index, sessionKey: this.#sessionOf(frame)?.key ?? '', fCnt: frame.fCnt }];
      }),
      eventsInDoubt: doubtful.filter((frame) => frame === undefined || frame.fCnt === null).length,
    };
  }
}

const SESSION_KEY_ID = /"session_key_id":"([^"]+)"/;

/** The Things Stack names a session by a key's id, ChirpStack by its address. */
function sessionKeyOf({ session }: Transmission, message: LnsMessage | null): string {
  const isTts = typeof message?.payload === 'string' && message.topic.startsWith('v3/');
  const id = isTts ? SESSION_KEY_ID.exec(String(message?.payload))?.[1] : undefined;
  return id ?? session.devAddr;
}
