import { existsSync } from 'node:fs';
import { type DevEui, VeilleurError } from '@veilleur/domain';
import { readLnsMessage } from '@veilleur/lns';
import {
  areStored,
  type EvidenceSource,
  type Gap,
  isInGap,
  type Pool,
  type RecordedUplink,
  storedCounts,
} from '@veilleur/store';
import { RecordCoverage } from './record-coverage.ts';
import { readTrace } from './recorded-trace.ts';

/** What a record of the LNS's events says of a span, beside what is here. */
export interface RecordEvidence extends EvidenceSource {
  readonly uplinks: number;
  /** Uplinks that name no time: nothing can be told of them. */
  readonly untimed: number;
  /** How often the record has an uplink again: another delivery, or another replica's. */
  readonly again: ReadonlyMap<DevEui, number>;
  /** Uplinks that are not here and lie in none of the gaps: after the last frame of a device, or of one never heard. */
  beyond(): ReadonlyMap<DevEui, readonly RecordedUplink[]>;
}

const COMPARED_TOGETHER = 5000;
/** An uplink comes again soon after: so many counters back are remembered for each device. */
const REMEMBERED_COUNTERS = 16;

/**
 * Compares a recorded event log of the LNS (as `veilleur replay-events` reads it) with what is stored.
 * Memory holds what is not here, and a few counters for each device, never the file.
 *
 * That the record lacks a counter proves that the LNS did not hear it only where the record is whole. Of a
 * device it is taken for whole, from its first line to its last but for its long silences, if it has every
 * frame of it that is here.
 *
 * @throws VeilleurError `trace_not_found`, `trace_line_invalid`
 */
export async function readLnsRecord(
  pool: Pool,
  file: string,
  { since, until }: { readonly since: Date; readonly until: Date },
): Promise<RecordEvidence> {
  if (!existsSync(file)) {
    throw new VeilleurError('trace_not_found', `${file} does not exist`, {
      remedy: 'Name an .ndjson or .ndjson.gz file with an event of the network server a line.',
    });
  }
  const absent = new Map<DevEui, RecordedUplink[]>();
  const present = new Map<DevEui, number>();
  const again = new Map<DevEui, number>();
  const seen = new Map<DevEui, number[]>();
  let uplinks = 0;
  let untimed = 0;
  const coverage = new RecordCoverage();
  let batch: RecordedUplink[] = [];
  const compare = async () => {
    const stored = batch.length === 0 ? [] : await areStored(pool, batch);
    batch.forEach((uplink, i) => {
      if (stored[i]) add(present, uplink.devEui);
      else absent.set(uplink.devEui, [...(absent.get(uplink.devEui) ?? []), uplink]);
    });
    batch = [];
  };

  for await (const { topic, payload } of readTrace(file)) {
    const reading = readLnsMessage(topic, Buffer.from(payload));
    if (reading.outcome === 'event' && reading.event.occurredAt !== null)
      coverage.add(reading.event.occurredAt);
    if (reading.outcome !== 'frame') continue;
    uplinks += 1;
    const { device, fCnt, receivedAt: at } = reading.frame;
    if (at === null) {
      untimed += 1;
      continue;
    }
    coverage.add(at);
    if (at < since || at >= until) continue;
    const counters = seen.get(device.devEui) ?? [];
    if (counters.includes(fCnt)) {
      add(again, device.devEui);
      continue;
    }
    seen.set(device.devEui, [...counters.slice(1 - REMEMBERED_COUNTERS), fCnt]);
    batch.push({ devEui: device.devEui, fCnt, at });
    if (batch.length >= COMPARED_TOGETHER) await compare();
  }
  await compare();

  const recorded = coverage.spans();
  const whole = spanWithin({ from: recorded[0]?.from, to: recorded.at(-1)?.to }, { since, until });
  const here = whole === null ? new Map<DevEui, number>() : await storedCounts(pool, whole);
  const inGaps = new Set<RecordedUplink>();
  return {
    uplinks,
    untimed,
    again,
    of: (devEui: DevEui, gaps: readonly Gap[]) => {
      const heard = (absent.get(devEui) ?? []).map((uplink) => {
        if (gaps.some((gap) => isInGap(gap, uplink))) inGaps.add(uplink);
        return { fCnt: uplink.fCnt, at: uplink.at, why: 'in_record' as const };
      });
      const known = present.get(devEui) ?? 0;
      const isWhole = known > 0 && known >= (here.get(devEui) ?? 0);
      return Promise.resolve({ heard, recorded: isWhole ? recorded : [] });
    },
    beyond: () =>
      new Map(
        [...absent].flatMap(([devEui, missing]) => {
          const outside = missing.filter((uplink) => !inGaps.has(uplink));
          return outside.length === 0 ? [] : [[devEui, outside] as const];
        }),
      ),
  };
}

function add(counts: Map<DevEui, number>, devEui: DevEui): void {
  counts.set(devEui, (counts.get(devEui) ?? 0) + 1);
}

function spanWithin(
  { from, to }: { readonly from: Date | undefined; readonly to: Date | undefined },
  { since, until }: { readonly since: Date; readonly until: Date },
): { readonly from: Date; readonly to: Date } | null {
  if (from === undefined || to === undefined) return null;
  const span = { from: from > since ? from : since, to: to < until ? to : until };
  return span.from > span.to ? null : span;
}
