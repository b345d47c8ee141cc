import { describe, expect, it } from 'vitest';
import {
  bytesPerDay,
  isOnThisMachine,
  judgeChunks,
  judgeClock,
  judgeSettings,
  judgeStorage,
} from './doctor-database.ts';

const GB = 1e9;
const SOUND = {
  maxConnections: 100,
  connections: 20,
  sharedBuffersBytes: 4 * GB,
  timeZone: 'Europe/Paris',
  fullPageWrites: true,
  autovacuum: true,
  dataDirectory: '/var/lib/postgresql/17/main',
};
const said = (findings: ReturnType<typeof judgeSettings>, verdict: string) =>
  findings.filter((one) => one.verdict === verdict).map(({ finding }) => finding);

describe("a server's settings", () => {
  it('are good where nothing is wrong', () => {
    const findings = judgeSettings(SOUND, 16 * GB);
    expect(said(findings, 'good')).toEqual([
      '20 of 100 connections are in use',
      'shared_buffers is 4.0 GB of 16 GB of memory',
      'it shows times in Europe/Paris; they are stored as moments, whatever it shows',
    ]);
    expect(findings).toHaveLength(3);
  });

  it.each([
    ['few connections', { maxConnections: 40 }, 'warning', /^20 of 40 connections .* too few/],
    ['connections that are almost all taken', { connections: 90 }, 'warning', /^90 of 100/],
    [
      'the shared_buffers of a fresh install',
      { sharedBuffersBytes: 0.128 * GB },
      'warning',
      /128 MB of 16 GB/,
    ],
    ['shared_buffers that leave no room', { sharedBuffersBytes: 12 * GB }, 'warning', /12 GB of 16 GB/],
    ['pages that may be torn', { fullPageWrites: false }, 'bad', /full_page_writes is off/],
    ['no autovacuum', { autovacuum: false }, 'warning', /autovacuum is off/],
  ] as const)('are not with %s', (_, wrong, verdict, sentence) => {
    const findings = judgeSettings({ ...SOUND, ...wrong }, 16 * GB);
    expect(said(findings, verdict)).toEqual([expect.stringMatching(sentence)]);
    expect(findings.every((one) => one.verdict === 'good' || one.remedy !== undefined)).toBe(true);
  });

  it('are not held against the memory of another machine', () => {
    expect(said(judgeSettings({ ...SOUND, sharedBuffersBytes: 0.1 * GB }, null), 'warning')).toEqual([]);
  });
});

it.each([
  [150, 10, 'good'],
  [-2500, 600, 'good'],
  [-2500, 100, 'warning'],
  [90_000, 5, 'bad'],
])('a clock that is %i ms ahead, give or take %i ms, is %s', (aheadMs, uncertaintyMs, verdict) => {
  expect(judgeClock({ aheadMs, uncertaintyMs }).verdict).toBe(verdict);
});

describe('the disk', () => {
  const now = new Date('2026-03-20T00:00:00Z');
  const part = (from: string, to: string, bytes: number) => ({
    name: 'x',
    from: new Date(from),
    to: new Date(to),
    bytes,
  });
  const tables = [
    {
      table: 'measurement',
      parts: [
        part('2026-02-26', '2026-03-05', 70 * GB),
        part('2026-03-05', '2026-03-12', 14 * GB),
        part('2026-03-12', '2026-03-19', 14 * GB),
        part('2026-03-19', '2026-03-26', 2 * GB),
      ],
    },
    { table: 'consumption_hour', parts: [part('2026-03-01', '2026-04-01', 19 * GB)] },
    { table: 'frame', parts: [] },
  ];
  const since = new Date('2026-01-01T00:00:00Z');
  const sizes = { databaseBytes: 120 * GB, tables, since, isChunked: true };

  it('lasts as long as what is free, at the pace of the last week', () => {
    // 16 GB in eight days, and 19 GB in nineteen.
    expect(bytesPerDay(tables, since, now)).toBeCloseTo(3 * GB, -3);
    expect(said(judgeStorage(sizes, 600 * GB, now), 'good')).toEqual([
      'the database has 120 GB; measurement 100 GB in 4 parts, the largest 70 GB; consumption_hour 19 GB in 1 parts, the largest 19 GB',
      'it grows by 3.0 GB a day; 600 GB are free, enough for 200 days',
    ]);
  });

  it.each([
    [100, 'warning', 33],
    [30, 'bad', 10],
  ] as const)('with %i GB left is a %s', (free, verdict, days) => {
    expect(said(judgeStorage(sizes, free * GB, now), verdict)).toEqual([
      expect.stringContaining(`enough for ${days} days`),
    ]);
  });

  it('is not forecast on the first day, nor from afar', () => {
    expect(judgeStorage({ ...sizes, since: new Date('2026-03-19T12:00:00Z') }, 30 * GB, now)).toHaveLength(1);
    expect(judgeStorage({ ...sizes, since: null }, 30 * GB, now)).toHaveLength(1);
    expect(said(judgeStorage(sizes, null, now), 'good')[1]).toMatch(/is not known here$/);
  });

  it('is written to in chunks that fit into a quarter of the memory, whatever was there long ago', () => {
    expect(judgeChunks(sizes, 128 * GB)).toEqual([]);
    expect(judgeChunks(sizes, 32 * GB)).toMatchObject([
      {
        verdict: 'warning',
        finding: 'a chunk of measurement has 14 GB, of 32 GB of memory: taking in grows slower with each',
        remedy: expect.stringContaining("set_chunk_time_interval('measurement', interval '3 days')"),
      },
      { finding: expect.stringContaining('a chunk of consumption_hour has 19 GB') },
    ]);
    expect(judgeChunks(sizes, 2 * GB)[0]?.remedy).toContain("'measurement', interval '6 hours'");
    expect(judgeChunks({ ...sizes, isChunked: false }, 2 * GB)).toEqual([]);
    expect(judgeChunks(sizes, null)).toEqual([]);
  });

  it('counts from the first device on, not from the beginning of a month', () => {
    const month = [{ table: 'frame', parts: [part('2026-03-01', '2026-04-01', 4 * GB)] }];
    expect(bytesPerDay(month, new Date('2026-03-18T00:00:00Z'), now)).toBeCloseTo(2 * GB, -3);
  });
});

it.each([
  ['postgres://localhost/veilleur', true],
  ['postgres://u:p@127.0.0.1:5433/veilleur', true],
  ['postgres://[::1]/veilleur', true],
  ['postgres:///veilleur', true],
  ['postgres://db.example.org/veilleur', false],
])('the database of %s is on this machine: %s', (url, isLocal) => {
  expect(isOnThisMachine(url)).toBe(isLocal);
});
