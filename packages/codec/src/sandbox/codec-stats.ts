import type { SandboxResult } from './call.ts';

export interface CodecStats {
  readonly calls: number;
  readonly returned: number;
  readonly threw: number;
  /** All refusals, kills and holds among them. */
  readonly refused: number;
  /** Times that the codec hung so that its thread had to be ended. */
  readonly kills: number;
  readonly totalMs: number;
  readonly maxMs: number;
  readonly onHoldSince: Date | null;
}

type Counts = { -readonly [Name in Exclude<keyof CodecStats, 'onHoldSince'>]: number };

/** What each codec has cost since the sandbox was created. */
export class StatsByCodec {
  readonly #counts = new Map<string, Counts>();

  record(codecId: string, result: SandboxResult): void {
    const counts = this.#counts.get(codecId) ?? {
      calls: 0,
      returned: 0,
      threw: 0,
      refused: 0,
      kills: 0,
      totalMs: 0,
      maxMs: 0,
    };
    this.#counts.set(codecId, counts);
    counts.calls += 1;
    counts[result.outcome] += 1;
    if (result.outcome === 'refused' && result.code === 'worker_killed') counts.kills += 1;
    counts.totalMs += result.durationMs;
    counts.maxMs = Math.max(counts.maxMs, result.durationMs);
  }

  read(onHoldSince: (codecId: string) => Date | null): Map<string, CodecStats> {
    return new Map(
      Array.from(this.#counts, ([id, counts]) => [id, { ...counts, onHoldSince: onHoldSince(id) }]),
    );
  }
}
