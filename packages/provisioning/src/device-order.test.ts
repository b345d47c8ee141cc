import { inspect } from 'node:util';
import { messageOf } from '@veilleur/domain';
import { describe, expect, it } from 'vitest';

import { parseDeviceOrder } from './device-order.ts';
import { excerpt, Secret, withoutKeys } from './secret.ts';

const KEY = '8f2c1d7a9b3e4f506172839405a6b7c8';

const order = {
  devEui: '70-B3-D5-E7-5E-00-C3-E1',
  joinEui: '0000000000000000',
  name: ' Compteur école Jules-Ferry ',
  profile: 'axioma/qalcosonic-w1',
  appKey: KEY.toUpperCase(),
  application: 'Eau',
  position: { latitude: 48.8566, longitude: 2.3522 },
  meteringPoint: 'PDC-0042',
};

describe('an order for a device', () => {
  it('is brought into one spelling', () => {
    const parsed = parseDeviceOrder(order);
    expect(parsed).toMatchObject({
      devEui: '70b3d5e75e00c3e1',
      joinEui: '0000000000000000',
      name: 'Compteur école Jules-Ferry',
      tags: {},
    });
    expect(parsed.appKey.reveal()).toBe(KEY);
    expect('description' in parsed).toBe(false);
  });

  it('does not show its key, however it is printed', () => {
    const parsed = parseDeviceOrder(order);
    for (const shown of [JSON.stringify(parsed), inspect(parsed, { depth: 9 }), String(parsed.appKey)]) {
      expect(shown).toContain('***');
      expect(shown.toLowerCase()).not.toContain(KEY.slice(0, 8));
    }
  });

  it.each([
    [
      'a letter in the key',
      { appKey: `${KEY.slice(0, 31)}g` },
      'a character that is not a hexadecimal digit',
    ],
    ['a short key', { appKey: KEY.slice(0, 30) }, '30 hexadecimal digits instead of 32'],
    ['a placeholder key', { appKey: '0'.repeat(32) }, 'placeholder'],
    ['no key', { appKey: undefined }, 'the AppKey is missing'],
    ['a key in the name', { name: KEY }, 'the name looks like a key'],
    ['a DevEUI that became a number', { devEui: '7.01E+15' }, 'turned the DevEUI into a number'],
    ['a latitude of 91', { position: { latitude: 91, longitude: 0 } }, 'latitude 91 is not between'],
    ['null island', { position: { latitude: 0, longitude: 0 } }, 'lies in the Atlantic'],
    ['a formula', { name: '=HYPERLINK("http://x")' }, 'the name is a formula'],
    ['our own tag', { tags: { 'veilleur-profile': 'x/y' } }, 'is set by Veilleur'],
    ['an unknown field', { appkey: 'x' }, 'appkey'],
  ])('is refused for %s, without the key in the message', (_what, wrong, message) => {
    let error: unknown;
    try {
      parseDeviceOrder({ ...order, ...wrong });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'order_invalid', message: expect.stringContaining(message) });
    expect(inspect(error, { depth: 9 }).toLowerCase()).not.toContain(KEY.slice(0, 8));
    expect((error as { remedy: string }).remedy).toBeTruthy();
  });

  it('tells all that is wrong at once', () => {
    expect(() => parseDeviceOrder({ ...order, devEui: 'x', name: '' })).toThrow(/devEui: .*\nname: /);
  });
});

describe('a text from elsewhere', () => {
  it.each([
    [`invalid key ${KEY} given`, 'invalid key *** given'],
    [`key ${KEY.toUpperCase()}`, 'key ***'],
    [`key ${KEY.match(/../g)?.join(' ')}`, 'key ***'],
    ['token eyJ0eXAiOiJKV1QifQ.YWRt.c2ln!', 'token ***!'],
    ['device 70b3d5e75e00c3e1', 'device 70b3d5e75e00c3e1'],
    ['id 52f14cd4-c6f1-4fbd-8f87-4025e1d49242', 'id 52f14cd4-c6f1-4fbd-8f87-4025e1d49242'],
  ])('loses what may be a key: %s', (text, shown) => {
    expect(withoutKeys(text)).toBe(shown);
  });

  it('loses it before it is cut', () => {
    expect(excerpt(KEY, 12)).toBe('***');
  });

  it('may be compared without being shown', () => {
    expect(new Secret(KEY).equals(new Secret(KEY))).toBe(true);
    expect(messageOf(new Error(String(new Secret(KEY))))).toBe('***');
  });
});
