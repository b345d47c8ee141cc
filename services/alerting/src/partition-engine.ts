import {
  type AlertWrite,
  attributesOfDevices,
  type Change,
  clearOfRemovedRules,
  type HandleChanges,
  nextDevices,
  noteAdvanced,
  noteSiteNews,
  withTransaction,
  writeAlerts,
} from '@veilleur/store';
import { loadDevices } from './load-devices.ts';
import { PartitionMemory } from './partition-memory.ts';
import type { PartitionOptions } from './partition-options.ts';
import type { RuleSet } from './rule-set.ts';
import { SetAside } from './set-aside.ts';
import { SiteNewsOfChanges } from './sites/site-news.ts';
import { factsOf, type ToldDevice } from './told-facts.ts';
import { isWanted, newsOf } from './wanted-facts.ts';
import { earliestOf, takenOf } from './watched-device.ts';

type PoolClient = Parameters<HandleChanges>[0];

const LOADED_AT_ONCE = 200;
const DUE_AT_ONCE = 500;
const NOTE_EVERY_MS = 10_000;
const NEVER = Number.POSITIVE_INFINITY;
/** Where an alert that was open then began before, a device is read once more. */
const MAXIMUM_READS = 5;

/**
 * Evaluates the devices of one partition. What it remembers is a copy: everything follows from history and
 * from the alerts in the database.
 */
export class PartitionEngine {
  readonly #options: PartitionOptions;
  readonly #memory: PartitionMemory;
  readonly #setAside: SetAside;
  #rules: RuleSet;
  #notedTo = Number.NEGATIVE_INFINITY;

  constructor(options: PartitionOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#setAside = new SetAside(options);
    this.#memory = new PartitionMemory(options.partition, options.capacity, options.clock);
  }

  get figures() {
    const { cache, due, isWarm } = this.#memory;
    const { size: setAside } = this.#setAside;
    return { devices: cache.size, samples: cache.samples, timers: due.size, isWarm, setAside };
  }

  /** When a device is due, ms; infinite: none is. */
  get nextDue(): number {
    return this.#memory.due.next;
  }

  /** Up to here all that is committed was evaluated, and every timer has run, ms. */
  get evaluatedTo(): number {
    return this.#memory.isWarm ? this.#memory.evaluatedTo : Number.NEGATIVE_INFINITY;
  }

  /** Evaluates what the tail tells, in its transaction. */
  readonly handle: HandleChanges = async (client, changes) => {
    await this.#memory.enter(client);
    try {
      await this.#evaluate(client, changes);
    } catch (thrown) {
      this.#memory.undoToSavepoint();
      throw thrown;
    }
  };

  /**
   * Lets time pass: for the devices that are due, some at a time.
   *
   * @param to ms; what the tail has not told yet lies after it.
   */
  async passTime(to: number): Promise<void> {
    const { due } = this.#memory;
    if (due.next <= to) await this.#runDue(to);
    if (!this.#memory.isWarm || due.next <= to) return;
    this.#memory.noteEvaluated(to);
    if (to - this.#notedTo < NOTE_EVERY_MS) return;
    await noteAdvanced(this.#options.pool, this.#options.partition, new Date(to));
    this.#notedTo = to;
  }

  async #runDue(to: number): Promise<void> {
    const { cache, due } = this.#memory;
    const ids = this.#able(due.take(to, DUE_AT_ONCE));
    await this.#forEach(ids, async (client, some) => {
      const loaded = await this.#loadMissing(client, some);
      for (const id of some) {
        this.#memory.touched.add(id);
        if (!loaded.has(id)) cache.get(id)?.advance(to);
      }
      await this.#write(client, some);
    }).catch((thrown: unknown) => {
      for (const id of ids) due.set(id, to);
      throw thrown;
    });
  }

  /** Reads the next devices that were not read yet: their timers must run though they never report again. */
  async warmUp(): Promise<void> {
    const { pool, partition, partitions } = this.#options;
    const memory = this.#memory;
    const ids = await nextDevices(pool, {
      partition,
      partitions,
      after: memory.warmTo,
      limit: LOADED_AT_ONCE,
    });
    await this.#forEach(this.#able(ids), async (client, some) => {
      await this.#loadMissing(client, some);
      await this.#write(client, some);
    });
    memory.warmTo = ids.at(-1) ?? memory.warmTo;
    if (ids.length < LOADED_AT_ONCE) memory.isWarm = true;
  }

  /** From now on these rules. What was open of others is cleared; every device is read again. */
  async useRules(rules: RuleSet): Promise<void> {
    const { partition, partitions, clock } = this.#options;
    this.#setAside.retryAll();
    await this.#transaction(async (client) => {
      this.#rules = rules;
      this.#memory.forgetAll();
      await clearOfRemovedRules(client, { partition, partitions }, rules.names, clock());
    });
  }

  /** Reads those again whose profile, tags, site or position became others. */
  async refreshAttributes(): Promise<number> {
    const { pool, clock } = this.#options;
    const { cache } = this.#memory;
    const found = await attributesOfDevices(pool, [...cache.ids()], clock());
    const ids = found.flatMap((attributes) => {
      const known = cache.get(attributes.id);
      return known === undefined || known.attributesText === JSON.stringify(attributes)
        ? []
        : [attributes.id];
    });
    await this.#forEach(ids, async (client, some) => {
      for (const id of some) cache.drop(id);
      await this.#loadMissing(client, some);
      await this.#write(client, some);
    });
    return ids.length;
  }

  /** Tries those again that could not be evaluated. */
  async retrySetAside(): Promise<void> {
    const due = this.#setAside.due();
    await this.#forEach([...due.keys()], async (client, some) => {
      const reaches = new Map(some.map((id) => [id, NEVER]));
      const told = some.map((id) => {
        return [id, { facts: [], restatedFrom: due.get(id) ?? NEVER, position: NEVER }] as const;
      });
      await this.#read(client, reaches, new Map(told));
      await this.#write(client, some);
    });
  }

  #able(ids: readonly number[]): number[] {
    return ids.filter((id) => !this.#setAside.has(id));
  }

  /** In one transaction, or in as many as it takes: who fails alone is set aside. */
  async #forEach(
    ids: readonly number[],
    work: (client: PoolClient, some: readonly number[]) => Promise<void>,
  ): Promise<void> {
    await this.#setAside.forEach(
      ids,
      (some) => this.#transaction((client) => work(client, some)),
      () => this.#memory.evaluatedTo,
    );
  }

  async #transaction(work: (client: PoolClient) => Promise<void>): Promise<void> {
    try {
      await withTransaction(this.#options.pool, async (client) => {
        await this.#memory.enter(client);
        await work(client);
      });
    } catch (thrown) {
      this.#memory.undo();
      throw thrown;
    }
  }

  async #evaluate(client: PoolClient, changes: readonly Change[]): Promise<void> {
    const wall = this.#options.clock().getTime();
    const told = await factsOf(client, changes, this.#rules, this.#options);
    const ids = this.#able([...told.devices.keys()]);
    // What the network server received after all that was told so far nobody knows yet: silence is no evidence.
    const now = Math.min(wall, Math.max(told.until ?? wall, this.#memory.evaluatedTo));
    const loaded = await this.#loadMissing(client, ids, told.devices);
    const reaches = new Map<number, number>();
    const news = new SiteNewsOfChanges(this.#rules.siteRules, now);
    for (const [id, ofDevice] of told.devices) {
      const { facts, restatedFrom, position } = ofDevice;
      this.#setAside.noteNews(id, Math.min(restatedFrom, earliestOf(takenOf(facts, now))));
      const device = this.#memory.cache.get(id);
      if (device !== undefined) news.add(device.attributes, ofDevice);
      if (loaded.has(id) || device === undefined) continue;
      this.#memory.touched.add(id);
      if (restatedFrom < NEVER) {
        reaches.set(id, restatedFrom);
        continue;
      }
      const wanted = facts.filter((fact) => isWanted(device, fact));
      if (wanted.length === 0) continue;
      const oldest = position <= device.lastChange ? device.tellAgain(wanted, now) : device.tell(wanted, now);
      if (oldest !== null) reaches.set(id, oldest);
    }
    await this.#read(client, reaches, told.devices);
    await this.#write(client, ids);
    await noteSiteNews(client, news.bySite, new Date(now));
  }

  /** Reads devices that are not remembered, and goes on with them where somebody stopped. */
  async #loadMissing(
    client: PoolClient,
    ids: readonly number[],
    told: ReadonlyMap<number, ToldDevice> = new Map(),
  ): Promise<ReadonlySet<number>> {
    const missing = ids.filter((id) => this.#memory.cache.get(id) === undefined);
    for (let at = 0; at < missing.length; at += LOADED_AT_ONCE) {
      const some = missing.slice(at, at + LOADED_AT_ONCE);
      await this.#read(client, new Map(some.map((id) => [id, NEVER])), told);
    }
    return new Set(missing);
  }

  /**
   * Reads devices from the database, each at least as far back as told, and finds again what follows from
   * what was told of them. All that is committed is known then, so this happens as of now.
   */
  async #read(
    client: PoolClient,
    reaches: ReadonlyMap<number, number>,
    told: ReadonlyMap<number, ToldDevice>,
  ): Promise<void> {
    const { clock } = this.#options;
    const { cache, touched, evaluatedTo } = this.#memory;
    let left = reaches;
    for (let reads = 0; left.size > 0; reads += 1) {
      if (reads > MAXIMUM_READS) throw new Error(`devices ${[...left.keys()].join(', ')} have no beginning`);
      const now = clock().getTime();
      const { devices, orphans } = await loadDevices(
        client,
        [...left.keys()],
        { from: evaluatedTo, now, reaches: left },
        { ...this.#options, rules: this.#rules },
      );
      if (orphans.length > 0) await writeAlerts(client, orphans, clock());
      const further = new Map<number, number>();
      for (const device of devices) {
        touched.add(device.id);
        cache.put(device);
        const oldest = device.begin(evaluatedTo, newsOf(device, told.get(device.id), now), now);
        if (oldest !== null) further.set(device.id, oldest);
      }
      left = further;
    }
  }

  async #write(client: PoolClient, ids: Iterable<number>): Promise<void> {
    const { cache, due, touched } = this.#memory;
    const now = this.#options.clock();
    const writes: AlertWrite[] = [];
    const parts: { readonly count: number; readonly written: (ids: readonly number[]) => void }[] = [];
    for (const id of ids) {
      const device = cache.get(id);
      if (device === undefined) continue;
      touched.add(id);
      due.set(id, device.dueAt);
      device.forget(now.getTime());
      cache.put(device);
      const part = device.ledger.writes();
      writes.push(...part.writes);
      if (part.writes.length > 0) parts.push({ count: part.writes.length, written: part.written });
    }
    const alertIds = await writeAlerts(client, writes, now);
    let at = 0;
    for (const { count, written } of parts) {
      written(alertIds.slice(at, at + count));
      at += count;
    }
    if (writes.length > 0) this.#options.onWritten(writes);
    cache.shrink();
  }
}
