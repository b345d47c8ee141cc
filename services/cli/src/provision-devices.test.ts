import { describe, expect, test } from 'vitest';
import { orderFor } from './provision-devices.ts';

const APP_KEY = '0123456789abcdef0123456789abcde0';
const METER = { devEui: '70b3d5e75e000001', profile: 'adeunis/pulse', application: 'eau' };

describe('one device', () => {
  test('stands where both coordinates say', async () => {
    const order = await orderFor({ ...METER, latitude: 48.85, longitude: 2.35 }, APP_KEY);
    expect(order.position).toEqual({ latitude: 48.85, longitude: 2.35 });
  });

  test('may stand nobody knows where', async () => {
    expect(await orderFor(METER, APP_KEY)).not.toHaveProperty('position');
  });

  test.each([
    [{ latitude: 48.85 }, 'longitude'],
    [{ longitude: 2.35 }, 'latitude'],
  ])('is refused with half a position, %o', async (half, missing) => {
    await expect(orderFor({ ...METER, ...half }, APP_KEY)).rejects.toMatchObject({
      code: 'order_invalid',
      message: expect.stringContaining(`the ${missing} is missing`),
      remedy: expect.stringContaining(`--${missing}`),
    });
  });
});
