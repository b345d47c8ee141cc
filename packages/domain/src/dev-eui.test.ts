import { expect, it } from 'vitest';
import { deviceNamed } from './dev-eui.ts';

it.each([
  ['70b3d5e75e010001', '70b3d5e75e010001'],
  ['70B3D5E75E010001', '70b3d5e75e010001'],
  ['70-B3-D5-E7-5E-01-00-01', '70b3d5e75e010001'],
  ['70:b3:d5:e7:5e:01:00:01', '70b3d5e75e010001'],
  ['70 B3 D5 E7 5E 01 00 01', '70b3d5e75e010001'],
  ['École Jean Zay', 'École Jean Zay'],
  ['A-12', 'A-12'],
  ['70B3D5E75E01', '70B3D5E75E01'],
])('a device named %s is %s', (written, named) => {
  expect(deviceNamed(written)).toBe(named);
});
