import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import type { CatalogueCodec, CatalogueEntry, CatalogueProblem } from './catalogue-codec.ts';

/** A checkout for tests: paths and texts. All of it was made up here; no catalogue's file is copied. */
export type Tree = Readonly<Record<string, string>>;

/** A folder that lasts as long as the test. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-catalogue-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

export async function layOut(tree: Tree): Promise<string> {
  const root = await emptyFolder();
  for (const [path, text] of Object.entries(tree)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return root;
}

export async function entriesOf(reading: AsyncIterable<CatalogueEntry>): Promise<{
  codecs: CatalogueCodec[];
  problems: CatalogueProblem[];
}> {
  const codecs: CatalogueCodec[] = [];
  const problems: CatalogueProblem[] = [];
  for await (const entry of reading) {
    if (entry.kind === 'codec') codecs.push(entry);
    else problems.push(entry);
  }
  return { codecs, problems };
}

/** A thermometer: one byte in half degrees, and a LED that can be switched. */
export const THERMOMETER = `
function decodeUplink(input) {
  if (input.fPort !== 3) return { errors: ['unknown port'] };
  return { data: { temp_c: input.bytes[0] / 2 }, warnings: [] };
}
function normalizeUplink(input) { return { data: { air: { temperature: input.data.temp_c } } }; }
`;
export const LED_ENCODER = `
function encodeDownlink(input) { return { bytes: [input.data.led ? 1 : 0], fPort: 4 }; }
`;

export const THE_THINGS_NETWORK: Tree = {
  'vendor/index.yaml': 'vendors:\n  - { id: acme, name: Acme Meters }\n',
  'vendor/acme/index.yaml': 'endDevices: [thermo]\n',
  'vendor/acme/thermo.yaml': `name: Thermo One
firmwareVersions:
  - version: '1.0'
    profiles:
      EU863-870: { id: thermo-profile, codec: thermo-codec }
`,
  'vendor/acme/thermo-profile.yaml': `macVersion: '1.0.3'
regionalParametersVersion: RP001-1.0.3-RevA
supportsJoin: true
supportsClassC: true
`,
  'vendor/acme/thermo-codec.yaml': `uplinkDecoder:
  fileName: thermo.js
  examples:
    - description: Ten degrees
      input: { fPort: 3, bytes: [20] }
      output: { data: { temp_c: 10 } }
      normalizedOutput: { data: [{ air: { temperature: 10 } }] }
    - description: Another port
      input: { fPort: 9, bytes: [20] }
      output: { errors: [unknown port] }
downlinkEncoder:
  fileName: led.js
  examples:
    - description: LED on
      input: { data: { led: true } }
      output: { bytes: [1], fPort: 4 }
`,
  'vendor/acme/thermo.js': THERMOMETER,
  'vendor/acme/led.js': LED_ENCODER,
};

export const CHIRPSTACK: Tree = {
  'vendors/acme/vendor.toml': '[vendor]\nname = "Acme Meters"\n',
  'vendors/acme/devices/thermo.toml': `[device]
name = "Thermo One"
[[device.firmware]]
version = "1.0"
profiles = ["EU868.toml"]
codec = "thermo.js"
`,
  'vendors/acme/profiles/EU868.toml': `[profile]
mac_version = "1.0.3"
reg_params_revision = "A"
supports_otaa = true
`,
  'vendors/acme/codecs/thermo.js': THERMOMETER + LED_ENCODER,
  'vendors/acme/codecs/test_decode_thermo.json': `[
  { name: 'Ten degrees', input: { fPort: 0x03, bytes: [0x14] }, expected: { data: { temp_c: 10 } } }, // half degrees
]`,
  'vendors/acme/codecs/test_encode_thermo.json': `[
  { "description": "LED on", "input": { "data": { "led": true } }, "expected": { "bytes": [1], "fPort": 4 } }
]`,
};

export const TS013_PACKAGE: Tree = {
  'acme/thermo/metadata.json': '{ "name": "Thermo One", "main": "main.js" }',
  'acme/thermo/main.js': THERMOMETER + LED_ENCODER,
  'acme/thermo/examples.json': `[
  { "type": "uplink", "description": "Ten degrees",
    "input": { "bytes": "14", "fPort": 3, "recvTime": "2026-03-01T12:00:00+01:00" },
    "output": { "data": { "temp_c": 10 }, "errors": [], "warnings": [] } },
  { "type": "downlink-encode", "description": "LED on",
    "input": { "data": { "led": true } }, "output": { "bytes": "01", "fPort": 4 } }
]`,
};
