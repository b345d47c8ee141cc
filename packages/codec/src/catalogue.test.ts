import { DevEui, type LnsDevice } from '@veilleur/domain';
import { describe, expect, test } from 'vitest';

import { catalogueOf, loadFirstPartyProfiles } from './catalogue.ts';

const catalogue = await loadFirstPartyProfiles();

function device(tags: Record<string, string>, profileName?: string): LnsDevice {
  const devEui = DevEui('70b3d5e75e00c3e1');
  return profileName === undefined ? { devEui, tags } : { devEui, tags, profileName };
}

describe('a device finds its profile', () => {
  test.each<[string, LnsDevice, string | undefined]>([
    ['by our tag', device({ 'veilleur-profile': 'adeunis/pulse' }), 'adeunis/pulse'],
    [
      'by our tag, before anything else',
      device({ 'veilleur-profile': 'adeunis/pulse' }, 'axioma_w1'),
      'adeunis/pulse',
    ],
    ['by the tag profile', device({ profile: 'Cayenne/LPP' }), 'cayenne/lpp'],
    ['by the LNS profile being an id', device({}, 'axioma/qalcosonic-w1'), 'axioma/qalcosonic-w1'],
    ['by a known LNS profile name, whatever the case', device({}, 'AXIOMA_W1'), 'axioma/qalcosonic-w1'],
    ['by vendor and name', device({}, 'Adeunis TIC Linky'), 'adeunis/tic-linky'],
    [
      'not by a wrong wish, though the name would fit',
      device({ 'veilleur-profile': 'adeunis/pluse' }, 'axioma_w1'),
      undefined,
    ],
    [
      'in spite of a tag profile that means something else',
      device({ profile: 'residential' }, 'axioma_w1'),
      'axioma/qalcosonic-w1',
    ],
    ['not when nothing is said', device({}), undefined],
  ])('%s', (_name, lnsDevice, id) => {
    expect(catalogue.match(lnsDevice)?.id).toBe(id);
  });
});

test('two profiles that claim one LNS profile name are an error, not a lottery', () => {
  const [first, second] = catalogue.all();
  if (first === undefined || second === undefined) throw new Error('two profiles are needed');
  expect(() => catalogueOf([first, { ...second, lnsProfileNames: [first.id] }])).toThrow(/both claim/);
});
