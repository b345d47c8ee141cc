import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { planRun } from './run-plan.ts';
import { scenarioJsonSchema } from './scenario.ts';
import { loadScenario, parseScenario, SCENARIOS, shippedScenarios } from './scenario-file.ts';
import { createSource } from './source.ts';

const NOW = new Date('2026-11-23T10:20:00Z');

const LEAST = `name: least
description: { en: Least, fr: Le moins }
city: { installedAt: "2026-03-01" }
`;

describe('a scenario that comes along', () => {
  it('is there under each name that the documentation names', async () => {
    const names = (await shippedScenarios()).map(({ name }) => name);
    expect(names).toEqual(['demo', 'leak-week', 'million-meters', 'mulhouse', 'storm', 'winter']);
  });

  it('says what it is for and what one sees, and is named as its file', async () => {
    for (const { name } of await shippedScenarios()) {
      const text = await readFile(`${SCENARIOS}${name}.yaml`, 'utf8');
      expect(text).toContain(`# ${name}: `);
      expect(text).toContain('One sees');
    }
  });

  it.each(['demo', 'leak-week', 'storm', 'winter'])('%s becomes a city that sends', async (name) => {
    // A storm is whole, or none.
    const part = name === 'storm' ? { devices: { share: 0.05 } } : { days: 0.05 };
    const source = await createSource(planRun(await loadScenario(name), part, NOW));
    let frames = 0;
    for (const event of source.events()) if (event.kind === 'frame') frames += 1;
    expect(frames).toBeGreaterThan(100);
  });

  it('mulhouse is the city of the issue, and a fiftieth of it is a fiftieth', async () => {
    const scenario = await loadScenario('mulhouse');
    const { city } = planRun(scenario, {}, NOW);
    expect(city).toMatchObject({
      households: { count: 10_000, gas: 0.5, electricity: 0.5 },
      lighting: { luminaires: 14_600 },
    });
    const fiftieth = planRun(scenario, { devices: { share: 0.02 } }, NOW);
    expect(fiftieth.city).toMatchObject({ households: { count: 200 }, lighting: { luminaires: 292 } });
    // Faults of devices that are left out are left out with them.
    expect(fiftieth.city.faults?.some(({ numbers }) => numbers?.includes(1234))).toBe(false);
    expect((await createSource(fiftieth)).city.deviceCount).toBeGreaterThan(690);
  });

  it('is completed by editors from a schema that is up to date', async () => {
    const written = JSON.parse(await readFile(`${SCENARIOS}scenario.schema.json`, 'utf8')) as object;
    expect(written).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });
});

describe('a scenario that is wrong', () => {
  it.each([
    ['a number too small', 'reportEvery_s: { water: 0 }', 'here.yaml:4:25 reportEvery_s.water'],
    [
      'a word that it does not know',
      'radio:\n  gatweays: 4',
      'here.yaml:5:3 radio.gatweays: there is no such field',
    ],
    ['no YAML', 'radio: {', 'here.yaml:5:1'],
    [
      'two ends',
      'from: "2026-03-10T00:00:00Z"\ndays: 1\nuntil: "2026-03-12T00:00:00Z"',
      'here.yaml:6:8 until',
    ],
    ['an end without a beginning', 'until: "2026-03-12T00:00:00Z"', 'here.yaml:4:8 until'],
    [
      'a fault of an unknown kind',
      'faults:\n  - { kind: flood, numbers: [1], from: "2026-03-10T00:00:00Z" }',
      'here.yaml:5:13 faults.0.kind',
    ],
    [
      'a storm that ends before it begins',
      'load: { kind: storm, from: "2026-03-11T00:00:00Z", to: "2026-03-10T00:00:00Z", rejoinWithin_min: 5 }',
      'here.yaml:4:56 load.to',
    ],
    [
      'a backhaul outage that ends before it begins',
      'radio: { backhaulOutages: [{ gateways: [0], from: "2026-03-11T00:00:00Z", to: "2026-03-10T00:00:00Z" }] }',
      'here.yaml:4:79 radio.backhaulOutages.0.to: to is not after from',
    ],
  ])('%s: says in which line and column', (_what, text, place) => {
    expect(() => parseScenario(`${LEAST}${text}\n`, 'here.yaml')).toThrow(place);
  });

  it.each([
    [
      'a time zone that nobody knows',
      'timeZone: Europe/Pariss',
      '3:46 city.timeZone: expected an IANA time zone',
    ],
    [
      'a cold spell that ends before it begins',
      'weather: { spells: [{ from: "2026-02-12", to: "2026-02-01", shift_K: -8 }] }',
      '3:82 city.weather.spells.0.to: to is not after from',
    ],
    [
      'lighting steps out of order',
      'lighting: { luminaires: 1, sectors: [{ id: a, program: { id: b, steps: [{ fromMinute: 1740, level_percent: 50 }, { fromMinute: 1380, level_percent: 100 }] } }] }',
      '3:163 city.lighting.sectors.0.program.steps.1.fromMinute: steps are in the order of time: it is not after 1740',
    ],
  ])('%s: says in which line and column of the city', (_what, text, place) => {
    const scenario = LEAST.replace('"2026-03-01" }', `"2026-03-01", ${text} }`);
    expect(() => parseScenario(scenario, 'here.yaml')).toThrow(`here.yaml:${place}`);
  });

  it.each([
    ['pulse_weight', 0, 'pulse_weight takes a number above 0 (1)'],
    ['cycling', 0, 'cycling takes a whole number from 2 (s)'],
    ['leak_drip', -500, 'leak_drip takes a number above 0 (L/h)'],
    ['tamper', 3, 'tamper takes a number above 0 to 1 (1)'],
    ['rollover', 0, 'rollover takes a whole number from 1 to 12 (digits)'],
    ['swapped', 0.5, 'swapped takes a whole number from 0 (register)'],
    ['clock_drift', 1e9, 'clock_drift takes a number from -43200 to 43200 (s/d)'],
  ])('a fault of a size that it can not have is named with its place: %s of %d', (kind, size, why) => {
    const fault = `faults:\n  - { size: ${size}, kind: ${kind}, numbers: [1], from: "2026-03-10T00:00:00Z" }\n`;
    expect(() => parseScenario(`${LEAST}${fault}`, 'here.yaml')).toThrow(
      `here.yaml:5:13 faults.0.size: ${why}`,
    );
  });

  it('that is not there says where to look', async () => {
    await expect(loadScenario('atlantis')).rejects.toMatchObject({ code: 'scenario_not_found' });
  });
});

describe('the time of a run', () => {
  it('ends with the last full hour where the scenario does not say', () => {
    const { fromMs, untilMs } = planRun(parseScenario(LEAST, 'least'), { days: 2 }, NOW);
    expect(new Date(fromMs).toISOString()).toBe('2026-11-21T10:00:00.000Z');
    expect(new Date(untilMs).toISOString()).toBe('2026-11-23T10:00:00.000Z');
  });

  it('begins now in real time', () => {
    const { fromMs } = planRun(parseScenario(LEAST, 'least'), { speed: 1 }, NOW);
    expect(fromMs).toBe(NOW.getTime());
  });

  it('has room for a storm, whatever the command line makes of it', async () => {
    const storm = await loadScenario('storm');
    for (const overrides of [{ days: 0.2 }, { from: new Date('2026-03-10T11:00:00Z') }]) {
      expect(() => planRun(storm, overrides, NOW)).toThrow(
        expect.objectContaining({ code: 'storm_outside_run', remedy: expect.stringContaining('load.from') }),
      );
    }
    expect(planRun(storm, { days: 0.25 }, NOW).load).toEqual(storm.load);
  });

  it('begins now at the gateway level, whatever the scenario says of the past', async () => {
    const demo = await loadScenario('demo');
    const onAir = { level: 'gateway', speed: 1 } as const;
    const { fromMs, untilMs } = planRun(demo, onAir, NOW);
    expect([fromMs, untilMs - fromMs]).toEqual([NOW.getTime(), 86_400_000]);
    const tomorrow = new Date('2026-11-24T00:00:00Z');
    expect(planRun(demo, { ...onAir, from: tomorrow }, NOW).fromMs).toBe(tomorrow.getTime());
    expect(() => planRun(demo, { ...onAir, from: new Date('2026-11-23T10:00:00Z') }, NOW)).toThrow(
      expect.objectContaining({ code: 'scenario_in_past' }),
    );
  });

  it('is refused where a bridge would not believe it, and before there is a city', () => {
    const scenario = parseScenario(`${LEAST}from: "2026-11-22T00:00:00Z"\ndays: 30\n`, 'least');
    expect(() => planRun(scenario, {}, NOW)).toThrow(expect.objectContaining({ code: 'scenario_in_future' }));
    const early = { from: new Date('2026-02-01T00:00:00Z'), days: 1 };
    expect(() => planRun(parseScenario(LEAST, 'least'), early, NOW)).toThrow(
      expect.objectContaining({ code: 'scenario_before_installation' }),
    );
  });
});
