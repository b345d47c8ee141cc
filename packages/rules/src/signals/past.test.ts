import { expect, it } from 'vitest';
import { compileRule } from '../compiled-rule.ts';
import { History } from '../history.ts';
import type { DeviceRule } from '../language/rule.ts';
import { loadRules } from '../language/rules-file.ts';
import { Watch } from '../watch.ts';

const DAY = 86_400_000;
const [START, NOW] = [Date.UTC(2022, 0, 1), Date.UTC(2026, 6, 1)];
const [TEMPLATE] = loadRules('[{ name: more, template: water-past-years }]').rules as DeviceRule[];
const WITHOUT_FLOOR = { ...TEMPLATE, atLeast: 0 } as DeviceRule;

/** A summer house that used so much a day before, and so much for the last thirty days, m³. */
function episodesOf(rule: DeviceRule | undefined, before: number, lately: number) {
  if (rule === undefined) throw new Error('there is no such template');
  const history = new History();
  let index = 1000;
  for (let time = START; time <= NOW; time += DAY) {
    history.tape('water_volume', 0).put(time, index);
    history.heard.put(time, 1);
    index += time > NOW - 30 * DAY ? lately : before;
  }
  const place = { zone: 'Europe/Paris', position: null };
  const watch = new Watch(compileRule(rule, { isHoliday: () => false }), place, NOW - 40 * DAY, []);
  watch.advance(history, NOW);
  return watch.episodes;
}

it('much water where the other years used none is more than any ratio, and has no number', () => {
  expect(episodesOf(TEMPLATE, 0, 20)).toMatchObject([{ clearedAt: null, worst: null }]);
  expect(episodesOf(TEMPLATE, 0.1, 20)[0]?.worst?.value).toBeGreaterThan(2);
});

it('a drop where the other years used none is nothing, and so is nothing', () => {
  expect(episodesOf(TEMPLATE, 0, 0.001)).toEqual([]);
  expect(episodesOf(TEMPLATE, 0, 0)).toEqual([]);
  expect(episodesOf(WITHOUT_FLOOR, 0, 0.001)).toEqual([]);
  expect(episodesOf(WITHOUT_FLOOR, 0, 0)).toEqual([]);
});
