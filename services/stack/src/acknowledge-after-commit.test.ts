import { expect, it } from 'vitest';
import { topicMatcher } from './acknowledge-after-commit.ts';

it.each([
  ['application/1/device/70b3d5e75e000001/event/up', true],
  ['application/1/device/70b3d5e75e000001/event', false],
  ['application/1/device/70b3d5e75e000001/event/up/more', false],
  ['application//device//event/', true],
  ['xapplication/1/device/2/event/up', false],
  ['v3.x/up', true],
  ['v3_x/up', false],
  ['all/of/it', true],
  ['all', true],
  ['allofit', false],
])('the topic %s is read: %s', (topic, read) => {
  expect(topicMatcher(['application/+/device/+/event/+', 'v3.x/up', 'all/#'])(topic)).toBe(read);
});
