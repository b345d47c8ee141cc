import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import {
  clockSkew,
  type Pool,
  type ServerSettings,
  type StoredSizes,
  serverSettings,
  storedSizes,
} from '@veilleur/store';
import type { Finding } from './doctor-finding.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What a bridge, consumption, alerting, an API and Grafana open together, with room for people. */
const CONNECTIONS_WANTED = 60;
const SKEW_WARNING_MS = 2000;
const SKEW_BAD_MS = 60_000;
/** A growth is told from so many days at least. */
const GROWTH_DAYS = 7;
const DAYS_LEFT_WARNING = 90;
const DAYS_LEFT_BAD = 14;

/** Looks at a server that answers: its settings, its clock, what is stored, and how long the disk lasts. */
export async function judgeServer(
  pool: Pool,
  url: string,
  { isMigrated, now }: { readonly isMigrated: boolean; readonly now: Date },
): Promise<Finding[]> {
  const settings = await serverSettings(pool);
  const isLocal = isOnThisMachine(url);
  const memoryBytes = isLocal ? totalmem() : null;
  const findings = [...judgeSettings(settings, memoryBytes), judgeClock(await clockSkew(pool))];
  if (!isMigrated) return findings;
  const freeBytes = isLocal ? await freeBytesAt(settings.dataDirectory) : null;
  const sizes = await storedSizes(pool);
  return [...findings, ...judgeStorage(sizes, freeBytes, now), ...judgeChunks(sizes, memoryBytes)];
}

const say = (
  check: Finding['check'],
  verdict: Finding['verdict'],
  finding: string,
  remedy?: string,
): Finding => ({ check, verdict, finding, ...(remedy === undefined ? {} : { remedy }) });

/** @param memoryBytes of the database's machine; null: it is another one than this. */
export function judgeSettings(
  { maxConnections, connections, sharedBuffersBytes, timeZone, fullPageWrites, autovacuum }: ServerSettings,
  memoryBytes: number | null,
): Finding[] {
  const findings: Finding[] = [];
  const used = `${connections} of ${maxConnections} connections are in use`;
  if (maxConnections < CONNECTIONS_WANTED || connections > 0.8 * maxConnections) {
    const remedy = `Set max_connections to ${Math.max(100, 2 * connections)} in postgresql.conf, and restart it.`;
    findings.push(say('database', 'warning', `${used}: too few for all parts at once`, remedy));
  } else findings.push(say('database', 'good', used));
  const share = memoryBytes === null ? null : sharedBuffersBytes / memoryBytes;
  const buffers = `shared_buffers is ${sizeText(sharedBuffersBytes)}`;
  if (memoryBytes === null || share === null) findings.push(say('database', 'good', buffers));
  else {
    const finding = `${buffers} of ${sizeText(memoryBytes)} of memory`;
    const remedy = `Set shared_buffers to ${sizeText(memoryBytes / 4)}, a quarter of the memory, in postgresql.conf.`;
    findings.push(
      share < 0.05 || share > 0.5
        ? say('database', 'warning', finding, remedy)
        : say('database', 'good', finding),
    );
  }
  if (!fullPageWrites) {
    const remedy = 'Set full_page_writes to on in postgresql.conf.';
    findings.push(say('database', 'bad', 'full_page_writes is off: a power cut can tear pages', remedy));
  }
  if (!autovacuum) {
    const remedy = 'Set autovacuum to on in postgresql.conf: the tail and checkpoints are rewritten all day.';
    findings.push(say('database', 'warning', 'autovacuum is off: tables grow without end', remedy));
  }
  findings.push(
    say('database', 'good', `it shows times in ${timeZone}; they are stored as moments, whatever it shows`),
  );
  return findings;
}

/** Estimates, silences and the age of data hang on the clocks; the skew is known to half a round trip. */
export function judgeClock({
  aheadMs,
  uncertaintyMs,
}: {
  readonly aheadMs: number;
  readonly uncertaintyMs: number;
}): Finding {
  const sureMs = Math.max(0, Math.abs(aheadMs) - uncertaintyMs);
  if (sureMs < SKEW_WARNING_MS) {
    return say(
      'clock',
      'good',
      `the database's clock and this one differ by less than ${SKEW_WARNING_MS / 1000} s`,
    );
  }
  const seconds = (sureMs / 1000).toFixed(1);
  return say(
    'clock',
    sureMs < SKEW_BAD_MS ? 'warning' : 'bad',
    `the database's clock is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this one`,
    'Run chrony or systemd-timesyncd on both machines: rules and estimates go by the clock.',
  );
}

/** @param freeBytes on the disk of the database; null: not known here. */
export function judgeStorage(
  { databaseBytes, tables, since }: StoredSizes,
  freeBytes: number | null,
  now: Date,
): Finding[] {
  const shown = tables.flatMap(({ table, parts }) => {
    if (parts.length === 0) return [];
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    const largest = parts.reduce((most, part) => Math.max(most, part.bytes), 0);
    return [`${table} ${sizeText(bytes)} in ${parts.length} parts, the largest ${sizeText(largest)}`];
  });
  const findings = [
    say('storage', 'good', [`the database has ${sizeText(databaseBytes)}`, ...shown].join('; ')),
  ];
  const perDay = bytesPerDay(tables, since, now);
  if (perDay === null) return findings;
  const growth = `it grows by ${sizeText(perDay)} a day`;
  if (freeBytes === null) {
    return [...findings, say('storage', 'good', `${growth}; how much disk is free there is not known here`)];
  }
  const daysLeft = Math.floor(freeBytes / perDay);
  const finding = `${growth}; ${sizeText(freeBytes)} are free, enough for ${daysLeft} days`;
  const verdict = daysLeft < DAYS_LEFT_BAD ? 'bad' : daysLeft < DAYS_LEFT_WARNING ? 'warning' : 'good';
  const remedy = 'A larger disk, or less that is kept: KEEP_FRAMES_DAYS and the like (docs/operations.md).';
  return [
    ...findings,
    verdict === 'good' ? say('storage', verdict, finding) : say('storage', verdict, finding, remedy),
  ];
}

const CHUNK_HOURS = [72, 48, 24, 12, 6, 3];

/**
 * A row goes into its device's place of the index: where the index of the chunk that is being written does not
 * stay in memory, each row waits for a page.
 *
 * @param memoryBytes of the database's machine; null: it is another one than this.
 */
export function judgeChunks(
  { tables, isChunked }: Pick<StoredSizes, 'tables' | 'isChunked'>,
  memoryBytes: number | null,
): Finding[] {
  if (memoryBytes === null || !isChunked) return [];
  return tables.flatMap(({ table, parts }) => {
    // The last one may just have begun.
    const [part] = parts.slice(-2).sort((a, b) => b.bytes - a.bytes);
    if (part === undefined || part.bytes <= memoryBytes / 4) return [];
    const hours = (part.to.getTime() - part.from.getTime()) / HOUR_MS;
    const fitting = (hours * memoryBytes) / 4 / part.bytes;
    const wanted = CHUNK_HOURS.find((some) => some <= fitting) ?? 1;
    const span = wanted >= 24 ? `${wanted / 24} days` : `${wanted} hours`;
    return [
      say(
        'storage',
        'warning',
        `a chunk of ${table} has ${sizeText(part.bytes)}, of ${sizeText(memoryBytes)} of memory: taking in grows slower with each`,
        `With psql: select set_chunk_time_interval('${table}', interval '${span}'); it holds from the next chunk on.`,
      ),
    ];
  });
}

/**
 * How fast the tables grow, from their newest parts, which are as many as reach back a week; null: there is
 * less than a day to judge by.
 */
export function bytesPerDay(tables: StoredSizes['tables'], since: Date | null, now: Date): number | null {
  if (since === null || now.getTime() - since.getTime() < DAY_MS) return null;
  let perDay = 0;
  for (const { parts } of tables) {
    let bytes = 0;
    let from = now.getTime();
    for (const part of parts.filter((one) => one.from < now).toReversed()) {
      if (now.getTime() - from >= GROWTH_DAYS * DAY_MS) break;
      bytes += part.bytes;
      from = Math.min(from, Math.max(part.from.getTime(), since.getTime()));
    }
    if (bytes > 0 && from < now.getTime()) perDay += (bytes * DAY_MS) / (now.getTime() - from);
  }
  return perDay > 0 ? perDay : null;
}

/** By loopback or by a socket. */
export function isOnThisMachine(url: string): boolean {
  const host = new URL(url).hostname;
  return host === '' || host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}

async function freeBytesAt(folder: string | null): Promise<number | null> {
  if (folder === null) return null;
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    // It lies in a container, or nobody else may look.
    return null;
  }
}

function sizeText(bytes: number): string {
  const [unit, size] = bytes >= 1e9 ? ['GB', 1e9] : bytes >= 1e6 ? ['MB', 1e6] : (['kB', 1e3] as const);
  const count = bytes / Number(size);
  return `${count < 10 ? count.toFixed(1) : Math.round(count)} ${unit}`;
}
