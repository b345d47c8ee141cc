import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ChirpStackClient } from './chirpstack-client.ts';
import { FakeChirpStack } from './fake-chirpstack.ts';
import { TENANT_KEY } from './fake-chirpstack-rules.ts';
import type { LnsDeviceProfile } from './lns-device-profile.ts';
import { ordersFromCsv } from './orders-from-csv.ts';
import { provision } from './provision.ts';

const COUNT = 10_000;
const KEY_START = '8f2c1d7a9b3e4f506172839405a6';
const PROFILE = 'axioma/qalcosonic-w1';
const HEADER = 'dev_eui;app_key;nom;profil;application;latitude;longitude;point de comptage;tags';

/** One line of the file for device `index`, counted from 0: it stands on line `index + 2`. */
function line(index: number): string[] {
  const digits = index.toString(16).padStart(4, '0');
  return [
    `70B3D5E75E01${digits}`,
    `${KEY_START}${digits}`,
    `Compteur ${index}`,
    PROFILE,
    `Eau ${index % 4}`,
    '48,8566',
    '2,3522',
    `PDC-${index}`,
    'zone=nord|lot=7',
  ];
}

/** The ways in which delivery lists are wrong, with the column that must be named. */
const DAMAGES: readonly (readonly [column: string, cell: number, damaged: string])[] = [
  ['dev_eui', 0, '7.0B3E+15'],
  ['dev_eui', 0, '70B3D5E75E01'],
  ['dev_eui', 0, '70B3D5E75E010000'],
  ['app_key', 1, ''],
  ['app_key', 1, `${KEY_START}00O0`],
  ['name', 2, '=A1'],
  ['profile', 3, 'axioma/w1'],
  ['application', 4, ''],
  ['latitude', 5, '488566'],
  ['longitude', 6, ''],
  ['tags', 8, 'nord'],
];

/** 37 lines, far apart, each damaged in one way. */
const BAD = Array.from({ length: 37 }, (_, number) => ({
  index: 101 + number * 263,
  damage: DAMAGES[number % DAMAGES.length] ?? (['', 0, ''] as const),
}));

function file(damaged: boolean): Readable {
  const bad = new Map(BAD.map(({ index, damage }) => [index, damage]));
  return Readable.from(
    (function* () {
      yield `\uFEFF${HEADER}\r\n`;
      for (let index = 0; index < COUNT; index++) {
        const damage = damaged ? bad.get(index) : undefined;
        yield `${line(index)
          .map((cell, at) => (damage?.[1] === at ? damage[2] : cell))
          .join(';')}\r\n`;
      }
    })(),
  );
}

describe('ten thousand meters from a file', () => {
  let chirpStack: FakeChirpStack;
  let client: ChirpStackClient;

  beforeEach(async () => {
    chirpStack = await FakeChirpStack.start();
    client = new ChirpStackClient({ url: chirpStack.url, apiKey: TENANT_KEY });
  });

  afterEach(() => {
    client.close();
    chirpStack.stop();
  });

  it('are checked before anything is done: the 37 bad lines are named, and only they', async () => {
    const start = performance.now();
    const { orders, problems } = await ordersFromCsv(file(true), { profileIds: [PROFILE] });
    const elapsedMs = performance.now() - start;
    expect(problems.map((problem) => [problem.line, problem.column])).toEqual(
      BAD.map(({ index, damage }) => [index + 2, damage[0]]),
    );
    expect(orders).toHaveLength(COUNT - BAD.length);
    expect(JSON.stringify([orders, problems])).not.toContain(KEY_START.slice(0, 12));
    // 0.4 s where this was written; the rest is for a busy machine.
    expect(elapsedMs).toBeLessThan(4_000);
  });

  it('are in ChirpStack once the file is corrected, and a second run writes nothing', async () => {
    const { orders, problems } = await ordersFromCsv(file(false), { profileIds: [PROFILE] });
    expect(problems).toEqual([]);
    const profile: LnsDeviceProfile = {
      name: `Veilleur ${PROFILE}`,
      macVersion: '1.0.2',
      regParams: 'A',
      class: 'A',
      supportsJoin: true,
    };
    const run = () =>
      provision(orders, {
        client,
        tenantId: chirpStack.ownTenant,
        profiles: () => profile,
        concurrency: 32,
      });

    const first = await run();
    expect(first.created.map((device) => device.line)).toEqual(orders.map((order) => order.line));
    expect(chirpStack.devices.size).toBe(COUNT);
    expect(chirpStack.keys.size).toBe(COUNT);
    // Four applications, a profile, and for each device itself and its key.
    expect(chirpStack.writes).toBe(4 + 1 + 2 * COUNT);

    const second = await run();
    expect(second.unchanged).toHaveLength(COUNT);
    expect(chirpStack.writes).toBe(4 + 1 + 2 * COUNT);
    expect(inspect([first, second], { depth: 9, maxArrayLength: COUNT })).not.toContain(
      KEY_START.slice(0, 12),
    );
  });
});
