import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { VeilleurError } from '@veilleur/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadProfiles } from './catalogue.ts';
import { loadReviewedProfile } from './profile.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'veilleur-profiles-'));
});
afterAll(() => rm(root, { recursive: true }));

const PROFILE = `vendor: Acme
name: Probe
medium: environment
description: { en: A probe, fr: Une sonde }
lorawan: { macVersion: 1.0.3, regionalParameters: RP001-1.0.3-RevA, class: A, activation: OTAA }
reportInterval: PT1H
source: [{ what: The frame, where: here, licence: Apache-2.0 }]
fPorts: [1]
measurements:
  - { quantity: temperature, field: t }
`;
const DECODER = 'function decodeUplink(input) { return { data: { t: input.bytes[0] } }; }';

let count = 0;
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = join(root, `case-${++count}`, 'acme', 'probe');
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test('a folder with profile and decoder becomes a profile named after its two folders', async () => {
  const profile = await loadReviewedProfile(
    await folderWith({ 'profile.yaml': PROFILE, 'decoder.js': DECODER }),
  );
  expect(profile.id).toBe('acme/probe');
  expect(profile.encode).toBeUndefined();
  const receivedAt = new Date('2026-03-01T12:00:00Z');
  expect(profile.decode({ bytes: Uint8Array.of(21), fPort: 1, receivedAt })).toEqual({
    outcome: 'decoded',
    data: { t: 21 },
    measurements: [{ quantity: 'temperature', channel: 0, time: receivedAt, value: 21, quality: 'measured' }],
    warnings: [],
    unmapped: [],
  });
});

describe('a profile that does not load says which file, where in it, and what to do', () => {
  const yaml = (from: string, to: string) => ({
    'profile.yaml': PROFILE.replace(from, to),
    'decoder.js': DECODER,
  });

  test.each<[string, Record<string, string>, string, RegExp]>([
    ['no profile', {}, 'profile_not_found', /acme\/probe\/profile\.yaml does not exist/],
    ['no decoder', { 'profile.yaml': PROFILE }, 'profile_decoder_missing', /decoder\.js does not exist/],
    ['bad YAML', yaml('vendor: Acme', 'vendor: [Acme'), 'profile_invalid', /profile\.yaml:\d+:\d+: /],
    [
      'an unknown quantity',
      yaml('quantity: temperature', 'quantity: temperatur'),
      'profile_invalid',
      /profile\.yaml:10:17: measurements\.0\.quantity: unknown quantity "temperatur"; did you mean temperature/,
    ],
    [
      'an impossible unit',
      yaml('field: t }', 'field: t, unit: W.h }'),
      'profile_invalid',
      /profile\.yaml:10:\d+: measurements\.0\.unit: no conversion from "W\.h" to "Cel", the unit of temperature; known: Cel/,
    ],
    [
      'a channel that no number of 16 bits tells',
      yaml('field: t }', 'field: t, channel: 32768 }'),
      'profile_invalid',
      /10:\d+: measurements\.0\.channel: .*32767/,
    ],
    [
      'a misspelt key',
      yaml('fPorts:', 'fports:'),
      'profile_invalid',
      /fPorts: .*\n.*[Uu]nrecognized key.*fports/,
    ],
    [
      'a path with a hole',
      yaml('field: t }', 'field: a..t }'),
      'profile_invalid',
      /10:\d+: measurements\.0\.field: a path is/,
    ],
    [
      'no source',
      yaml('source: [{ what: The frame, where: here, licence: Apache-2.0 }]', 'source: []'),
      'profile_invalid',
      /say where the frame format is published/,
    ],
    [
      'a script that does not parse',
      { 'profile.yaml': PROFILE, 'decoder.js': 'function decodeUplink(input) {\n  return {;\n}' },
      'profile_script_invalid',
      /decoder\.js:2: Unexpected token/,
    ],
    [
      'a script with export',
      { 'profile.yaml': PROFILE, 'decoder.js': `export ${DECODER}` },
      'profile_script_invalid',
      /decoder\.js:1: Unexpected token 'export'/,
    ],
    [
      'a script without decodeUplink',
      { 'profile.yaml': PROFILE, 'decoder.js': 'function Decoder() {}' },
      'profile_script_invalid',
      /decoder\.js: declares no function decodeUplink/,
    ],
    [
      'hexadecimal that YAML took for a number',
      {
        'profile.yaml': PROFILE,
        'decoder.js': DECODER,
        'vectors.yaml': '- { name: a, source: b, fPort: 1, hex: 30e015, data: {} }',
      },
      'profile_vectors_invalid',
      /vectors\.yaml:1:\d+: 0\.hex: put hexadecimal between quotes/,
    ],
    [
      'a vector that expects nothing',
      {
        'profile.yaml': PROFILE,
        'decoder.js': DECODER,
        'vectors.yaml': "- { name: a, source: b, fPort: 1, hex: '00' }",
      },
      'profile_vectors_invalid',
      /expects nothing/,
    ],
  ])('%s', async (_name, files, code, message) => {
    const error = await loadReviewedProfile(await folderWith(files)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VeilleurError);
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(message),
      remedy: expect.any(String),
    });
  });

  test('several of them are named together', async () => {
    const folder = await folderWith({ 'profile.yaml': PROFILE });
    const other = join(folder, '../other');
    await mkdir(other);
    await writeFile(join(other, 'profile.yaml'), 'vendor: [');
    const error = await loadProfiles(join(folder, '../..')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'profiles_invalid',
      message: expect.stringMatching(/other.*\n.*decoder\.js/s),
    });
  });
});
