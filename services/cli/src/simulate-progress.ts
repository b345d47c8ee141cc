import type { Probe } from '@veilleur/simulators';
import { type Pool, storedAt, storedSince, tailEnd } from '@veilleur/store';
import type { Pipeline } from './simulate-pipeline.ts';

/** Changes that began before others that are committed already are looked for during so long. */
const LATE_COMMIT_MS = 10_000;
const PROBE_LIFE_MS = 120_000;
const MOST_PROBES = 2000;

export interface Latency {
  readonly probes: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** How much of what was published is stored, and how long that took: asked now and then. */
export class StoredWatch {
  readonly #pipeline: Pipeline;
  readonly #storedBefore: number;
  /** Positions of the tail by time; everything up to the first is in `#settled`. */
  readonly #positions: { readonly atMs: number; readonly position: number }[];
  #settled = 0;
  #stored = 0;
  /** When something new was last seen to be stored, by the monotonic clock. */
  lastStoredMs = 0;
  #probes: Probe[] = [];
  readonly #latencies: number[] = [];

  private constructor(pipeline: Pipeline, position: number) {
    this.#pipeline = pipeline;
    this.#storedBefore = pipeline.counts?.().stored ?? 0;
    this.#positions = [{ atMs: performance.now(), position }];
  }

  static async begin(pipeline: Pipeline): Promise<StoredWatch> {
    return new StoredWatch(pipeline, pipeline.pool === null ? 0 : await tailEnd(pipeline.pool));
  }

  /** New frames and device events since the beginning; null where nobody can tell. */
  get stored(): number | null {
    return this.#pipeline.pool === null ? null : this.#stored;
  }

  add(probes: readonly Probe[]): void {
    // Two clocks would measure their difference.
    if (!this.#pipeline.isLocal) return;
    this.#probes.push(...probes);
    if (this.#probes.length > MOST_PROBES) this.#probes = this.#probes.slice(-MOST_PROBES);
  }

  async look(): Promise<void> {
    const { pool, counts } = this.#pipeline;
    if (pool === null) return;
    const [first] = this.#positions;
    if (first === undefined) return;
    const { stored, position } = await storedSince(pool, first.position);
    const before = this.#stored;
    this.#stored = counts === null ? this.#settled + stored : counts().stored - this.#storedBefore;
    if (this.#stored > before) this.lastStoredMs = performance.now();
    await this.#measure(pool, first.position);
    const nowMs = performance.now();
    this.#positions.push({ atMs: nowMs, position });
    while ((this.#positions[1]?.atMs ?? nowMs) < nowMs - LATE_COMMIT_MS) {
      const [from, to] = this.#positions;
      if (from === undefined || to === undefined) return;
      this.#settled += (await storedSince(pool, from.position, to.position)).stored;
      this.#positions.shift();
    }
  }

  /** From publication to the end of the transaction's last statement, before its commit is on disk. */
  latency(): Latency | null {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return sorted.length === 0 ? null : { probes: sorted.length, p50_ms: at(0.5), p99_ms: at(0.99) };
  }

  async #measure(pool: Pool, position: number): Promise<void> {
    const asked = this.#probes.splice(0);
    if (asked.length === 0) return;
    const found = await storedAt(pool, position, asked);
    const oldestMs = Date.now() - PROBE_LIFE_MS;
    for (const [place, probe] of asked.entries()) {
      const at = found.get(place);
      if (at !== undefined) this.#latencies.push(Math.max(0, at.getTime() - probe.publishedAtMs));
      else if (probe.publishedAtMs > oldestMs) this.#probes.push(probe);
    }
  }
}
