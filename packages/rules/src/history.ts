import type { Quantity } from '@veilleur/domain';
import type { Fact } from './device-watches.ts';
import { type Put, Tape } from './tape.ts';

const FALLBACK_INTERVAL_MS = 3_600_000;
/** Distances between reports that tell the usual one. */
const LEARNED_FROM = 20;
/** Distances that tell how long it keeps silent now and then: the radio loses frames. */
const SILENCES_FROM = 100;
const USUAL_SILENCE_QUANTILE = 0.97;
/** Fewer say nothing. */
const LEAST_DISTANCES = 4;

interface Habit {
  readonly interval: number;
  readonly silence: number;
}

/** What is known of one device's past, or of the devices of a site, as far back as the rules look. */
export class History {
  readonly #tapes = new Map<string, Tape>();
  readonly #members = new Map<string, History>();
  #habit: { at: number; length: number; time: number; habit: Habit | null } | null = null;
  /** When the network server heard it, whatever it said. */
  readonly heard = new Tape();

  /** The same tape at every call: empty until something is told. */
  tape(quantity: Quantity, channel: number): Tape {
    return this.#named(channel === 0 ? quantity : `${quantity}/${channel}`);
  }

  /** Of a site: what is known of one of its devices. */
  member(devEui: string): History {
    let member = this.#members.get(devEui);
    if (member === undefined) {
      member = new History();
      this.#members.set(devEui, member);
    }
    return member;
  }

  /** Events of the network server by kind: join, ack, log, status ... */
  events(kind: string): Tape {
    return this.#named(`event ${kind}`);
  }

  /** Where facts of its kind are kept. */
  tapeOf(fact: Fact): Tape {
    switch (fact.kind) {
      case 'measurement':
        return this.tape(fact.quantity, fact.channel);
      case 'heard':
        return this.heard;
      case 'event':
        return this.events(fact.event);
    }
  }

  remember(fact: Fact): Put {
    return this.tapeOf(fact).put(fact.time, fact.kind === 'measurement' ? fact.value : 1);
  }

  tapes(): Iterable<Tape> {
    return [this.heard, ...this.#tapes.values()];
  }

  /** The usual distance between two reports before a moment, ms; null where too few are known. */
  reportInterval(before: number): number | null {
    return this.#habitAt(before)?.interval ?? null;
  }

  /** How long it keeps silent now and then, ms: of its last hundred distances 97 are shorter. */
  usualSilence(before: number): number | null {
    return this.#habitAt(before)?.silence ?? null;
  }

  /** How long a value speaks for the time after it: three reports, an hour at least. */
  hold(before: number): number {
    return Math.max(3_600_000, 3 * (this.reportInterval(before) ?? FALLBACK_INTERVAL_MS));
  }

  forgetBefore(time: number): void {
    for (const tape of this.tapes()) tape.forgetBefore(time);
  }

  #habitAt(before: number): Habit | null {
    const { heard } = this;
    const at = heard.atOrBefore(before);
    const known = this.#habit;
    // Asked for again and again while nothing else is heard.
    if (known?.at === at && known.length === heard.length && known.time === heard.timeAt(at)) {
      return known.habit;
    }
    const distances: number[] = [];
    for (let i = at; i > 0 && distances.length < SILENCES_FROM; i -= 1) {
      distances.push(heard.timeAt(i) - heard.timeAt(i - 1));
    }
    const habit =
      distances.length < LEAST_DISTANCES
        ? null
        : {
            interval: quantileOf(distances.slice(0, LEARNED_FROM), 0.5),
            silence: quantileOf(distances, USUAL_SILENCE_QUANTILE),
          };
    this.#habit = { at, length: heard.length, time: heard.timeAt(at), habit };
    return habit;
  }

  #named(name: string): Tape {
    let tape = this.#tapes.get(name);
    if (tape === undefined) {
      tape = new Tape();
      this.#tapes.set(name, tape);
    }
    return tape;
  }
}

function quantileOf(values: number[], share: number): number {
  values.sort((a, b) => a - b);
  return values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
}
