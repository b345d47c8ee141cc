import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  compileRule,
  type DeviceRule,
  DeviceWatches,
  type Fact,
  History,
  isDeviceRule,
  loadRules,
  type RuleChange,
  TEMPLATES,
  Watch,
} from '@veilleur/rules';
import { describe, expect, it } from 'vitest';
import { realData } from '../support/repository.ts';

const EXCERPT = fileURLToPath(new URL('excerpts/ampds2-hourly.csv', import.meta.url));
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const PLACE = { zone: 'America/Vancouver', position: null };
/** A frame tells sixteen hours, and the next one half of them again. */
const FRAME_HOURS = 16;
const FRAME_EVERY_HOURS = 8;

interface Reading {
  readonly time: number;
  readonly water_L: number;
}

async function hourlyReadings(): Promise<Reading[]> {
  const lines = (await readFile(EXCERPT, 'utf8')).trim().split('\n').slice(1);
  return lines.map((line) => {
    const [at_s = 0, water_L = 0] = line.split(',').map(Number);
    return { time: at_s * 1000, water_L };
  });
}

/** The same house with so many litres an hour more, from a moment on; whole litres, as its meter counts. */
function withLeak(readings: readonly Reading[], from: number, leak_L_per_h: number): Reading[] {
  return readings.map(({ time, water_L }) => ({
    time,
    water_L: Math.floor(water_L + (Math.max(0, time - from) * leak_L_per_h) / HOUR_MS),
  }));
}

interface Delivery {
  readonly heardAt: number;
  readonly readings: readonly Reading[];
}

/** As a meter tells it: the log of some hours in each frame; of `lost` frames every n-th never comes. */
function inFrames(readings: readonly Reading[], lost: number): Delivery[] {
  const frames: Delivery[] = [];
  for (let last = FRAME_HOURS - 1; last < readings.length; last += FRAME_EVERY_HOURS) {
    const heardAt = (readings[last]?.time ?? 0) + 7_000;
    frames.push({ heardAt, readings: readings.slice(last - FRAME_HOURS + 1, last + 1) });
  }
  return frames.filter((_, n) => lost === 0 || n % lost !== lost - 1);
}

/** Every shipped rule that speaks of water, as it is shipped. */
function leakRules(): DeviceRule[] {
  const names = TEMPLATES.map(({ name }) => name).filter((name) => /^(water-|burst)/.test(name));
  const { rules, problems } = loadRules(JSON.stringify(names.map((name) => ({ name, template: name }))));
  expect(problems).toEqual([]);
  expect(names).toEqual(
    expect.arrayContaining(['water-leak', 'water-leak-night', 'water-past-years', 'burst']),
  );
  return rules.filter(isDeviceRule);
}

interface Known {
  readonly rule: string;
  readonly at: number;
  readonly knownAt: number;
}

/** What is raised, and when it is known: frame by frame, with the timers in between. */
function raisedOf(deliveries: readonly Delivery[], rules = leakRules()): Known[] {
  const watches = new DeviceWatches(
    new History(),
    rules.map(
      (rule) => new Watch(compileRule(rule, { isHoliday: () => false }), PLACE, Number.NEGATIVE_INFINITY, []),
    ),
    Number.NEGATIVE_INFINITY,
  );
  const raised: Known[] = [];
  const note = (changes: readonly RuleChange[], knownAt: number) => {
    for (const { rule, change } of changes) {
      if (change.kind === 'raised') raised.push({ rule: rule.name, at: change.at, knownAt });
    }
  };
  for (const { heardAt, readings } of deliveries) {
    for (let due = watches.dueAt; due < heardAt; due = watches.dueAt) note(watches.advance(due), due);
    const facts = readings.map(
      ({ time, water_L }): Fact => ({
        kind: 'measurement',
        quantity: 'water_volume',
        channel: 0,
        time,
        value: water_L / 1000,
      }),
    );
    const told = watches.tell([{ kind: 'heard', time: heardAt }, ...facts], heardAt);
    if (told.kind === 'told') note(told.changes, heardAt);
  }
  return raised;
}

describe('69 days of a real house without a leak (AMPds2, CC BY 4.0)', () => {
  it.each([
    ['when every frame comes', 0],
    ['when every fifth frame is lost', 5],
    ['when every second frame is lost', 2],
  ])('raise no leak alert %s', async (_when, lost) => {
    const readings = await hourlyReadings();
    expect((readings.at(-1)?.time ?? 0) - (readings[0]?.time ?? 0)).toBeGreaterThan(69 * DAY_MS);
    expect(raisedOf(inFrames(readings, lost))).toEqual([]);
  });

  it.each([
    ['20 L/h, a toilet', 20, 0],
    ['20 L/h, with every fifth frame lost', 20, 5],
    ['14 L/h, the valve of a water heater', 14, 0],
    ['3.4 L/h, a tap that drips', 3.4, 0],
  ])('raise one within 48 hours of a leak of %s', async (_what, leak_L_per_h, lost) => {
    const readings = await hourlyReadings();
    const from = (readings[0]?.time ?? 0) + 40 * DAY_MS;
    const raised = raisedOf(inFrames(withLeak(readings, from, leak_L_per_h), lost));
    expect(raised.map(({ rule }) => rule)).toContain('water-leak');
    for (const { at } of raised) expect(at).toBeGreaterThan(from);
    const hours = (Math.min(...raised.map(({ knownAt }) => knownAt)) - from) / HOUR_MS;
    expect(hours).toBeLessThanOrEqual(48);
  });

  it('raise a burst of 900 L/h within hours, and not the night rule for one night', async () => {
    const readings = await hourlyReadings();
    const from = (readings[0]?.time ?? 0) + 40 * DAY_MS;
    const burst = withLeak(readings, from, 900).filter(({ time }) => time <= from + 20 * HOUR_MS);
    const raised = raisedOf(inFrames(burst, 0));
    expect(raised[0]?.rule).toBe('burst');
    expect(raised.map(({ rule }) => rule)).not.toContain('water-leak-night');
    expect((raised[0]?.at ?? 0) - from).toBeLessThanOrEqual(3 * HOUR_MS);
  });

  const whole = realData('ampds2/Water_WHW-1.csv.gz');
  it.skipIf(whole === null)(
    'raise none by the minute either, and find the leak there',
    { timeout: 120_000 },
    async () => {
      const lines = gunzipSync(await readFile(whole ?? ''))
        .toString()
        .trim()
        .split('\n')
        .slice(1);
      const readings = lines.map((line): Reading => {
        const [at_s = 0, water_L = 0] = line.split(',').map(Number);
        return { time: at_s * 1000, water_L: Math.floor(water_L) };
      });
      // A pulse counter that reports every five minutes.
      const told = readings.filter(({ time }) => time % 300_000 === 0);
      const live = (some: readonly Reading[]) =>
        some.map((reading) => ({ heardAt: reading.time, readings: [reading] }));
      expect(raisedOf(live(told))).toEqual([]);
      const from = (told[0]?.time ?? 0) + 40 * DAY_MS;
      const [first] = raisedOf(live(withLeak(told, from, 20)));
      expect(((first?.knownAt ?? Number.POSITIVE_INFINITY) - from) / HOUR_MS).toBeLessThanOrEqual(48);
    },
  );
});
