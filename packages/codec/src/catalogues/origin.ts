import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

import type { Catalogue } from './catalogue-codec.ts';

/** What an imported folder says about where it comes from, for people and for the next import. */
export interface Origin {
  readonly catalogue: Catalogue;
  readonly codec: string;
  readonly file: string;
  /** The commit of the checkout; absent where the folder is none. */
  readonly commit?: string;
  readonly licence: string;
  /** SHA-256 of each file as the import wrote it: another digest is an operator's work. */
  readonly files: Readonly<Record<string, string>>;
}

/**
 * The Things Network's repository is under a database right since 2022-11-15: one device's information
 * may be used, a substantial part may not be extracted or passed on.
 */
export const LICENCES: Readonly<Record<Catalogue, string>> = {
  'the-things-network':
    'Do not redistribute. The Device Repository of The Things Network is a database protected by copyright and by the sui generis right of Directive 96/9/EC: no substantial part of it may be extracted or reused. Use the codecs of the devices that you have, and keep them on your machines.',
  chirpstack:
    'MIT, chirpstack-device-profiles and its contributors. Keep the notice with every copy; a vendor may have put terms of its own into the script.',
  ts013:
    'Unknown: a TS013 package does not say. Its terms are in the repository that it came from; do not redistribute it before you have read them.',
};

/** The repositories, for `source` in a profile. */
export const CATALOGUE_NAMES: Readonly<Record<Catalogue, string>> = {
  'the-things-network': 'The Things Network, Device Repository for LoRaWAN',
  chirpstack: 'ChirpStack device profiles',
  ts013: 'TS013 payload codec package',
};

/** The commit that the checkout around a folder stands at, read from `.git` without running git. */
export async function commitOf(folder: string): Promise<string | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const head = await textOf(join(at, '.git', 'HEAD'));
    if (head !== undefined) return resolveHead(join(at, '.git'), head.trim());
    if (dirname(at) === at) return undefined;
  }
}

async function resolveHead(git: string, head: string): Promise<string | undefined> {
  const reference = /^ref: (refs\/[\w./-]+)$/.exec(head)?.[1];
  if (reference === undefined) return commitIn(head);
  const loose = await textOf(join(git, reference));
  if (loose !== undefined) return commitIn(loose.trim());
  const packed = (await textOf(join(git, 'packed-refs'))) ?? '';
  const line = packed.split('\n').find((each) => each.endsWith(` ${reference}`));
  return commitIn(line?.split(' ')[0] ?? '');
}

function commitIn(text: string): string | undefined {
  return /^[\da-f]{40}(?:[\da-f]{24})?$/.test(text) ? text : undefined;
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
