import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { strangersProfileSchema } from '../profile-file.ts';
import { vectorsSchema } from '../vectors.ts';
import {
  CHIRPSTACK,
  emptyFolder,
  LED_ENCODER,
  layOut,
  THE_THINGS_NETWORK,
  THERMOMETER,
  TS013_PACKAGE,
} from './catalogue-fixtures.ts';
import { importCatalogue } from './import-catalogue.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

async function outcomes(folder: string, into: string) {
  const { codecs } = await importCatalogue(folder, into);
  return codecs.map(({ outcome, edited }) => ({ outcome, edited }));
}

test('a codec becomes a profile folder: decoder as it is, proposed mapping, examples as vectors, origin', async () => {
  const from = await layOut({
    ...THE_THINGS_NETWORK,
    '.git/HEAD': 'ref: refs/heads/main\n',
    '.git/packed-refs': `# pack-refs\n${COMMIT} refs/heads/main\n`,
  });
  const into = await emptyFolder();
  const report = await importCatalogue(join(from, 'vendor'), into);
  expect(report).toMatchObject({
    codecs: [
      { id: 'acme/thermo-codec', folder: 'acme/thermo-codec', outcome: 'written', proposed: { high: 1 } },
    ],
    skipped: [],
    problems: [],
  });
  const read = (name: string) => readFile(join(into, 'acme/thermo-codec', name), 'utf8');
  expect(await read('decoder.js')).toBe(THERMOMETER);
  expect(strangersProfileSchema.parse(parse(await read('profile.yaml')))).toMatchObject({
    vendor: 'Acme Meters',
    name: 'thermo-codec',
    medium: 'environment',
    lorawan: { class: 'C' },
    fPorts: 'any',
    measurements: [{ quantity: 'temperature', field: 'temp_c' }],
  });
  expect(vectorsSchema.parse(parse(await read('vectors.yaml')))).toMatchObject([
    { name: 'Ten degrees', fPort: 3, hex: '14', data: { temp_c: 10 } },
    { name: 'Another port', fPort: 9, refused: 'unknown port' },
  ]);
  expect(parse(await read('origin.yaml'))).toMatchObject({
    catalogue: 'the-things-network',
    file: 'acme/thermo.js',
    commit: COMMIT,
    licence: expect.stringContaining('Do not redistribute'),
  });
  expect(await read('origin.yaml')).not.toContain(from);
});

test('importing again changes nothing', async () => {
  const from = await layOut(CHIRPSTACK);
  const into = await emptyFolder();
  expect(await outcomes(from, into)).toEqual([{ outcome: 'written', edited: [] }]);
  expect(await outcomes(from, into)).toEqual([{ outcome: 'unchanged', edited: [] }]);
});

test('a new version of the decoder comes with the next import', async () => {
  const from = await layOut(CHIRPSTACK);
  const into = await emptyFolder();
  await outcomes(from, into);
  await appendFile(join(from, 'vendors/acme/codecs/thermo.js'), '// 1.1\n');
  expect(await outcomes(from, into)).toEqual([{ outcome: 'updated', edited: [] }]);
  expect(await readFile(join(into, 'acme/thermo/decoder.js'), 'utf8')).toContain('// 1.1');
});

test('what an operator has changed or removed stays so, whatever the catalogue has new', async () => {
  const from = await layOut(CHIRPSTACK);
  const into = await emptyFolder();
  await outcomes(from, into);
  const mine = join(into, 'acme/thermo/profile.yaml');
  await appendFile(mine, '# the second probe is in the cellar\n');
  await rm(join(into, 'acme/thermo/vectors.yaml'));
  await appendFile(join(from, 'vendors/acme/codecs/thermo.js'), '// 1.1\n');
  expect(await outcomes(from, into)).toEqual([{ outcome: 'kept', edited: ['profile.yaml', 'vectors.yaml'] }]);
  expect(await readFile(mine, 'utf8')).toContain('in the cellar');
  expect(await readFile(join(into, 'acme/thermo/decoder.js'), 'utf8')).not.toContain('// 1.1');
});

test('a folder that somebody made by hand, or another catalogue filled, is not taken over', async () => {
  const byHand = await emptyFolder();
  await mkdir(join(byHand, 'acme/thermo'), { recursive: true });
  await writeFile(join(byHand, 'acme/thermo/decoder.js'), 'function decodeUplink() {}');
  expect(await outcomes(await layOut(CHIRPSTACK), byHand)).toEqual([
    { outcome: 'kept', edited: ['decoder.js'] },
  ]);

  const shared = await emptyFolder();
  await outcomes(await layOut(CHIRPSTACK), shared);
  expect(await outcomes(await layOut(TS013_PACKAGE), shared)).toEqual([
    { outcome: 'kept', edited: ['origin.yaml'] },
  ]);
});

test('an import that was interrupted goes on', async () => {
  const from = await layOut(CHIRPSTACK);
  const into = await emptyFolder();
  await outcomes(from, into);
  await rm(join(into, 'acme/thermo/origin.yaml'));
  await rm(join(into, 'acme/thermo/vectors.yaml'));
  expect(await outcomes(from, into)).toEqual([{ outcome: 'updated', edited: [] }]);
  expect(await outcomes(from, into)).toEqual([{ outcome: 'unchanged', edited: [] }]);
});

test('a codec that decodes nothing is skipped, and a stranger’s names stay inside the folder', async () => {
  const from = await layOut({
    'vendor/acme/index.yaml': 'endDevices: []\n',
    'vendor/acme/led.yaml': 'downlinkEncoder: { fileName: led.js }\n',
    'vendor/acme/led.js': LED_ENCODER,
    'vendor/acme/..Été 1.yaml': 'uplinkDecoder: { fileName: thermo.js }\n',
    'vendor/acme/thermo.js': THERMOMETER,
  });
  const { codecs, skipped } = await importCatalogue(from, await emptyFolder());
  expect(skipped).toEqual(['acme/led']);
  expect(codecs.map(({ folder }) => folder)).toEqual(['acme/ete-1']);
});

test('a mapping comment can’t break out of its line', async () => {
  const from = await layOut({
    ...CHIRPSTACK,
    'vendors/acme/codecs/test_decode_thermo.json': JSON.stringify([
      { name: 'odd', input: { bytes: [1], fPort: 3 }, expected: { data: { 'x\nmeasurements: [evil]': 1 } } },
    ]),
  });
  const into = await emptyFolder();
  await importCatalogue(from, into);
  const profile = parse(await readFile(join(into, 'acme/thermo/profile.yaml'), 'utf8'));
  expect(strangersProfileSchema.parse(profile).measurements).toEqual([]);
});
