import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import {
  enedisApi,
  grdfApi,
  type OperatorApi,
  type PullCheckpoint,
  type PullItem,
  pullOperator,
  type RetrySettings,
  type World,
} from '@veilleur/operators';
import { beginImport, JobFailure, type Pool, pointsOfOperator, unknownPoints } from '@veilleur/store';
import { type ImportItem, importReadings } from './import-readings.ts';
import type { OperatorSource } from './operators-file.ts';
import { type PullDetail, PullTally } from './pull-tally.ts';

export interface PullDependencies {
  readonly pool: Pool;
  readonly now: Date;
  readonly clock: () => Date;
  readonly signal?: AbortSignal | undefined;
  readonly world?: World;
  readonly retry?: Partial<RetrySettings>;
  /** How many points are asked for, and then each one that is through. */
  readonly progress?: { begin(points: number): void; through(): void };
  /** Told after each commit. */
  readonly onStored?: (stored: { readonly readings: number; readonly changed: number }) => void;
}

const REAL_WORLD: World = {
  clock: () => Date.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal === undefined ? {} : { signal }),
  random: Math.random,
};

/**
 * Pulls a source from where the last pull of it got to, window by window, each stored with the day from
 * which the next pull goes on, in one transaction.
 *
 * @throws JobFailure When the operator refuses us or is away, or no point could be pulled; what was stored
 *   until then stays.
 */
export async function pullSource(
  source: OperatorSource,
  dependencies: PullDependencies,
): Promise<PullDetail> {
  const { pool, now, clock, signal, world = REAL_WORLD, retry, progress } = dependencies;
  const api = apiOf(source);
  const tally = new PullTally();
  const points = await pointsToAsk(pool, source, tally);
  tally.points = points.length;
  progress?.begin(points.length);
  const run = await beginImport(pool, {
    source: `pull:${source.name}`,
    format: api.name,
    // An earlier first day asks for everything again: what is known already changes nothing.
    digest: `since ${source.since}`,
    now,
  });
  const pulled = pullOperator({
    api,
    points,
    from: Temporal.PlainDate.from(source.since),
    now,
    checkpoint: (run.checkpoint as PullCheckpoint | null) ?? {},
    revisionDays: source.revisionDays,
    world,
    ...(retry === undefined ? {} : { retry }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await importReadings(itemsOf(pulled, tally, progress), {
      pool,
      importId: run.id,
      clock,
      addPoints: source.addPoints,
      onProblem: () => {},
      onStored: (stored) => {
        tally.stored(stored);
        dependencies.onStored?.(stored);
      },
    });
  } catch (thrown) {
    throw failureOf(thrown, source, tally, signal);
  }
  const [first] = tally.failed;
  if (first !== undefined && tally.isWithoutSuccess) {
    const { code, reason, remedy, point } = first;
    const message = `${source.name}: none of its points could be pulled; ${point}: ${reason}`;
    throw new JobFailure(message, { ...tally.detail(), code, remedy });
  }
  return tally.detail();
}

function apiOf(source: OperatorSource): OperatorApi {
  switch (source.operator) {
    case 'enedis':
      return enedisApi(source);
    case 'grdf':
      return grdfApi(source);
  }
}

const KINDS = { enedis: 'prm', grdf: 'pce' } as const;

/** A point that is not ours is not asked for: its readings would have no place. */
async function pointsToAsk(
  pool: Pool,
  { points, operator, addPoints }: OperatorSource,
  tally: PullTally,
): Promise<readonly string[]> {
  if (points === 'all') return pointsOfOperator(pool, { kind: KINDS[operator], operator });
  const unknown = new Set(addPoints ? [] : await unknownPoints(pool, points));
  for (const point of unknown) {
    tally.fail({
      point,
      code: 'point_unknown',
      reason: 'there is no such metering point',
      remedy: `Add it with veilleur point add ${point}, or let the source add its points: addPoints.`,
    });
  }
  return points.filter((point) => !unknown.has(point));
}

/** A pull as an import takes it: a window ends with a checkpoint. */
async function* itemsOf(
  pulled: AsyncIterable<PullItem>,
  tally: PullTally,
  progress: PullDependencies['progress'],
): AsyncGenerator<ImportItem> {
  let current: string | null = null;
  const through = (next: string | null) => {
    if (current !== null && next !== current) progress?.through();
    current = next;
  };
  for await (const item of pulled) {
    switch (item.kind) {
      case 'pulled':
        through(item.pointId);
        yield { kind: 'checkpoint', checkpoint: item.checkpoint };
        // Whoever asks for the next item has stored this window.
        tally.upTo(item.pointId, item.upTo);
        break;
      case 'point_failed': {
        through(item.pointId);
        const { pointId: point, code, reason, remedy } = item;
        tally.fail({ point, code, reason, remedy });
        break;
      }
      case 'pull_end':
        through(null);
        tally.retries = item.requests_retried;
        break;
      case 'problem':
        tally.problem(item);
        yield item;
        break;
      default:
        tally.reading(item);
        yield item;
    }
  }
}

function failureOf(
  thrown: unknown,
  { name }: OperatorSource,
  tally: PullTally,
  signal: AbortSignal | undefined,
): JobFailure {
  if (signal?.aborted === true) {
    const detail = { ...tally.detail(), code: 'pull_stopped', remedy: 'The next pull goes on from there.' };
    return new JobFailure(`${name}: stopped before its end`, detail, thrown);
  }
  const known =
    thrown instanceof VeilleurError
      ? { code: thrown.code, ...(thrown.remedy === undefined ? {} : { remedy: thrown.remedy }) }
      : {};
  return new JobFailure(`${name}: ${messageOf(thrown)}`, { ...tally.detail(), ...known }, thrown);
}
