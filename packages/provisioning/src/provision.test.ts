import { status } from '@grpc/grpc-js';
import { VeilleurError } from '@veilleur/domain';
import { describe, expect, it } from 'vitest';

import type { DeviceOrder } from './device-order.ts';
import {
  devEui,
  keyOf,
  order,
  orders,
  PROFILES,
  provisioningStory,
  tally,
  WATER,
} from './provisioning-story.ts';

describe('bringing devices into ChirpStack', () => {
  const story = provisioningStory();
  const { run } = story;

  it('creates application, device profile, devices and keys', async () => {
    const report = await run([order(1), order(2, { profile: 'veilleur/reference-luminaire' })]);
    expect(tally(report)).toEqual({ created: 2 });
    expect(report.applications).toEqual([{ kind: 'created', name: 'Eau' }]);
    expect(report.profiles.map(({ kind, name }) => [kind, name])).toEqual([
      ['created', `Veilleur ${WATER}`],
      ['created', 'Veilleur veilleur/reference-luminaire'],
    ]);
    const [water, light] = [...story.chirpStack.profiles.values()].map((profile) => profile.toObject());
    // The numbers are ChirpStack's: LoRaWAN 1.0.2, RP001 B, a codec in JavaScript; 1.0.4, RP002-1.0.3, class C.
    expect(water).toMatchObject({
      region: 0,
      macVersion: 2,
      regParamsRevision: 1,
      payloadCodecRuntime: 2,
      payloadCodecScript: PROFILES[WATER]?.codecScript,
      supportsOtaa: true,
      supportsClassC: false,
    });
    expect(light).toMatchObject({
      macVersion: 4,
      regParamsRevision: 5,
      payloadCodecRuntime: 0,
      supportsClassC: true,
    });
    expect(story.chirpStack.devices.get(devEui(1))?.toObject()).toMatchObject({
      name: 'Compteur 1',
      joinEui: '70b3d57ed0000000',
      deviceProfileId: water?.id,
      tagsMap: expect.arrayContaining([
        ['zone', 'nord'],
        ['veilleur-profile', WATER],
      ]),
    });
    expect(story.chirpStack.keys.get(devEui(1))?.getNwkKey()).toBe(keyOf(1));
  });

  it('changes nothing the second time', async () => {
    await run(orders(5));
    const writes = story.chirpStack.writes;
    const report = await run(orders(5));
    expect(tally(report)).toEqual({ unchanged: 5 });
    expect([...report.applications, ...report.profiles].map(({ kind }) => kind)).toEqual([
      'unchanged',
      'unchanged',
    ]);
    expect(story.chirpStack.writes).toBe(writes);
  });

  it('writes nothing in a dry run, and tells what it would do', async () => {
    await run([order(1), order(2)]);
    const writes = story.chirpStack.writes;
    const stored: string[] = [];
    const report = await run([order(1), order(2, { name: 'Autre' }), order(3, { application: 'Gaz' })], {
      dryRun: true,
      update: true,
      onDevice: ({ devEui }) => void stored.push(devEui),
    });
    expect(tally(report)).toEqual({ unchanged: 1, updated: 1, created: 1 });
    expect(report.applications).toEqual([
      { kind: 'unchanged', name: 'Eau' },
      { kind: 'created', name: 'Gaz' },
    ]);
    expect(report.dryRun).toBe(true);
    expect(story.chirpStack.writes).toBe(writes);
    expect(stored).toEqual([]);
  });

  it('writes nothing in a dry run against a ChirpStack that has nothing yet', async () => {
    const report = await run(orders(3), { dryRun: true });
    expect(tally(report)).toEqual({ created: 3 });
    expect([...report.applications, ...report.profiles].map(({ kind }) => kind)).toEqual([
      'created',
      'created',
    ]);
    expect(story.chirpStack.writes).toBe(0);
  });

  it('reports in the order of the orders, whichever device was faster', async () => {
    story.chirpStack.fail('Device.Create', { code: status.OK, delayMs: 60, devEui: devEui(1) });
    const report = await run(orders(12), { concurrency: 12 });
    expect(report.created.map(({ line }) => line)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    const last = story.seen.at(-2) as { done: number; outcome: { devEui: string } };
    expect(last).toMatchObject({ done: 12, outcome: { devEui: devEui(1) } });
  });

  describe('a device that differs', () => {
    const wanted = () => [order(1, { name: 'Nouveau', appKey: keyOf(9), tags: { zone: 'sud' } })];

    it('stays as it is, and what differs is told without the keys', async () => {
      await run([order(1)]);
      const writes = story.chirpStack.writes;
      const report = await run(wanted());
      expect(report.differs).toMatchObject([
        {
          line: 2,
          differences: [
            { field: 'name', wanted: 'Nouveau', found: 'Compteur 1' },
            { field: 'tags.zone', wanted: 'sud', found: 'nord' },
            { field: 'appKey', wanted: '***', found: '***, another one' },
          ],
        },
      ]);
      expect(story.chirpStack.writes).toBe(writes);
    });

    it('in a secret tag is told without it', async () => {
      await run([order(1, { tags: { pinPassword: 'one' } })]);
      const report = await run([order(1, { tags: { pinPassword: 'two', smsToken: 'three' } })]);
      expect(report.differs).toMatchObject([
        {
          differences: [
            { field: 'tags.pinPassword', wanted: '***', found: '***, another one' },
            { field: 'tags.smsToken', wanted: '***', found: 'none' },
          ],
        },
      ]);
    });

    it('is brought to its order by update, which leaves the rest alone', async () => {
      await run([order(1)]);
      const before = story.chirpStack.devices.get(devEui(1));
      before?.setSkipFcntCheck(true);
      before?.getTagsMap().set('owner', 'someone else');
      expect(tally(await run(wanted(), { update: true }))).toEqual({ updated: 1 });
      const after = story.chirpStack.devices.get(devEui(1));
      expect(after?.toObject()).toMatchObject({ name: 'Nouveau', skipFcntCheck: true });
      expect(after?.getTagsMap().get('owner')).toBe('someone else');
      expect(story.chirpStack.keys.get(devEui(1))?.getNwkKey()).toBe(keyOf(9));
      expect(tally(await run(wanted()))).toEqual({ unchanged: 1 });
    });

    it('is moved to its application, named in the difference', async () => {
      await run([order(1)]);
      const moved = [order(1, { application: 'Gaz' })];
      expect((await run(moved)).differs[0]?.differences).toEqual([
        { field: 'application', wanted: 'Gaz', found: 'Eau' },
      ]);
      expect(tally(await run(moved, { update: true }))).toEqual({ updated: 1 });
    });

    it('is left alone when it is of another tenant', async () => {
      story.chirpStack.addDevice(
        devEui(1),
        story.chirpStack.addApplication('Voisins', story.chirpStack.addTenant('Voisine')),
      );
      story.expectedHalfMade = [devEui(1)];
      const report = await run([order(1)], { update: true, tenantId: story.chirpStack.ownTenant });
      expect(report.failed).toMatchObject([{ code: 'device_in_other_tenant' }]);
    });
  });

  it('updates a device profile only if told to', async () => {
    await run([order(1)]);
    const [profile] = story.chirpStack.profiles.values();
    profile?.setPayloadCodecScript('// old');
    profile?.setUplinkInterval(86_400);
    expect((await run([order(1)])).profiles).toMatchObject([
      {
        kind: 'differs',
        differences: [{ field: 'codecScript', found: expect.stringMatching(/^JS, SHA-256/) }],
      },
    ]);
    expect((await run([order(1)], { update: true })).profiles).toMatchObject([{ kind: 'updated' }]);
    expect((await run([order(1)])).profiles).toMatchObject([{ kind: 'unchanged' }]);
    expect([...story.chirpStack.profiles.values()][0]?.getUplinkInterval()).toBe(86_400);
  });

  it('fails the orders of a profile that is unknown, or that ChirpStack can not have, and no others', async () => {
    const report = await run([order(1), order(2, { profile: 'acme/x' }), order(3, { profile: 'acme/abp' })]);
    expect(tally(report)).toEqual({ created: 1, failed: 2 });
    expect(report.failed.map(({ code }) => code)).toEqual(['profile_unknown', 'profile_not_provisionable']);
  });

  it('does not guess between two applications of one name', async () => {
    story.chirpStack.addApplication('Eau');
    story.chirpStack.addApplication('Eau');
    expect((await run([order(1)])).failed).toMatchObject([{ code: 'lns_name_ambiguous' }]);
  });

  it('brings a DevEUI that stands twice once', async () => {
    const report = await run([order(1), order(2), order(1, { name: 'Encore', line: 9 })]);
    expect(tally(report)).toEqual({ created: 2, failed: 1 });
    expect(report.failed).toMatchObject([
      { line: 9, code: 'order_duplicate', reason: 'The DevEUI stands in line 2 already' },
    ]);
  });

  it('stops when told to, after the devices in work', async () => {
    const abort = new AbortController();
    const report = await run(orders(50), {
      signal: abort.signal,
      concurrency: 2,
      onProgress: ({ done }) => done === 10 && abort.abort(),
    });
    expect(report.stopped).toMatchObject({ code: 'run_aborted' });
    expect(report.created.length).toBeLessThanOrEqual(12);
    expect(report.created.length + report.remaining.length).toBe(50);
  });

  describe('the local store', () => {
    it('is told of a device once ChirpStack has it with its key, and again in each run', async () => {
      const stored: boolean[] = [];
      const onDevice = ({ devEui }: DeviceOrder) => void stored.push(story.chirpStack.keys.has(devEui));
      await run(orders(3), { onDevice });
      await run(orders(3), { onDevice });
      expect(stored).toEqual([true, true, true, true, true, true]);
    });

    it('is not told of a device that differs', async () => {
      await run([order(1)]);
      const stored: string[] = [];
      await run([order(1, { name: 'Autre' })], { onDevice: ({ devEui }) => void stored.push(devEui) });
      expect(stored).toEqual([]);
    });

    it('may fail: the device stays, the report says so, and the next run makes up for it', async () => {
      const stored: string[] = [];
      let broken = true;
      const onDevice = ({ devEui: id, appKey }: DeviceOrder) => {
        if (broken && id === devEui(2)) {
          throw new VeilleurError('store_away', `database away, key ${appKey.reveal()}`, {
            remedy: 'Start it.',
          });
        }
        stored.push(id);
      };
      const report = await run(orders(3), { onDevice });
      expect(tally(report)).toEqual({ created: 2, failed: 1 });
      expect(report.failed).toMatchObject([
        {
          code: 'device_not_stored',
          reason: 'The device is in ChirpStack, but Veilleur has not stored it: database away, key ***',
          remedy: 'Start it. Run again: only what is missing is done.',
        },
      ]);
      broken = false;
      expect(tally(await run(orders(3), { onDevice }))).toEqual({ unchanged: 3 });
      expect(stored).toContain(devEui(2));
    });
  });
});
