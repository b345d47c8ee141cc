import { expect, it } from 'vitest';
import { unmeasured } from './unmeasured.ts';

it('a goal that can not be measured without Mosquitto is missed, where it was asked for', () => {
  expect(unmeasured(['sandbox', 'delivery'], false)).toEqual([
    'delivery: not measured without Mosquitto (apt-get install mosquitto)',
  ]);
  expect(unmeasured(['sandbox', 'tail'], false)).toEqual([]);
  expect(unmeasured(['acknowledge', 'delivery'], true)).toEqual([]);
});
