import { inspect } from 'node:util';
import { afterEach, beforeEach, expect } from 'vitest';

import { ChirpStackClient } from './chirpstack-client.ts';
import { type DeviceOrder, parseDeviceOrder } from './device-order.ts';
import { FakeChirpStack } from './fake-chirpstack.ts';
import { ADMIN_KEY } from './fake-chirpstack-rules.ts';
import type { LnsDeviceProfile } from './lns-device-profile.ts';
import { type ProvisionOptions, provision } from './provision.ts';
import type { ProvisionReport } from './report.ts';

export const WATER = 'axioma/qalcosonic-w1';
const KEY = '8f2c1d7a9b3e4f506172839405a6b7c8';

export const PROFILES: Readonly<Record<string, LnsDeviceProfile>> = {
  [WATER]: {
    name: `Veilleur ${WATER}`,
    macVersion: '1.0.2',
    regParams: 'RP001-1.0.2-RevB',
    class: 'A',
    supportsJoin: true,
    codecScript: 'function decodeUplink() { return { data: {} }; }',
  },
  'veilleur/reference-luminaire': {
    name: 'Veilleur veilleur/reference-luminaire',
    macVersion: '1.0.4',
    regParams: 'RP002-1.0.3',
    class: 'C',
    supportsJoin: true,
  },
  'acme/abp': {
    name: 'Veilleur acme/abp',
    macVersion: '1.0.3',
    regParams: 'A',
    class: 'A',
    supportsJoin: false,
  },
};

/** Device 1, 2, 3...: each with its own DevEUI and key. */
export function order(number: number, changes: Record<string, unknown> = {}): DeviceOrder {
  return parseDeviceOrder({
    devEui: devEui(number),
    joinEui: '70b3d57ed0000000',
    name: `Compteur ${number}`,
    profile: WATER,
    appKey: keyOf(number),
    application: 'Eau',
    tags: { zone: 'nord' },
    line: number + 1,
    ...changes,
  });
}

export const devEui = (number: number) => `70b3d5e75e00${number.toString(16).padStart(4, '0')}`;
export const keyOf = (number: number) => KEY.slice(0, 28) + number.toString(16).padStart(4, '0');
export const orders = (count: number) => Array.from({ length: count }, (_, index) => order(index + 1));

/** How many orders stand in each list. Zeros are left out. */
export function tally(report: ProvisionReport): Record<string, number> {
  const { created, unchanged, updated, differs, failed, remaining } = report;
  const lists = Object.entries({ created, unchanged, updated, differs, failed, remaining });
  return Object.fromEntries(lists.map(([kind, list]) => [kind, list.length]).filter(([, count]) => count));
}

/**
 * A ChirpStack for each test, and runs against it. After each test, whatever the runs have said is
 * searched for keys, and ChirpStack for devices without a key.
 */
export function provisioningStory() {
  let chirpStack: FakeChirpStack;
  let clients: ChirpStackClient[] = [];
  const story = {
    get chirpStack() {
      return chirpStack;
    },
    /** All progress and reports of this test. */
    seen: [] as unknown[],
    /** What may be without a key at the end of this test. */
    expectedHalfMade: [] as string[],
    halfMade: () => [...chirpStack.devices.keys()].filter((id) => !chirpStack.keys.has(id)),
    run: async (
      ordered: readonly DeviceOrder[],
      options: Partial<ProvisionOptions> & { apiKey?: string } = {},
    ): Promise<ProvisionReport> => {
      const { apiKey = ADMIN_KEY, ...others } = options;
      const client = new ChirpStackClient({ url: chirpStack.url, apiKey, backoffMs: 2, deadlineMs: 300 });
      clients.push(client);
      const report = await provision(ordered, {
        client,
        profiles: (id) => PROFILES[id],
        onProgress: (progress) => story.seen.push(progress),
        ...others,
      });
      story.seen.push(report);
      return report;
    },
  };

  beforeEach(async () => {
    chirpStack = await FakeChirpStack.start();
    clients = [];
    story.seen = [];
    story.expectedHalfMade = [];
  });

  afterEach(() => {
    for (const client of clients) client.close();
    chirpStack.stop();
    const everything = { depth: 20, showHidden: true, maxArrayLength: 1_000 };
    const said = inspect(story.seen, everything) + JSON.stringify(story.seen);
    expect(story.seen).not.toEqual([]);
    expect(said.toLowerCase()).not.toContain(KEY.slice(0, 12));
    expect(said).not.toMatch(/eyJ0/);
    expect(story.halfMade()).toEqual(story.expectedHalfMade);
  });

  return story;
}
