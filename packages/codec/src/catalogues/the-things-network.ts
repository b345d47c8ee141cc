import { z } from 'zod';

import {
  type CatalogueCodec,
  type CatalogueDevice,
  type CatalogueEntry,
  type CatalogueLorawan,
  type CatalogueProblem,
  type CatalogueScript,
  problem,
} from './catalogue-codec.ts';
import { type CatalogueFolder, type Located, problemsIn } from './catalogue-folder.ts';
import { anything, type ExampleKind, examplesOf, type RawExample } from './example-schema.ts';

/** Vendors' names by folder, from the catalogue's `vendor/index.yaml`. */
export type VendorNames = ReadonlyMap<string, string>;

const example = z.object({
  description: anything,
  input: anything,
  output: anything,
  normalizedOutput: anything,
});

const script = z.object({ fileName: z.string(), examples: z.array(example).nullish() });

const codecFile = z.object({
  uplinkDecoder: script.optional(),
  downlinkEncoder: script.optional(),
  downlinkDecoder: script.optional(),
});

const vendorIndex = z.object({ endDevices: z.array(z.string()).nullish() });

const deviceFile = z.object({
  name: z.string(),
  firmwareVersions: z
    .array(
      z.object({
        profiles: z
          .record(
            z.string(),
            z.object({
              vendorID: z.string().nullish(),
              id: z.string().nullish(),
              codec: z.string().nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

const profileFile = z.object({
  macVersion: z.coerce.string(),
  regionalParametersVersion: z.string(),
  supportsJoin: z.boolean(),
  supportsClassB: z.boolean().optional(),
  supportsClassC: z.boolean().optional(),
});

const vendorList = z.object({ vendors: z.array(z.object({ id: z.string(), name: z.string() })) });

const FUNCTIONS = [
  ['uplinkDecoder', 'decodeUplink'],
  ['downlinkEncoder', 'encodeDownlink'],
  ['downlinkDecoder', 'decodeDownlink'],
] as const satisfies readonly (readonly [keyof z.output<typeof codecFile>, ExampleKind])[];

export async function readVendorNames(root: CatalogueFolder, file: string): Promise<VendorNames> {
  const read = await root.yaml(file);
  const parsed = vendorList.safeParse(read.kind === 'located' ? read.value : undefined);
  return new Map(parsed.success ? parsed.data.vendors.map(({ id, name }) => [id, name]) : []);
}

/** One vendor's folder: every YAML file with a decoder or an encoder in it is a codec. */
export async function* readTheThingsNetworkVendor(
  root: CatalogueFolder,
  folder: string,
  vendorId: string,
  names: VendorNames,
): AsyncIterable<CatalogueEntry> {
  const devices = new DevicesByCodec(root, folder);
  yield* devices.read();
  for (const name of await root.list(folder)) {
    if (!name.endsWith('.yaml') || name === 'index.yaml') continue;
    const file = `${folder}/${name}`;
    const read = await root.yaml(file);
    if (read.kind === 'problem') {
      yield read;
      continue;
    }
    if (!isCodec(read.value)) continue;
    const codec = name.slice(0, -'.yaml'.length);
    yield* readCodec(root, folder, read, {
      id: `${vendorId}/${codec}`,
      vendor: names.get(vendorId) ?? vendorId,
      devices: devices.of(codec),
    });
  }
}

/** Devices, profiles and codecs lie in one folder; only a codec has one of these keys. */
function isCodec(value: unknown): boolean {
  return typeof value === 'object' && value !== null && FUNCTIONS.some(([key]) => key in value);
}

async function* readCodec(
  root: CatalogueFolder,
  folder: string,
  read: Located,
  identity: Pick<CatalogueCodec, 'id' | 'vendor' | 'devices'>,
): AsyncIterable<CatalogueEntry> {
  const parsed = codecFile.safeParse(read.value);
  if (!parsed.success) {
    yield* problemsIn(read, parsed.error);
    return;
  }
  const scripts = new Map<string, CatalogueScript>();
  const raw: RawExample[] = [];
  let own: CatalogueScript | undefined;
  for (const [key, kind] of FUNCTIONS) {
    const given = parsed.data[key];
    if (given === undefined) continue;
    const found = scripts.get(given.fileName) ?? (await readScript(root, folder, given.fileName));
    if ('kind' in found) {
      yield problem(read.placeOf([key, 'fileName']), `${found.place} ${found.reason}`);
      continue;
    }
    scripts.set(given.fileName, found);
    own ??= found;
    const elsewhere = found === own ? {} : { script: found };
    for (const [index, one] of (given.examples ?? []).entries()) {
      const path = [key, 'examples', index, 'input'];
      raw.push({ kind, ...one, expected: one.output, path, ...elsewhere });
      if (kind === 'decodeUplink' && one.normalizedOutput !== undefined) {
        raw.push({ ...normalization(one), path: [key, 'examples', index, 'output'] });
      }
    }
  }
  if (own === undefined) return; // A problem has said why.
  const { examples, problems } = examplesOf(raw, read);
  yield* problems;
  const decodes = parsed.data.uplinkDecoder !== undefined && scripts.has(parsed.data.uplinkDecoder.fileName);
  yield { kind: 'codec', catalogue: 'the-things-network', ...identity, ...own, decodes, examples };
}

/** What the catalogue's own validation does: the decoder's expected output goes into `normalizeUplink`. */
function normalization(one: z.output<typeof example>): Omit<RawExample, 'path'> {
  return {
    kind: 'normalizeUplink',
    description: `${String(one.description)} (normalized)`,
    input: one.output,
    expected: one.normalizedOutput,
  };
}

async function readScript(
  root: CatalogueFolder,
  folder: string,
  fileName: string,
): Promise<CatalogueScript | CatalogueProblem> {
  const file = `${folder}/${fileName}`;
  const read = await root.text(file);
  return read.kind === 'problem' ? read : { file, source: read.text };
}

/** Which devices use a codec: index.yaml names the devices, each device names profile and codec a region. */
class DevicesByCodec {
  readonly #root: CatalogueFolder;
  readonly #folder: string;
  readonly #byCodec = new Map<string, Map<string, CatalogueDevice>>();

  constructor(root: CatalogueFolder, folder: string) {
    this.#root = root;
    this.#folder = folder;
  }

  of(codec: string): readonly CatalogueDevice[] {
    return [...(this.#byCodec.get(codec)?.values() ?? [])];
  }

  async *read(): AsyncIterable<CatalogueProblem> {
    const index = await this.#root.yaml(`${this.#folder}/index.yaml`);
    if (index.kind === 'problem') {
      yield index;
      return;
    }
    const listed = vendorIndex.safeParse(index.value);
    for (const device of (listed.success ? listed.data.endDevices : undefined) ?? []) {
      const file = await this.#root.yaml(`${this.#folder}/${device}.yaml`);
      if (file.kind === 'problem') {
        yield file;
        continue;
      }
      const parsed = deviceFile.safeParse(file.value);
      if (parsed.success) await this.#add(parsed.data);
      else yield* problemsIn(file, parsed.error);
    }
  }

  async #add({ name, firmwareVersions }: z.output<typeof deviceFile>): Promise<void> {
    for (const profile of (firmwareVersions ?? []).flatMap(({ profiles }) => Object.values(profiles ?? {}))) {
      if (typeof profile.codec !== 'string') continue;
      const devices = this.#byCodec.get(profile.codec) ?? new Map<string, CatalogueDevice>();
      this.#byCodec.set(profile.codec, devices);
      if (devices.get(name)?.lorawan !== undefined) continue;
      // A profile of another vendor (a module's) is left out: it says little about this device.
      const isOwn = typeof profile.id === 'string' && typeof profile.vendorID !== 'string';
      const lorawan = isOwn ? await this.#lorawan(`${profile.id}`) : undefined;
      devices.set(name, lorawan === undefined ? { name } : { name, lorawan });
    }
  }

  async #lorawan(profile: string): Promise<CatalogueLorawan | undefined> {
    const file = await this.#root.yaml(`${this.#folder}/${profile}.yaml`);
    const parsed = profileFile.safeParse(file.kind === 'located' ? file.value : undefined);
    if (!parsed.success) return undefined;
    const { macVersion, regionalParametersVersion, supportsJoin, supportsClassB, supportsClassC } =
      parsed.data;
    return {
      macVersion,
      regionalParameters: regionalParametersVersion,
      class: supportsClassC === true ? 'C' : supportsClassB === true ? 'B' : 'A',
      activation: supportsJoin ? 'OTAA' : 'ABP',
    };
  }
}
