import { status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';

import { READ_ONLY_KEY, TENANT_KEY } from './fake-chirpstack-rules.ts';
import { devEui, keyOf, order, orders, provisioningStory, tally } from './provisioning-story.ts';

describe('bringing devices into a ChirpStack that fails or refuses', () => {
  const story = provisioningStory();
  const { run } = story;

  describe('when ChirpStack falters', () => {
    it('gets by: each call unavailable twice', async () => {
      for (const method of ['Application.Create', 'DeviceProfile.Create', 'Device.Get', 'Device.Create']) {
        story.chirpStack.fail(method, { code: status.UNAVAILABLE, times: 2 });
      }
      story.chirpStack.fail('Device.CreateKeys', { code: status.UNAVAILABLE, times: 2 });
      expect(tally(await run(orders(3)))).toEqual({ created: 3 });
    });

    it.each(['Device.Create', 'Device.CreateKeys'])(
      'gets by: %s was done and its answer lost, so that the retry meets a duplicate',
      async (method) => {
        story.chirpStack.fail(method, { code: status.UNAVAILABLE, times: 1, afterwards: true });
        expect(tally(await run(orders(3)))).toEqual({ created: 3 });
        expect(story.chirpStack.keys.size).toBe(3);
      },
    );

    it('fails one device and not the others', async () => {
      story.chirpStack.fail('Device.Get', { code: status.UNAVAILABLE, devEui: devEui(2) });
      const report = await run(orders(4));
      expect(tally(report)).toEqual({ created: 3, failed: 1 });
      expect(report.failed).toMatchObject([{ line: 3, code: 'lns_unreachable', retryable: true }]);
      story.chirpStack.heal();
      expect(tally(await run(orders(4)))).toEqual({ unchanged: 3, created: 1 });
    });

    it('gets by: a device is there before the last attempt has ended', async () => {
      story.chirpStack.fail('Device.Create', { code: status.OK, delayMs: 500, devEui: devEui(2) });
      expect(tally(await run(orders(3)))).toEqual({ created: 3 });
    });

    it('fails a device that takes too long, and completes it in the next run', async () => {
      story.chirpStack.fail('Device.Create', { code: status.OK, delayMs: 2_000, devEui: devEui(2) });
      expect((await run(orders(3))).failed).toMatchObject([{ code: 'lns_slow', line: 3 }]);
      // The slow ones get there in the end, when nobody waits for them any more.
      await expect.poll(() => story.chirpStack.devices.has(devEui(2)), { timeout: 3_000 }).toBe(true);
      story.chirpStack.heal();
      const report = await run(orders(3));
      expect(report.created).toMatchObject([{ line: 3, completed: true }]);
      expect(tally(report)).toEqual({ created: 1, unchanged: 2 });
    });

    it('says so when it cannot know whether a device was created', async () => {
      story.chirpStack.fail('Device.Create', { code: status.DEADLINE_EXCEEDED, afterwards: true });
      story.chirpStack.fail('Device.Get', { code: status.NOT_FOUND, times: 1 });
      story.chirpStack.fail('Device.Get', { code: status.UNAVAILABLE });
      expect((await run([order(1)])).failed).toMatchObject([
        {
          code: 'device_state_unknown',
          reason: expect.stringContaining('Whether the device was created is not known'),
        },
      ]);
      story.chirpStack.heal();
      expect(tally(await run([order(1)]))).toEqual({ created: 1 });
    });

    it('stops when nobody has answered for many devices in a row, and goes on in the next run', async () => {
      story.chirpStack.fail('Device.Get', { code: status.UNAVAILABLE });
      const report = await run(orders(100), { concurrency: 4 });
      expect(report.stopped).toMatchObject({
        code: 'lns_unreachable',
        reason: expect.stringContaining('20 devices in a row'),
        retryable: true,
      });
      expect(report.failed.length + report.remaining.length).toBe(100);
      expect(report.failed.length).toBeLessThan(30);
      story.chirpStack.heal();
      expect(tally(await run(orders(100)))).toEqual({ created: 100 });
    });

    it('does not stop for as many failures when others succeed between them', async () => {
      for (let number = 2; number <= 60; number += 2) {
        story.chirpStack.fail('Device.Get', { code: status.UNAVAILABLE, devEui: devEui(number) });
      }
      expect(tally(await run(orders(60), { concurrency: 1 }))).toEqual({ created: 30, failed: 30 });
    });

    it('tells of a ChirpStack that is not there', async () => {
      story.chirpStack.stop();
      const report = await run(orders(2));
      expect(report.stopped).toMatchObject({ code: 'lns_unreachable' });
      expect(tally(report)).toEqual({ remaining: 2 });
    });
  });

  describe('a key that can not be set', () => {
    const refusal = { code: status.INVALID_ARGUMENT, details: `bad key ${keyOf(2)}`, devEui: devEui(2) };

    it('takes its device back', async () => {
      story.chirpStack.fail('Device.CreateKeys', refusal);
      const report = await run(orders(3));
      expect(tally(report)).toEqual({ created: 2, failed: 1 });
      expect(report.failed).toMatchObject([
        { line: 3, code: 'lns_refused', reason: expect.stringContaining('bad key ***') },
      ]);
      expect(story.chirpStack.devices.has(devEui(2))).toBe(false);
    });

    it('says so when the device can not be taken back either, and a second run completes it', async () => {
      story.chirpStack.fail('Device.CreateKeys', refusal);
      story.chirpStack.fail('Device.Delete', { code: status.INTERNAL, details: 'disk full' });
      const report = await run(orders(3));
      expect(report.failed).toMatchObject([
        {
          code: 'device_half_made',
          reason: expect.stringMatching(/without its key.*bad key \*\*\*.*removing the device.*disk full/),
          remedy: expect.stringContaining('Run again'),
        },
      ]);
      expect(story.halfMade()).toEqual([devEui(2)]);

      expect((await run(orders(3))).failed).toMatchObject([{ code: 'device_half_made' }]);
      story.chirpStack.heal();
      const repaired = await run(orders(3));
      expect(repaired.created).toMatchObject([{ line: 3, completed: true }]);
      expect(tally(repaired)).toEqual({ created: 1, unchanged: 2 });
    });

    it('does not take back a device that was there before', async () => {
      await run([order(1)]);
      story.chirpStack.keys.clear();
      story.expectedHalfMade = [devEui(1)];
      story.chirpStack.fail('Device.CreateKeys', { code: status.INVALID_ARGUMENT });
      expect((await run([order(1)])).failed).toMatchObject([{ code: 'device_half_made' }]);
      expect(story.chirpStack.calls('Device.Delete')).toBe(0);
    });
  });

  describe('two runs at once', () => {
    it('meet, and each device is there once, with its key', async () => {
      const [one, other] = await Promise.all([run(orders(30)), run(orders(30))]);
      expect(one.failed).toEqual([]);
      expect(other.failed).toEqual([]);
      expect(story.chirpStack.devices.size).toBe(30);
    });

    it.each([status.ALREADY_EXISTS, status.INTERNAL])(
      'may say of a device that it exists with status %i',
      async (code) => {
        const details = 'duplicate key value violates unique constraint "device_pkey"';
        story.chirpStack.fail('Device.Create', { code, details, times: 1, afterwards: true });
        expect(tally(await run([order(1)]))).toEqual({ created: 1 });
      },
    );
  });

  describe('an API key', () => {
    it('of the tenant alone will do, if the tenant is named', async () => {
      const options = { apiKey: TENANT_KEY, tenantId: story.chirpStack.ownTenant };
      expect(tally(await run(orders(3), options))).toEqual({ created: 3 });
      expect(tally(await run(orders(3), options))).toEqual({ unchanged: 3 });
    });

    it('of the tenant does not find the tenant by itself', async () => {
      const report = await run(orders(3), { apiKey: TENANT_KEY });
      expect(report.stopped).toMatchObject({
        code: 'lns_tenant_needed',
        remedy: expect.stringContaining('Give the tenant'),
      });
      expect(tally(report)).toEqual({ remaining: 3 });
    });

    it('of the tenant can not take a device of another tenant', async () => {
      story.chirpStack.addDevice(
        devEui(2),
        story.chirpStack.addApplication('Voisins', story.chirpStack.addTenant('Voisine')),
      );
      story.expectedHalfMade = [devEui(2)];
      const report = await run(orders(3), { apiKey: TENANT_KEY, tenantId: story.chirpStack.ownTenant });
      expect(report.failed).toMatchObject([
        { line: 3, code: 'lns_already_exists', remedy: expect.stringContaining('another tenant') },
      ]);
      expect(tally(report)).toEqual({ created: 2, failed: 1 });
    });

    it.each([
      ['that is not known', 'eyJ0eXAiOiJKV1QifQ.d3Jvbmc.c2ln', 'lns_unauthorised', 0],
      ['that may only read', READ_ONLY_KEY, 'lns_forbidden', 1],
    ])('%s stops the run with one message', async (_which, apiKey, code, writes) => {
      const report = await run(orders(50), { apiKey, tenantId: story.chirpStack.ownTenant });
      expect(report.stopped).toMatchObject({ code, remedy: expect.stringContaining('API key') });
      expect(tally(report)).toEqual({ remaining: 50 });
      expect(story.chirpStack.writes).toBe(writes);
    });

    it('that loses its right on the way stops the run, and nothing stays half made', async () => {
      await run([order(1)]);
      story.chirpStack.fail('Device.CreateKeys', { code: status.PERMISSION_DENIED });
      const report = await run(orders(50));
      expect(report.stopped).toMatchObject({ code: 'lns_forbidden' });
      expect(tally(report)).toEqual({ unchanged: 1, remaining: 49 });
      expect(story.chirpStack.calls('Device.CreateKeys')).toBeLessThan(12);
    });

    it('that loses even the right to take a device back stops the run, and names what is half made', async () => {
      story.chirpStack.fail('Device.CreateKeys', { code: status.PERMISSION_DENIED });
      story.chirpStack.fail('Device.Delete', { code: status.PERMISSION_DENIED });
      const report = await run(orders(50), { concurrency: 1 });
      expect(report.stopped).toMatchObject({ code: 'lns_forbidden' });
      expect(report.failed).toMatchObject([{ code: 'device_half_made', line: 2 }]);
      expect(report.remaining).toHaveLength(49);
      story.chirpStack.heal();
      expect(tally(await run(orders(50)))).toEqual({ created: 50 });
    });

    it('with two tenants to choose from asks which', async () => {
      story.chirpStack.addTenant('Voisine');
      expect((await run([order(1)])).stopped).toMatchObject({
        code: 'lns_tenant_ambiguous',
        reason: expect.stringContaining('Voisine'),
      });
    });
  });

  it('stops when the tenant has no room for more', async () => {
    story.chirpStack.maximumDevices = 5;
    const report = await run(orders(50), { concurrency: 1 });
    expect(report.stopped).toMatchObject({ code: 'lns_quota' });
    expect(tally(report)).toEqual({ created: 5, remaining: 45 });
  });
});
