import { messageOf } from '@veilleur/domain';

import { FRANCE } from '../local-time.ts';
import type { OperatorProblem, OperatorReading } from '../reading.ts';
import type { OperatorApi } from './operator-api.ts';
import { Refused, type RetrySettings, Transport, USUAL_RETRIES, type World } from './transport.ts';

/** The day from which each point is asked for next, `2026-03-01`. A plain object, to be stored as JSON. */
export type PullCheckpoint = Readonly<Record<string, string>>;

export interface PullOptions {
  readonly api: OperatorApi;
  readonly points: Iterable<string>;
  /** The first day for a point without checkpoint. */
  readonly from: Temporal.PlainDate;
  /** Today is its local day: the operator has nothing of today. */
  readonly now: Date;
  readonly checkpoint?: PullCheckpoint;
  /** Days that are asked for again until they are this old: operators revise them. */
  readonly revisionDays?: number;
  readonly zone?: string;
  readonly world: World;
  readonly retry?: Partial<RetrySettings>;
  readonly signal?: AbortSignal;
}

export type PullItem =
  | OperatorReading
  | OperatorProblem
  /** The days before `upTo` of this point were given: store them with the checkpoint in one transaction. */
  | {
      readonly kind: 'pulled';
      readonly pointId: string;
      readonly upTo: string;
      readonly checkpoint: PullCheckpoint;
    }
  /** Nothing more of this point in this pull; the others go on. */
  | {
      readonly kind: 'point_failed';
      readonly pointId: string;
      readonly code: string;
      readonly reason: string;
      readonly remedy: string;
      readonly retryable: boolean;
    }
  | { readonly kind: 'pull_end'; readonly checkpoint: PullCheckpoint; readonly requests_retried: number };

/** Requests of one answer that could not be read, before the point is given up. */
const BROKEN_ANSWERS = 3;

/**
 * Asks an operator for each point's days, window by window, from where the checkpoint stands. A point
 * whose consent is missing, or whose answers can't be read, costs no other point anything.
 *
 * @throws VeilleurError `operator_credentials_refused`; `operator_unreachable` when the operator is away.
 */
export async function* pullOperator(options: PullOptions): AsyncGenerator<PullItem> {
  const { api, now, signal, zone = FRANCE, revisionDays = 3 } = options;
  const transport = new Transport(api, options.world, { ...USUAL_RETRIES, ...options.retry }, signal);
  const today = Temporal.Instant.fromEpochMilliseconds(now.getTime()).toZonedDateTimeISO(zone).toPlainDate();
  const settled = today.subtract({ days: revisionDays });
  let checkpoint: PullCheckpoint = { ...options.checkpoint };
  for (const pointId of options.points) {
    let from = Temporal.PlainDate.from(checkpoint[pointId] ?? options.from.toString());
    try {
      while (Temporal.PlainDate.compare(from, today) < 0) {
        signal?.throwIfAborted();
        const to = earlierOf(from.add({ days: api.limits.days }), today);
        yield* await windowOf(api, transport, pointId, from, to, now);
        checkpoint = { ...checkpoint, [pointId]: laterOf(from, earlierOf(to, settled)).toString() };
        yield { kind: 'pulled', pointId, upTo: to.toString(), checkpoint };
        from = to;
      }
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof UnreadableAnswer)) throw error;
      yield { kind: 'point_failed', pointId, ...failureOf(error) };
    }
  }
  yield { kind: 'pull_end', checkpoint, requests_retried: transport.retries };
}

/** A window's items: given only when all of its pages were read, so a broken answer gives nothing twice. */
async function windowOf(
  api: OperatorApi,
  transport: Transport,
  pointId: string,
  from: Temporal.PlainDate,
  to: Temporal.PlainDate,
  now: Date,
): Promise<(OperatorReading | OperatorProblem)[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pagesOf(api, transport, pointId, api.url(pointId, from, to), now);
    } catch (error) {
      if (error instanceof Refused && api.nothingThere(error.status, error.body)) return [];
      if (!(error instanceof UnreadableAnswer) || attempt >= BROKEN_ANSWERS) throw error;
    }
  }
}

async function pagesOf(api: OperatorApi, transport: Transport, pointId: string, first: string, now: Date) {
  const items: (OperatorReading | OperatorProblem)[] = [];
  const read = api.reader(now);
  const seen = new Set<string>();
  for (let url: string | null = first; url !== null && !seen.has(url); ) {
    seen.add(url);
    const page = await transport.page(url);
    for await (const item of read([page.body], { file: `${api.name} ${pointId}` })) {
      if (item.kind === 'end' || item.kind === 'checkpoint') continue;
      if (item.kind === 'problem' && BROKEN.has(item.code)) throw new UnreadableAnswer(item.reason);
      if (item.kind !== 'problem' && item.pointId !== pointId) {
        throw new UnreadableAnswer(`the answer is about ${item.pointId}`);
      }
      items.push(item);
    }
    url = page.next;
  }
  return items;
}

/** What makes an answer one to ask for again, rather than one with a bad line. */
const BROKEN: ReadonlySet<string> = new Set(['json_broken', 'json_without_readings', 'point_unknown']);

class UnreadableAnswer extends Error {}

function failureOf(error: Refused | UnreadableAnswer) {
  if (error instanceof UnreadableAnswer) {
    const remedy = 'The next pull asks for it again; if it stays, show the answer to the operator.';
    return { code: 'operator_answer_unreadable', reason: messageOf(error), remedy, retryable: true };
  }
  if (error.status === 403) {
    const remedy = "Ask the subscriber for consent, for this kind of data, on the operator's portal.";
    return { code: 'consent_missing', reason: said(error), remedy, retryable: false };
  }
  const remedy = 'Check the identifier of the point and the range of days.';
  return { code: 'operator_request_refused', reason: said(error), remedy, retryable: false };
}

const said = (error: Refused) => `HTTP ${error.status} ${error.body.slice(0, 200)}`.trim();

const earlierOf = (a: Temporal.PlainDate, b: Temporal.PlainDate) =>
  Temporal.PlainDate.compare(a, b) < 0 ? a : b;
const laterOf = (a: Temporal.PlainDate, b: Temporal.PlainDate) =>
  Temporal.PlainDate.compare(a, b) > 0 ? a : b;
