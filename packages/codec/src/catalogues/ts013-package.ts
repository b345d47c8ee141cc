import { basename } from 'node:path';

import { z } from 'zod';

import { type CatalogueEntry, problem } from './catalogue-codec.ts';
import type { CatalogueFolder } from './catalogue-folder.ts';
import { anything, type ExampleKind, examplesOf, type RawExample } from './example-schema.ts';

const metadataFile = z.object({
  name: z.string().min(1).optional(),
  main: z.string().min(1).optional(),
  vendor: z.string().min(1).optional(),
});

const exampleFile = z.array(
  z.object({ type: z.string(), description: anything, input: anything, output: anything }),
);

const KINDS: ReadonlyMap<string, ExampleKind> = new Map([
  ['uplink', 'decodeUplink'],
  ['downlink-encode', 'encodeDownlink'],
  ['downlink-decode', 'decodeDownlink'],
]);

/** TS013 names `main.js`; packages made before it was final, and Actility's, have `index.js`. */
const MAIN_FILES = ['main.js', 'index.js'];

export async function isTs013Package(root: CatalogueFolder, folder: string): Promise<boolean> {
  const names = await root.list(folder);
  return (
    names.includes('examples.json') && [...MAIN_FILES, 'metadata.json'].some((name) => names.includes(name))
  );
}

/** One package: a folder with metadata.json, the script, and examples.json. */
export async function* readTs013Package(
  root: CatalogueFolder,
  folder: string,
  vendorId: string,
): AsyncIterable<CatalogueEntry> {
  const metadata = await readMetadata(root, folder);
  if ('kind' in metadata) {
    yield metadata;
    return;
  }
  const candidates = metadata.main === undefined ? MAIN_FILES : [metadata.main, ...MAIN_FILES];
  const names = await root.list(folder);
  const main = candidates.find((name) => names.includes(name)) ?? candidates[0] ?? 'main.js';
  const script = await root.text(`${folder}/${main}`);
  if (script.kind === 'problem') {
    yield script;
    return;
  }
  const examples = await root.literal(`${folder}/examples.json`);
  const raw = examples.kind === 'located' ? exampleFile.safeParse(examples.value) : undefined;
  if (examples.kind === 'problem') yield examples;
  else if (raw?.success !== true) {
    yield problem(`${folder}/examples.json`, 'a list of {type, input, output} was expected');
  }
  const found: RawExample[] = [];
  for (const [index, one] of (raw?.data ?? []).entries()) {
    const kind = KINDS.get(one.type);
    if (kind !== undefined) found.push({ kind, ...one, expected: one.output, path: [index, 'input'] });
    else if (examples.kind === 'located') {
      yield problem(examples.placeOf([index, 'type']), `"${one.type}" is no type of TS013 example`);
    }
  }
  const read = examples.kind === 'located' ? examplesOf(found, examples) : { examples: [], problems: [] };
  yield* read.problems;
  const folderName = basename(folder === '.' ? root.path : folder);
  yield {
    kind: 'codec',
    id: `${vendorId}/${folderName}`,
    catalogue: 'ts013',
    vendor: metadata.vendor ?? vendorId,
    devices: [{ name: metadata.name ?? folderName }],
    file: `${folder}/${main}`,
    source: script.text,
    decodes: true,
    examples: read.examples,
  };
}

async function readMetadata(root: CatalogueFolder, folder: string) {
  const file = `${folder}/metadata.json`;
  if (!(await root.has(file))) return {};
  const read = await root.literal(file);
  if (read.kind === 'problem') return read;
  const parsed = metadataFile.safeParse(read.value);
  return parsed.success ? parsed.data : problem(file, z.prettifyError(parsed.error));
}
