import type { Pool } from '@veilleur/store';
import type { Expectation, ExpectedMeasurement } from './material.ts';

/** What the database holds against what was sent. Empty lists are the only good news. */
export interface Comparison {
  /** Sent and acknowledged by the broker, and not in the database. */
  readonly lost: readonly string[];
  /** In the database more than once. */
  readonly twice: readonly string[];
  /** In the database once, and not as it was sent. */
  readonly wrong: readonly string[];
  /** In the database, and never sent. */
  readonly unexpected: readonly string[];
}

export function isClean({ lost, twice, wrong, unexpected }: Comparison): boolean {
  return [lost, twice, wrong, unexpected].every((list) => list.length === 0);
}

/**
 * Compares the whole multiset: each frame with its payload, decoding and gateways, each device event,
 * each quarantined message with its bytes, each measurement with its value and time. What is known is
 * what the generator made; nothing of it went through the code under test.
 */
export async function compare(
  pool: Pool,
  expectations: readonly Expectation[],
  devEuiPrefix: string,
): Promise<Comparison> {
  const tally = new Tally();
  const found = await readDatabase(pool, devEuiPrefix);
  const measurements = new Map<string, ExpectedMeasurement & { readonly devEui: string }>();
  for (const expected of expectations) {
    if (expected.kind === 'quarantine') {
      tally.expectOne('quarantined', `${expected.topic} ${expected.payloadHex}`, found.quarantine);
      continue;
    }
    if (expected.kind === 'event') {
      tally.expectOne('event', `${expected.devEui}/${expected.event}/${expected.atMs}`, found.events);
    } else {
      const key = `${expected.devEui}/${expected.fCnt}/${expected.payloadHex}`;
      const row = tally.expectOne('frame', key, found.frames);
      if (row !== undefined && row.decoding !== expected.decoding) {
        tally.wrong.push(`frame ${key} is ${row.decoding}, not ${expected.decoding}`);
      }
      if (row !== undefined && row.gateways.toSorted().join() !== expected.gateways.toSorted().join()) {
        tally.wrong.push(`frame ${key} was heard by ${row.gateways.join()}, not ${expected.gateways.join()}`);
      }
    }
    for (const measurement of expected.measurements) {
      const { quantity, channel, timesMs } = measurement;
      const { devEui } = expected;
      // Histories overlap: what several frames tell is expected once.
      measurements.set(`${devEui}/${quantity}/${channel}/${timesMs?.[0] ?? 'untimed'}`, {
        devEui,
        ...measurement,
      });
    }
  }
  for (const { devEui, quantity, channel, timesMs, value } of measurements.values()) {
    const series = `${devEui}/${quantity}/${channel}`;
    const points = found.measurements.get(series);
    const times = timesMs ?? [...(points?.keys() ?? [])];
    const there = times.filter((timeMs) => points?.has(timeMs));
    if (there.length === 0) tally.lost.push(`measurement ${series}/${times[0] ?? 'untimed'}`);
    if (there.length > 1) tally.twice.push(`measurement ${series}/${there.join('+')}`);
    for (const timeMs of there) {
      const stored = points?.get(timeMs);
      if (stored !== value) tally.wrong.push(`measurement ${series}/${timeMs} is ${stored}, not ${value}`);
      points?.delete(timeMs);
    }
  }
  for (const [series, points] of found.measurements) {
    for (const timeMs of points.keys()) tally.unexpected.push(`measurement ${series}/${timeMs}`);
  }
  for (const key of found.frames.keys()) tally.unexpected.push(`frame ${key}`);
  for (const key of found.events.keys()) tally.unexpected.push(`event ${key}`);
  for (const key of found.quarantine.keys()) tally.unexpected.push(`quarantined ${key}`);
  const { lost, twice, wrong, unexpected } = tally;
  return { lost, twice, wrong, unexpected };
}

class Tally {
  readonly lost: string[] = [];
  readonly twice: string[] = [];
  readonly wrong: string[] = [];
  readonly unexpected: string[] = [];

  /** Takes the rows of a key out of what was found, and returns the first. */
  expectOne<T>(what: string, key: string, found: Map<string, T[]>): T | undefined {
    const rows = found.get(key) ?? [];
    found.delete(key);
    if (rows.length === 0) this.lost.push(`${what} ${key}`);
    if (rows.length > 1) this.twice.push(`${what} ${key}`);
    return rows[0];
  }
}

interface FrameRow {
  readonly decoding: string;
  readonly gateways: readonly string[];
}

async function readDatabase(pool: Pool, devEuiPrefix: string) {
  const rows = async <T extends unknown[]>(text: string) =>
    (await pool.query<T>({ text, values: [`${devEuiPrefix}%`], rowMode: 'array' })).rows;
  const frames = new Map<string, FrameRow[]>();
  for (const [key, decoding, gateways] of await rows<[string, string, string[]]>(
    `select dev_eui || '/' || f_cnt || '/' || encode(payload, 'hex'), decoding,
       jsonb_path_query_array(receptions, '$[*].gatewayId')
     from frame join device d on d.id = device_id where dev_eui like $1`,
  )) {
    append(frames, key, { decoding, gateways });
  }
  const events = new Map<string, true[]>();
  for (const [key] of await rows<[string]>(
    `select dev_eui || '/' || kind || '/' || round(extract(epoch from occurred_at) * 1000)
     from device_event join device d on d.id = device_id where dev_eui like $1`,
  )) {
    append(events, key, true);
  }
  const quarantine = new Map<string, true[]>();
  for (const [key] of await rows<[string]>(
    `select topic || ' ' || encode(payload, 'hex') from quarantine
     where topic like 'application/%/device/' || $1`,
  )) {
    append(quarantine, key, true);
  }
  // The table's unique constraint is on exactly this key, so a map loses nothing.
  const measurements = new Map<string, Map<number, number>>();
  for (const [series, timeMs, value] of await rows<[string, number, number]>(
    `select d.dev_eui || '/' || q.name || '/' || m.channel, (extract(epoch from m.time) * 1000)::float8, m.value
     from measurement m join device d on d.id = m.device_id join quantity q on q.id = m.quantity_id
     where dev_eui like $1`,
  )) {
    const points = measurements.get(series) ?? new Map<number, number>();
    if (points.has(timeMs)) throw new Error(`two measurements of ${series} at ${timeMs}`);
    measurements.set(series, points.set(timeMs, value));
  }
  return { frames, events, quarantine, measurements };
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Rows of frames, device events and quarantine together: how far the system has come. */
export async function countStored(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ stored: number }>(
    `select (select count(*) from frame) + (select count(*) from device_event)
       + (select count(*) from quarantine) as stored`,
  );
  return rows[0]?.stored ?? 0;
}
