import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  CHIRPSTACK,
  entriesOf,
  LED_ENCODER,
  layOut,
  THE_THINGS_NETWORK,
  THERMOMETER,
  type Tree,
  TS013_PACKAGE,
} from './catalogue-fixtures.ts';
import { readCatalogue } from './read-catalogue.ts';

async function read(tree: Tree, below = '.') {
  return entriesOf(readCatalogue(join(await layOut(tree), below)));
}

describe('the three layouts', () => {
  test('The Things Network: index, device, profile, codec, and an encoder in a file of its own', async () => {
    const { codecs, problems } = await read(THE_THINGS_NETWORK);
    expect(problems).toEqual([]);
    expect(codecs).toMatchObject([
      {
        id: 'acme/thermo-codec',
        catalogue: 'the-things-network',
        vendor: 'Acme Meters',
        devices: [
          {
            name: 'Thermo One',
            lorawan: {
              macVersion: '1.0.3',
              regionalParameters: 'RP001-1.0.3-RevA',
              class: 'C',
              activation: 'OTAA',
            },
          },
        ],
        file: 'vendor/acme/thermo.js',
        source: THERMOMETER,
        decodes: true,
        examples: [
          { kind: 'decodeUplink', description: 'Ten degrees', input: { fPort: 3, bytes: [20] } },
          { kind: 'normalizeUplink', input: { data: { temp_c: 10 } } },
          { kind: 'decodeUplink', expected: { errors: ['unknown port'] } },
          { kind: 'encodeDownlink', script: { file: 'vendor/acme/led.js', source: LED_ENCODER } },
        ],
      },
    ]);
  });

  test('ChirpStack: vendor, device, profile, and tests written as JavaScript', async () => {
    const { codecs, problems } = await read(CHIRPSTACK);
    expect(problems).toEqual([]);
    expect(codecs).toMatchObject([
      {
        id: 'acme/thermo',
        catalogue: 'chirpstack',
        vendor: 'Acme Meters',
        devices: [{ name: 'Thermo One', lorawan: { regionalParameters: 'RP001-1.0.3-RevA', class: 'A' } }],
        examples: [
          { kind: 'decodeUplink', description: 'Ten degrees', input: { fPort: 3, bytes: [20] } },
          { kind: 'encodeDownlink', description: 'LED on', input: { data: { led: true } } },
        ],
      },
    ]);
  });

  test('TS013: bytes in hexadecimal, a time of reception', async () => {
    const { codecs, problems } = await read(TS013_PACKAGE);
    expect(problems).toEqual([]);
    expect(codecs).toMatchObject([
      {
        id: 'acme/thermo',
        catalogue: 'ts013',
        devices: [{ name: 'Thermo One' }],
        examples: [
          { kind: 'decodeUplink', input: { bytes: [20], recvTime: new Date('2026-03-01T11:00:00Z') } },
          { kind: 'encodeDownlink', expected: { bytes: [1], fPort: 4 } },
        ],
      },
    ]);
  });

  test.each([
    ['the folder of vendors', THE_THINGS_NETWORK, 'vendor', 'acme/thermo-codec'],
    ['one vendor', THE_THINGS_NETWORK, 'vendor/acme', 'acme/thermo-codec'],
    ['the folder of vendors', CHIRPSTACK, 'vendors', 'acme/thermo'],
    ['one vendor', CHIRPSTACK, 'vendors/acme', 'acme/thermo'],
    ['one package', TS013_PACKAGE, 'acme/thermo', 'acme/thermo'],
  ])('%s alone is enough', async (_part, tree, below, id) => {
    const { codecs } = await read(tree, below);
    expect(codecs.map((codec) => codec.id)).toEqual([id]);
  });

  test('a folder without a catalogue says which layouts there are', async () => {
    await expect(read({ 'README.md': 'nothing' })).rejects.toMatchObject({
      code: 'catalogue_unknown_layout',
    });
    await expect(entriesOf(readCatalogue('/nowhere/at/all'))).rejects.toMatchObject({
      code: 'catalogue_not_found',
    });
  });
});

describe('a broken file is a problem with its place, and the rest is read', () => {
  test.each<[string, Tree, Tree, { place: string; reason: string }]>([
    [
      'YAML that does not parse',
      THE_THINGS_NETWORK,
      { 'vendor/acme/broken.yaml': 'uplinkDecoder:\n  fileName: "a' },
      { place: 'vendor/acme/broken.yaml:2:15', reason: 'quote' },
    ],
    [
      'a decoder that is not there',
      THE_THINGS_NETWORK,
      { 'vendor/acme/lost.yaml': 'uplinkDecoder:\n  fileName: lost.js\n' },
      { place: 'vendor/acme/lost.yaml:2:13', reason: 'vendor/acme/lost.js does not exist' },
    ],
    [
      'an example with a byte of 256',
      THE_THINGS_NETWORK,
      {
        'vendor/acme/odd.yaml':
          'uplinkDecoder:\n  fileName: thermo.js\n  examples:\n    - input: { fPort: 3, bytes: [256] }\n',
      },
      { place: 'vendor/acme/odd.yaml:4:', reason: 'uplinkDecoder.examples.0.input.bytes' },
    ],
    [
      'a decoder outside the catalogue',
      THE_THINGS_NETWORK,
      { 'vendor/acme/out.yaml': 'uplinkDecoder: { fileName: ../../../../../../etc/hostname }\n' },
      { place: 'vendor/acme/out.yaml:1:28', reason: 'leads outside the catalogue' },
    ],
    [
      'TOML that does not parse',
      CHIRPSTACK,
      { 'vendors/acme/devices/broken.toml': '[device\nname = 1' },
      { place: 'vendors/acme/devices/broken.toml:1:', reason: 'TOML' },
    ],
    [
      'tests that end in the middle',
      CHIRPSTACK,
      { 'vendors/acme/codecs/test_decode_thermo.json': '[\n  { "name": "cut' },
      { place: 'vendors/acme/codecs/test_decode_thermo.json:2:', reason: 'not closed' },
    ],
    [
      'tests of a codec that was renamed',
      CHIRPSTACK,
      { 'vendors/acme/codecs/test_decode_old.json': '[{ "input": { "bytes": [] } }]' },
      { place: 'vendors/acme/codecs/test_decode_old.json', reason: 'there is no codec old.js' },
    ],
    [
      'a type that TS013 does not know',
      TS013_PACKAGE,
      { 'acme/thermo/examples.json': '[\n  { "type": "sideways" }\n]' },
      { place: 'acme/thermo/examples.json:2:13', reason: 'sideways' },
    ],
  ])('%s', async (_what, tree, broken, { place, reason }) => {
    const { codecs, problems } = await read({ ...tree, ...broken });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.place).toContain(place);
    expect(problems[0]?.reason).toContain(reason);
    expect(codecs.map(({ source }) => source)).toContainEqual(expect.stringContaining('decodeUplink'));
  });

  test('a link that leads out of the catalogue is not followed', async () => {
    const outside = await layOut({ 'secret.js': 'function decodeUplink() {}' });
    const root = await layOut(CHIRPSTACK);
    await symlink(join(outside, 'secret.js'), join(root, 'vendors/acme/codecs/leak.js'));
    const { problems } = await entriesOf(readCatalogue(root));
    expect(problems).toEqual([
      { kind: 'problem', place: 'vendors/acme/codecs/leak.js', reason: 'leads outside the catalogue' },
    ]);
  });

  test('no reason names a folder of this machine', async () => {
    const root = await layOut(THE_THINGS_NETWORK);
    await writeFile(join(root, 'vendor/acme/thermo-codec.yaml'), 'uplinkDecoder: { fileName: "." }\n');
    const { problems } = await entriesOf(readCatalogue(root));
    expect(problems).toHaveLength(1);
    expect(JSON.stringify(problems)).not.toContain(root);
  });
});
