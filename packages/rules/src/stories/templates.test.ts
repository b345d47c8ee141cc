import { describe, expect, it } from 'vitest';
import { loadRules } from '../language/rules-file.ts';
import { evaluateGroup, type MemberSpan } from '../notify/groups.ts';
import { TEMPLATES } from '../templates/index.ts';
import { story } from '../testing/story.ts';
import { OF_DEVICES } from './of-devices.ts';
import { OF_LIGHTING } from './of-lighting.ts';
import { OF_METERS } from './of-meters.ts';

const STORIES = { ...OF_METERS, ...OF_LIGHTING, ...OF_DEVICES };

describe('cabinet-outage', () => {
  const file = `
- { name: lamp-silent, template: silent-device, with: { intervals: 4, at_least: 3h } }
- { name: outage, template: cabinet-outage, with: { of: [lamp-silent], at_least: 4 } }
`;
  const outage = loadRules(file).rules.find((rule) => rule.kind === 'many');
  const MINUTE_MS = 60_000;
  const NOON = Date.UTC(2026, 2, 2, 12);
  /** Lamps that fell silent so many minutes after noon, for as long as told. */
  const silent = (minutes: readonly number[], forMinutes: number | null = null): MemberSpan[] =>
    minutes.map((minute) => {
      const openedAt = NOON + minute * MINUTE_MS;
      return {
        beganAt: openedAt,
        openedAt,
        clearedAt: forMinutes === null ? null : openedAt + forMinutes * MINUTE_MS,
      };
    });
  const told = (members: readonly MemberSpan[], size: number) => {
    if (outage === undefined) throw new Error('the file has a rule of the kind many');
    const now = NOON + 2880 * MINUTE_MS;
    return evaluateGroup(outage, { members, size, recorded: [] }, NOON - 1, now).changes.map(
      ({ kind, at }) => `${kind} after ${(at - NOON) / MINUTE_MS} min`,
    );
  };

  it('raises one alert when half of the lamps of a cabinet fall silent together, and clears it', () => {
    expect(told(silent([0, 10, 25, 40, 55, 59]), 10)).toEqual(['raised after 55 min']);
    expect(told(silent([0, 10, 25, 40, 55, 59], 300), 10)).toEqual([
      'raised after 55 min',
      'cleared after 310 min',
    ]);
  });

  it('stays quiet when three lamps do, when many do out of a hundred, and when they do days apart', () => {
    expect(told(silent([0, 10, 25]), 3)).toEqual([]);
    expect(told(silent([0, 10, 25, 40, 55, 59]), 100)).toEqual([]);
    expect(told(silent([0, 300, 600, 900, 1200, 1500]), 8)).toEqual([]);
  });
});

const ofDevices = TEMPLATES.filter(({ kind }) => kind !== 'many' && kind !== 'site');

describe('each template', () => {
  it('has its story', () => {
    expect(Object.keys(STORIES).sort()).toEqual(ofDevices.map(({ name }) => name).sort());
  });

  for (const [name, told] of Object.entries(STORIES)) {
    const file = JSON.stringify([
      { name: 'it', template: name, ...(told.with === undefined ? {} : { with: told.with }) },
    ]);
    const begin = () => story(file, { day: told.day });

    it(`${name} raises when it should`, () => {
      told.raises(begin());
    });

    it(`${name} stays quiet when ${told.nearMiss[0]}`, () => {
      const quiet = begin();
      told.nearMiss[1](quiet);
      quiet.expect();
    });
  }
});
