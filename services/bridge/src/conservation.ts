import { Gauge, type Logger, type Registry } from '@veilleur/runtime';
import type { BridgeCounts } from './metrics.ts';

export interface ConservationParts {
  readonly registry: Registry;
  readonly log: Logger;
  /** Counted after each commit. */
  readonly counts: () => Pick<BridgeCounts, 'stored' | 'duplicate' | 'quarantined'>;
  /** What is truly held: waiting in the intake or being written, not what the counters say of it. */
  readonly held: () => number;
  readonly everyMs?: number;
}

const EVERY_MS = 10_000;

/**
 * `received = stored + duplicate + quarantined + in flight`, each side measured where it happens: received
 * as the connection hands a message over, the outcomes after their commit, in flight as what the intake
 * holds. A message that is dropped on the way, or counted twice, breaks it; then the log says so at once
 * and `veilleur_bridge_conservation_imbalance` is not 0.
 *
 * The sides are compared between two turns of the event loop: within one, all of them have moved.
 */
export class Conservation {
  readonly #parts: ConservationParts;
  #received = 0;
  #known = 0;
  #timer: NodeJS.Timeout | undefined;
  #last: number | undefined;

  constructor(parts: ConservationParts) {
    this.#parts = parts;
    const imbalance = () => this.imbalance();
    new Gauge({
      name: 'veilleur_bridge_conservation_imbalance',
      help: 'Messages received less stored, duplicate, quarantined and held: not 0 is a defect that loses or doubles messages',
      registers: [parts.registry],
      collect() {
        this.set(imbalance());
      },
    });
  }

  /** A message came from the broker. */
  receive(): void {
    this.#received += 1;
  }

  /** Above 0: so many messages are gone. Below: so many were accounted for twice. */
  imbalance(): number {
    // When it is stopped the intake takes no more, and the broker keeps what still comes.
    if (this.#last !== undefined) return this.#last;
    const { stored, duplicate, quarantined } = this.#parts.counts();
    return this.#received - stored - duplicate - quarantined - this.#parts.held();
  }

  /** Logs a break that was not known yet. */
  check(): number {
    const imbalance = this.imbalance();
    if (imbalance !== this.#known) {
      const { stored, duplicate, quarantined } = this.#parts.counts();
      const sides = { received: this.#received, stored, duplicate, quarantined, held: this.#parts.held() };
      if (imbalance === 0) this.#parts.log.info({ event: 'bridge.conservation.restore', ...sides });
      else {
        const remedy =
          'A defect of the bridge: veilleur ledger tells which frames are missing; please report it with this line.';
        this.#parts.log.error({ event: 'bridge.conservation.break', imbalance, ...sides, remedy });
      }
      this.#known = imbalance;
    }
    return imbalance;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.check(), this.#parts.everyMs ?? EVERY_MS).unref();
  }

  /** A last look, before the intake closes. */
  stop(): void {
    clearInterval(this.#timer);
    this.#last ??= this.check();
  }
}
