import type { Quantity } from '@veilleur/domain';
import { describe, expect, it } from 'vitest';
import { Backtest } from '../backtest/index.ts';
import { loadRules } from '../language/rules-file.ts';
import type { DeviceAttributes } from '../select.ts';

const DAY = Date.UTC(2026, 0, 12);
const MINUTE_MS = 60_000;
const PLACE = { zone: 'Europe/Paris', position: null };

interface Teller {
  readonly name: string;
  readonly quantity: Quantity;
  readonly role?: string;
  readonly medium?: string;
  readonly site?: string;
  /** Minutes of the day, and values. */
  readonly tells: readonly (readonly [minute: number, value: number])[];
}

/** What a rule from a template makes of a day, such as `school raised 30 cleared 90`. */
function dayOf(template: string, devices: readonly Teller[], more: object = {}): string[] {
  const { rules, problems } = loadRules(JSON.stringify([{ name: 'it', template, ...more }]));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const span = { from: DAY, to: DAY + 1440 * MINUTE_MS };
  const backtest = new Backtest(rules, span, () => false);
  for (const { name, quantity, role, medium = null, site = 'school', tells } of devices) {
    const device: DeviceAttributes = {
      devEui: name,
      name,
      profile: null,
      medium,
      // A class room is a part of its building.
      sites: [`${site} room`, site, 'centre'],
      siteLevels: ['household', 'building', 'district'],
      tags: role === undefined ? {} : { role },
    };
    const facts = tells.map(([minute, value]) => ({
      kind: 'measurement' as const,
      quantity,
      channel: 0,
      time: DAY + minute * MINUTE_MS,
      value,
    }));
    if (backtest.isAbout(device)) backtest.take(device, PLACE, facts, backtest.leadFor(device));
  }
  const minute = (time: number | null) => (time === null ? '' : ` cleared ${(time - DAY) / MINUTE_MS}`);
  return backtest
    .alerts()
    .map(
      ({ subject, openedAt, clearedAt }) =>
        `${subject} raised${minute(openedAt).slice(8)}${minute(clearedAt)}`,
    );
}

const heat = (tells: Teller['tells'], name = 'heat'): Teller => ({
  name,
  quantity: 'thermal_power',
  medium: 'heat',
  tells,
});
const window = (name: string, tells: Teller['tells'], site?: string): Teller => ({
  name,
  quantity: 'digital_input',
  role: 'window',
  tells,
  ...(site === undefined ? {} : { site }),
});

describe('heated-with-windows-open', () => {
  it('raises when a building draws heat while a window is open for half an hour, and clears with the window', () => {
    const day = dayOf('heated-with-windows-open', [
      heat([
        [0, 5000],
        [60, 5000],
        [120, 5000],
      ]),
      window('north', [
        [10, 1],
        [95, 0],
      ]),
    ]);
    expect(day).toEqual(['school raised 40 cleared 95']);
  });

  it('stays quiet when the heat is off, when the window belongs to another building, and when it is aired for ten minutes', () => {
    const open = window('north', [[10, 1]]);
    expect(
      dayOf('heated-with-windows-open', [
        heat([
          [0, 500],
          [60, 400],
        ]),
        open,
      ]),
    ).toEqual([]);
    const elsewhere = [
      heat([
        [0, 5000],
        [60, 5000],
      ]),
      { ...open, site: 'gym' },
    ];
    expect(dayOf('heated-with-windows-open', elsewhere)).toEqual([]);
    const aired = [
      heat([
        [0, 5000],
        [60, 5000],
      ]),
      window('north', [
        [10, 1],
        [20, 0],
      ]),
    ];
    expect(dayOf('heated-with-windows-open', aired)).toEqual([]);
  });

  it('says nothing while most of the contacts are not heard: an open alert stays', () => {
    const day = dayOf('heated-with-windows-open', [
      heat(Array.from({ length: 24 }, (_, hour) => [hour * 60, 5000] as const)),
      window('north', [[10, 1]]),
      window('south', [[10, 0]]),
      window('east', [[10, 0]]),
      window('south-east', [[600, 0]]),
    ]);
    expect(day).toEqual(['school raised 40']);
  });
});

describe('sub-meters-over-subscribed-power', () => {
  const meter = (name: string, tells: Teller['tells']): Teller => ({
    name,
    quantity: 'apparent_power',
    role: 'sub-meter',
    tells,
  });
  const steady = (value: number): Teller['tells'] =>
    Array.from({ length: 18 }, (_, i) => [i * 10, value] as const);

  it('raises when none alone but all together draw too much', () => {
    const kitchen: Teller['tells'] = steady(9000).map(([minute], i) => [minute, i < 6 ? 9000 : 2000]);
    const day = dayOf('sub-meters-over-subscribed-power', [
      meter('hall', steady(15_000)),
      meter('gym', steady(14_000)),
      meter('kitchen', kitchen),
    ]);
    expect(day).toEqual(['school raised 15 cleared 120']);
  });

  it('stays quiet at what the contract allows, and when too few are heard to tell', () => {
    const three = [
      meter('hall', steady(12_000)),
      meter('gym', steady(12_000)),
      meter('kitchen', steady(12_000)),
    ];
    expect(dayOf('sub-meters-over-subscribed-power', three)).toEqual([]);
    expect(dayOf('sub-meters-over-subscribed-power', three, { with: { subscribed_VA: 35_000 } })).toEqual([
      'school raised 15',
    ]);
    const oneSilent = [...three.slice(0, 2), meter('kitchen', [])];
    expect(dayOf('sub-meters-over-subscribed-power', oneSilent, { with: { subscribed_VA: 20_000 } })).toEqual(
      [],
    );
  });
});
