import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, VeilleurError } from '@veilleur/domain';
import { connectAsync } from 'mqtt';
import type { Output } from './output.ts';
import { type RecordedEvent, readTrace } from './recorded-trace.ts';

export interface ReplayOptions {
  readonly mqttUrl: string;
  /** 1: the pace of the recording; 60: an hour a minute; null: as fast as the broker takes it. */
  readonly speed: number | null;
  readonly inFlight: number;
}

export interface ReplayReport {
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

/**
 * Publishes a recorded trace at QoS 1, and returns when the broker has acknowledged every event.
 *
 * @throws VeilleurError `trace_not_found`, `trace_line_invalid`, `mqtt_unreachable`.
 */
export async function replayEvents(
  file: string,
  options: ReplayOptions,
  output: Output,
): Promise<ReplayReport> {
  if (!existsSync(file)) {
    throw new VeilleurError('trace_not_found', `${file} does not exist`, {
      remedy: 'Name an .ndjson or .ndjson.gz file.',
    });
  }
  const total = await countEvents(file);
  const client = await connectAsync(options.mqttUrl, { reconnectPeriod: 500 }, false).catch(
    (thrown: unknown) => {
      throw new VeilleurError('mqtt_unreachable', `no broker at ${options.mqttUrl}: ${messageOf(thrown)}`, {
        remedy: 'Start one (npm start brings one along), or name another with --mqtt.',
      });
    },
  );
  const progress = output.progress('events', total);
  const startMs = performance.now();
  const open = new Set<Promise<unknown>>();
  let failure: unknown;
  let events = 0;
  try {
    for await (const event of paced(readTrace(file), options.speed)) {
      const sent = client
        .publishAsync(event.topic, event.payload, { qos: 1 })
        .then(() => progress.increment())
        .catch((thrown: unknown) => {
          failure ??= thrown;
        })
        .finally(() => open.delete(sent));
      open.add(sent);
      events += 1;
      if (open.size >= options.inFlight) await Promise.race(open);
      if (failure !== undefined) throw failure;
    }
    await Promise.all(open);
    if (failure !== undefined) throw failure;
  } finally {
    progress.stop();
    await client.endAsync();
  }
  const seconds = (performance.now() - startMs) / 1000;
  return { events, seconds, eventsPerSecond: Math.round(events / seconds) };
}

/** Reading twice is cheap beside publishing, and a progress bar without an end is none. */
async function countEvents(file: string): Promise<number> {
  if ((await stat(file)).isDirectory()) {
    throw new VeilleurError('trace_not_found', `${file} is a folder`, {
      remedy: 'Name an .ndjson or .ndjson.gz file.',
    });
  }
  let count = 0;
  for await (const _ of readTrace(file)) count += 1;
  return count;
}

async function* paced(
  trace: AsyncIterable<RecordedEvent>,
  speed: number | null,
): AsyncGenerator<RecordedEvent> {
  let first: { readonly atMs: number; readonly startedMs: number } | undefined;
  for await (const event of trace) {
    if (speed !== null && event.atMs !== null) {
      first ??= { atMs: event.atMs, startedMs: performance.now() };
      const dueMs = first.startedMs + (event.atMs - first.atMs) / speed;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await delay(waitMs);
    }
    yield event;
  }
}
