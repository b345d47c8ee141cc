import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';

import {
  type CatalogueDevice,
  type CatalogueEntry,
  type CatalogueLorawan,
  type CatalogueProblem,
  problem,
} from './catalogue-codec.ts';
import type { CatalogueFolder } from './catalogue-folder.ts';
import { anything, examplesOf, type RawExample } from './example-schema.ts';

const vendorFile = z.object({ vendor: z.object({ name: z.string() }) });

const deviceFile = z.object({
  device: z.object({
    name: z.string(),
    firmware: z
      .array(z.object({ profiles: z.array(z.string()).default([]), codec: z.string().optional() }))
      .default([]),
  }),
});

const profileFile = z.object({
  profile: z.object({
    mac_version: z.string(),
    reg_params_revision: z.string(),
    supports_otaa: z.boolean(),
    supports_class_b: z.boolean().default(false),
    supports_class_c: z.boolean().default(false),
  }),
});

const testFile = z.array(
  z.object({ name: anything, description: anything, input: anything, expected: anything }),
);

const TESTS = [
  ['test_decode_', 'decodeUplink'],
  ['test_encode_', 'encodeDownlink'],
] as const;

/** One vendor's folder: every script under `codecs/` is a codec, its tests lie beside it. */
export async function* readChirpStackVendor(
  root: CatalogueFolder,
  folder: string,
  vendorId: string,
): AsyncIterable<CatalogueEntry> {
  const vendor = await readToml(root, `${folder}/vendor.toml`, vendorFile);
  if (vendor.kind === 'problem') yield vendor;
  const devices = new Map<string, CatalogueDevice[]>();
  for (const name of await root.list(`${folder}/devices`)) {
    if (!name.endsWith('.toml')) continue;
    const found = await addDevice(root, folder, name, devices);
    if (found !== undefined) yield found;
  }
  const names = await root.list(`${folder}/codecs`);
  for (const name of names.filter((each) => each.endsWith('.js'))) {
    yield* readCodec(root, `${folder}/codecs`, name.slice(0, -'.js'.length), {
      vendorId,
      vendor: vendor.kind === 'read' ? vendor.value.vendor.name : vendorId,
      devices: devices.get(name) ?? [],
    });
  }
  yield* await orphans(root, `${folder}/codecs`, names);
}

async function* readCodec(
  root: CatalogueFolder,
  folder: string,
  codec: string,
  { vendorId, vendor, devices }: { vendorId: string; vendor: string; devices: readonly CatalogueDevice[] },
): AsyncIterable<CatalogueEntry> {
  const file = `${folder}/${codec}.js`;
  const read = await root.text(file);
  if (read.kind === 'problem') {
    yield read;
    return;
  }
  const examples = [];
  for (const [prefix, kind] of TESTS) {
    const name = `${folder}/${prefix}${codec}.json`;
    if (!(await root.has(name))) continue;
    const tests = await root.literal(name);
    if (tests.kind === 'problem') {
      yield tests;
      continue;
    }
    const parsed = testFile.safeParse(tests.value);
    if (!parsed.success) {
      yield problem(tests.placeOf([]), 'a list of {name, input, expected} was expected');
      continue;
    }
    const raw = parsed.data.map((one, index): RawExample => {
      return { kind, ...one, description: one.name ?? one.description, path: [index, 'input'] };
    });
    const found = examplesOf(raw, tests);
    yield* found.problems;
    examples.push(...found.examples);
  }
  yield {
    kind: 'codec',
    id: `${vendorId}/${codec}`,
    catalogue: 'chirpstack',
    vendor,
    devices,
    file,
    source: read.text,
    decodes: true,
    examples,
  };
}

/** Tests whose codec was renamed or removed: nothing runs them, so they prove nothing. */
async function orphans(
  root: CatalogueFolder,
  folder: string,
  names: readonly string[],
): Promise<CatalogueProblem[]> {
  const found: CatalogueProblem[] = [];
  for (const name of names) {
    const codec = /^test_(?:decode|encode)_(.+)\.json$/.exec(name)?.[1];
    if (codec === undefined || names.includes(`${codec}.js`)) continue;
    const tests = await root.literal(`${folder}/${name}`);
    const isEmpty = tests.kind === 'located' && Array.isArray(tests.value) && tests.value.length === 0;
    if (!isEmpty) found.push(problem(`${folder}/${name}`, `there is no codec ${codec}.js for these tests`));
  }
  return found;
}

async function addDevice(
  root: CatalogueFolder,
  folder: string,
  name: string,
  into: Map<string, CatalogueDevice[]>,
): Promise<CatalogueProblem | undefined> {
  const file = await readToml(root, `${folder}/devices/${name}`, deviceFile);
  if (file.kind === 'problem') return file;
  const { device } = file.value;
  for (const { codec, profiles } of device.firmware) {
    if (codec === undefined) continue;
    const [profile] = profiles;
    const lorawan =
      profile === undefined ? undefined : await readLorawan(root, `${folder}/profiles/${profile}`);
    const others = (into.get(codec) ?? []).filter((other) => other.name !== device.name);
    into.set(codec, [
      ...others,
      lorawan === undefined ? { name: device.name } : { name: device.name, lorawan },
    ]);
  }
  return undefined;
}

async function readLorawan(root: CatalogueFolder, file: string): Promise<CatalogueLorawan | undefined> {
  const read = await readToml(root, file, profileFile);
  if (read.kind === 'problem') return undefined;
  const { mac_version, reg_params_revision, supports_otaa, supports_class_b, supports_class_c } =
    read.value.profile;
  return {
    macVersion: mac_version,
    regionalParameters: regionalParameters(mac_version, reg_params_revision),
    class: supports_class_c ? 'C' : supports_class_b ? 'B' : 'A',
    activation: supports_otaa ? 'OTAA' : 'ABP',
  };
}

/** ChirpStack writes revision `A` for what the LoRa Alliance calls RP001-1.0.3-RevA, and RP002 in full. */
function regionalParameters(macVersion: string, revision: string): string {
  return revision.startsWith('RP')
    ? revision
    : `RP001-${macVersion.replace(/^1\.1\.0$/, '1.1')}-Rev${revision}`;
}

type Toml<T> = { readonly kind: 'read'; readonly value: T } | CatalogueProblem;

async function readToml<T extends z.ZodType>(
  root: CatalogueFolder,
  file: string,
  schema: T,
): Promise<Toml<z.output<T>>> {
  const read = await root.text(file);
  if (read.kind === 'problem') return read;
  try {
    const parsed = schema.safeParse(parse(read.text));
    if (parsed.success) return { kind: 'read', value: parsed.data };
    return problem(file, z.prettifyError(parsed.error));
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [firstLine] = cause.message.split('\n');
    return problem(`${file}:${cause.line}:${cause.column}`, firstLine ?? cause.message);
  }
}
