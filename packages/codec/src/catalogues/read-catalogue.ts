import { basename, dirname, resolve } from 'node:path';

import { messageOf, VeilleurError } from '@veilleur/domain';

import type { CatalogueEntry } from './catalogue-codec.ts';
import { CatalogueFolder } from './catalogue-folder.ts';
import { readChirpStackVendor } from './chirpstack.ts';
import { readTheThingsNetworkVendor, readVendorNames } from './the-things-network.ts';
import { isTs013Package, readTs013Package } from './ts013-package.ts';

/** Actility's catalogue, the deepest one, keeps its packages in vendors/<vendor>/drivers/<driver>. */
const MAX_PACKAGE_DEPTH = 4;

/**
 * Reads a public catalogue of codecs: a whole checkout, its folder of vendors, one vendor, or one TS013
 * package. Which of the three layouts it has is seen from the files. What can't be read comes as a
 * problem between the codecs; codecs come in the order of their folders.
 *
 * @throws VeilleurError `catalogue_not_found`, `catalogue_unknown_layout`.
 */
export async function* readCatalogue(folder: string): AsyncIterable<CatalogueEntry> {
  const root = await open(folder);
  const [layout] = await layoutsOf(root);
  if (layout === undefined) {
    throw new VeilleurError('catalogue_unknown_layout', `${folder} holds no catalogue that is known`, {
      remedy:
        'Name a checkout with vendor/<vendor>/index.yaml (The Things Network), vendors/<vendor>/vendor.toml (ChirpStack), or TS013 packages (main.js and examples.json).',
    });
  }
  yield* layout();
}

type Reading = () => AsyncIterable<CatalogueEntry>;

/** The readings that fit, first one first. */
async function layoutsOf(root: CatalogueFolder): Promise<readonly Reading[]> {
  const fitting: Reading[] = [];
  const own = basename(resolve(root.path));
  if (await root.has('vendor.toml')) fitting.push(() => readChirpStackVendor(root, '.', own));
  for (const base of ['vendors', '.']) {
    const vendors = await foldersWith(root, base, 'vendor.toml');
    if (vendors.length > 0) fitting.push(() => chirpStack(root, vendors));
  }
  for (const base of ['vendor', '.']) {
    const vendors = await foldersWith(root, base, 'index.yaml');
    if (vendors.length > 0) fitting.push(() => theThingsNetwork(root, base, vendors));
  }
  if (await root.has('index.yaml')) {
    fitting.push(() => readTheThingsNetworkVendor(root, '.', own, new Map()));
  }
  const packages = await packagesBelow(root, '.', MAX_PACKAGE_DEPTH);
  if (packages.length > 0) fitting.push(() => ts013(root, packages));
  return fitting;
}

async function open(folder: string): Promise<CatalogueFolder> {
  try {
    return await CatalogueFolder.open(folder);
  } catch (cause) {
    throw new VeilleurError('catalogue_not_found', `${folder} can't be read: ${messageOf(cause)}`, {
      remedy: 'Name the folder of a checkout of the catalogue.',
      cause,
    });
  }
}

async function* chirpStack(root: CatalogueFolder, vendors: readonly string[]): AsyncIterable<CatalogueEntry> {
  for (const vendor of vendors) yield* readChirpStackVendor(root, vendor, basename(vendor));
}

async function* theThingsNetwork(
  root: CatalogueFolder,
  base: string,
  vendors: readonly string[],
): AsyncIterable<CatalogueEntry> {
  const names = await readVendorNames(root, `${base}/index.yaml`);
  for (const vendor of vendors) yield* readTheThingsNetworkVendor(root, vendor, basename(vendor), names);
}

async function* ts013(root: CatalogueFolder, packages: readonly string[]): AsyncIterable<CatalogueEntry> {
  for (const folder of packages) yield* readTs013Package(root, folder, vendorOf(root, folder));
}

/** `vendors/acme/drivers/probe` is acme's; a package on its own belongs to the folder around it. */
function vendorOf(root: CatalogueFolder, folder: string): string {
  const [first, second] = folder.split('/');
  if (first === 'vendors' && second !== undefined) return second;
  return basename(dirname(resolve(root.path, folder)));
}

async function foldersWith(root: CatalogueFolder, base: string, file: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await root.folders(base)) {
    const folder = base === '.' ? name : `${base}/${name}`;
    if (await root.has(`${folder}/${file}`)) found.push(folder);
  }
  return found;
}

async function packagesBelow(root: CatalogueFolder, folder: string, depth: number): Promise<string[]> {
  if (await isTs013Package(root, folder)) return [folder];
  if (depth === 0) return [];
  const found: string[] = [];
  for (const name of await root.folders(folder)) {
    found.push(...(await packagesBelow(root, folder === '.' ? name : `${folder}/${name}`, depth - 1)));
  }
  return found;
}
