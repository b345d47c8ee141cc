import { DevEui } from '@veilleur/domain';
import { expect, it } from 'vitest';
import { UntimedFrames } from './untimed-frames.ts';

const METER = DevEui('70b3d5e75e000001');
const OTHER = DevEui('70b3d5e75e000002');
const THIRD = DevEui('70b3d5e75e000003');
const NOON = Date.UTC(2026, 2, 1, 12);

const times = (frames: UntimedFrames, ...heard: readonly (readonly [DevEui, number])[]) =>
  heard.map(([devEui, afterMs]) => frames.timeOf(devEui, new Date(NOON + afterMs)).getTime() - NOON);

it('gives each frame of a burst a later time than the one before, and each device its own', () => {
  const frames = new UntimedFrames();
  expect(times(frames, [METER, 0], [METER, 0], [OTHER, 0], [METER, 0], [METER, 1], [OTHER, 1])).toEqual([
    0, 1, 0, 2, 3, 1,
  ]);
});

it('is the moment of arrival where that is later', () => {
  expect(times(new UntimedFrames(), [METER, 0], [METER, 0], [METER, 700], [METER, 3_600_000])).toEqual([
    0, 1, 700, 3_600_000,
  ]);
});

it('follows a clock that was set back, and one that was corrected by a little stays in order', () => {
  expect(times(new UntimedFrames(), [METER, 3_600_000], [METER, 0], [METER, 0])).toEqual([3_600_000, 0, 1]);
  expect(times(new UntimedFrames(), [METER, 200], [METER, 0], [METER, 0])).toEqual([200, 201, 202]);
});

it('remembers so many devices and no more: the one that was heard least lately is forgotten', () => {
  const frames = new UntimedFrames(2);
  expect(times(frames, [METER, 0], [OTHER, 0], [METER, 0], [THIRD, 0])).toEqual([0, 0, 1, 0]);
  expect(times(frames, [METER, 0]), 'still known').toEqual([2]);
  expect(times(frames, [OTHER, 0]), 'forgotten').toEqual([0]);
});
