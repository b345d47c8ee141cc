import { messageOf } from '@veilleur/domain';
import type { Logger } from '@veilleur/runtime';
import { attributesOfDevices, isolate, isTransient, type Pool } from '@veilleur/store';

const RETRY_AFTER_MS = 600_000;

export interface SetAsideOptions {
  readonly pool: Pool;
  readonly partition: number;
  readonly clock: () => Date;
  readonly log: Logger;
}

/** Devices that cannot be evaluated (their site's time zone is none, say): the others go on without them. */
export class SetAside {
  readonly #options: SetAsideOptions;
  readonly #devices = new Map<number, { readonly since: number; readonly retryAt: number }>();

  constructor(options: SetAsideOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#devices.size;
  }

  has(id: number): boolean {
    return this.#devices.has(id);
  }

  /** Something was told of it meanwhile, from this moment on, ms. */
  noteNews(id: number, from: number): void {
    const known = this.#devices.get(id);
    if (known !== undefined) this.#devices.set(id, { ...known, since: Math.min(known.since, from) });
  }

  /** Those to try again, each with the moment from which on it was not evaluated, ms. */
  due(): ReadonlyMap<number, number> {
    const now = this.#options.clock().getTime();
    const due = [...this.#devices].filter(([, { retryAt }]) => retryAt <= now);
    return new Map(due.map(([id, { since }]) => [id, since]));
  }

  /** What they failed for may be otherwise now: all are tried at once. */
  retryAll(): void {
    for (const [id, { since }] of this.#devices)
      this.#devices.set(id, { since, retryAt: Number.NEGATIVE_INFINITY });
  }

  /**
   * Does something for devices together; where that fails, for fewer at a time. Who fails alone is set aside,
   * who does not is no longer.
   *
   * @param attempt All of it or nothing.
   * @param evaluatedTo Up to here those that fail were evaluated, ms.
   * @throws What is nobody's fault: the database is away, say.
   */
  async forEach(
    ids: readonly number[],
    attempt: (some: readonly number[]) => Promise<void>,
    evaluatedTo: () => number,
  ): Promise<void> {
    const refused = await isolate(ids, attempt, (thrown) => !isTransient(thrown));
    const failed = new Map(refused.map(({ item, thrown }) => [item, thrown]));
    for (const id of ids) if (!failed.has(id)) this.#devices.delete(id);
    if (failed.size === 0) return;
    const { pool, partition, clock, log } = this.#options;
    const now = clock();
    const retryAt = now.getTime() + RETRY_AFTER_MS;
    for (const id of failed.keys()) {
      const since = Math.min(evaluatedTo(), this.#devices.get(id)?.since ?? Number.POSITIVE_INFINITY);
      this.#devices.set(id, { since, retryAt });
    }
    for (const { id, devEui } of await attributesOfDevices(pool, [...failed.keys()], now)) {
      log.error({
        event: 'alerting.device.fail',
        partition,
        devEui,
        error: messageOf(failed.get(id)),
        remedy: 'Look at the time zone of its site, and at the rules that choose it; it is tried again.',
      });
    }
  }
}
