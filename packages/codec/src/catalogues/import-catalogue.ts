import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { VeilleurError } from '@veilleur/domain';
import { parse, stringify } from 'yaml';
import { z } from 'zod';

import type { Catalogue, CatalogueCodec, CatalogueProblem } from './catalogue-codec.ts';
import { digestOf, originOf, type ProfileFiles, profileFilesOf } from './imported-profile.ts';
import { commitOf } from './origin.ts';
import type { Confidence } from './proposal/judge-unit.ts';
import { readCatalogue } from './read-catalogue.ts';

export interface ImportedCodec {
  readonly id: string;
  /** `<vendor>/<codec>` under the folder that was imported into. */
  readonly folder: string;
  /**
   * `kept`: an operator has changed something there, or another catalogue filled it, so nothing was
   * touched. `unchanged`: the catalogue has nothing new.
   */
  readonly outcome: 'written' | 'updated' | 'unchanged' | 'kept';
  /** For `kept`: the files that are not as an import left them. */
  readonly edited: readonly string[];
  /** Mapping lines proposed, by confidence; `low` ones are comments in profile.yaml. */
  readonly proposed: Readonly<Record<Confidence, number>>;
}

export interface ImportReport {
  readonly codecs: readonly ImportedCodec[];
  /** Codecs without a decoder: nothing to import. */
  readonly skipped: readonly string[];
  readonly problems: readonly CatalogueProblem[];
}

const originFile = z.object({ catalogue: z.string(), files: z.record(z.string(), z.string()) });

const ORIGIN_COMMENT =
  '# Where this folder comes from. The digests tell an import what an operator has changed: do not edit.\n';

/**
 * Writes a profile folder for each codec of a catalogue that decodes. Running it again brings what the
 * catalogue has new, and never overwrites what a person has changed.
 *
 * @throws VeilleurError as `readCatalogue`, and `catalogue_folder_not_writable`.
 */
export async function importCatalogue(
  folder: string,
  into: string,
  onImported: (codec: ImportedCodec) => void = () => {},
): Promise<ImportReport> {
  const commit = await commitOf(folder);
  const codecs: ImportedCodec[] = [];
  const skipped: string[] = [];
  const problems: CatalogueProblem[] = [];
  for await (const entry of readCatalogue(folder)) {
    if (entry.kind === 'problem') {
      problems.push(entry);
    } else if (!entry.decodes) {
      skipped.push(entry.id);
    } else {
      const imported = await importCodec(entry, into, commit);
      codecs.push(imported);
      onImported(imported);
    }
  }
  return { codecs, skipped, problems };
}

async function importCodec(
  codec: CatalogueCodec,
  into: string,
  commit: string | undefined,
): Promise<ImportedCodec> {
  const folder = folderOf(codec);
  const target = join(into, folder);
  const { files, proposal } = profileFilesOf(codec);
  const count = (confidence: Confidence) =>
    proposal.entries.filter((each) => each.confidence === confidence).length;
  const state = await stateOf(target, codec.catalogue, files);
  if (state.outcome === 'written' || state.outcome === 'updated') {
    const origin = ORIGIN_COMMENT + stringify(originOf(codec, files, commit), { lineWidth: 0 });
    await writeFiles(target, { ...files, 'origin.yaml': origin });
  }
  return {
    id: codec.id,
    folder,
    ...state,
    proposed: { high: count('high'), medium: count('medium'), low: count('low') },
  };
}

/**
 * A file is the import's own if it is as the last import wrote it or as this one would: an import that
 * was interrupted leaves some of both, and goes on.
 */
async function stateOf(
  target: string,
  catalogue: Catalogue,
  files: ProfileFiles,
): Promise<Pick<ImportedCodec, 'outcome' | 'edited'>> {
  const last = await lastImport(target);
  if (last !== undefined && last.catalogue !== catalogue) return { outcome: 'kept', edited: ['origin.yaml'] };
  const recorded = last?.files ?? {};
  const edited: string[] = [];
  let same = 0;
  let found = 0;
  for (const [name, text] of Object.entries(files)) {
    const present = await textOf(join(target, name));
    if (present !== undefined) found += 1;
    if (present === text) same += 1;
    else if (present === undefined ? recorded[name] !== undefined : recorded[name] !== digestOf(present)) {
      edited.push(name);
    }
  }
  if (edited.length > 0) return { outcome: 'kept', edited };
  if (found === 0) return { outcome: 'written', edited };
  const isWhole = same === Object.keys(files).length && last !== undefined;
  return { outcome: isWhole ? 'unchanged' : 'updated', edited };
}

/** Undefined where no import has been, and where its record was changed: then all there is an operator's. */
async function lastImport(target: string): Promise<z.output<typeof originFile> | undefined> {
  const text = await textOf(join(target, 'origin.yaml'));
  if (text === undefined) return undefined;
  try {
    return originFile.parse(parse(text));
  } catch {
    return undefined;
  }
}

async function writeFiles(target: string, files: Readonly<Record<string, string>>): Promise<void> {
  try {
    await mkdir(target, { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      // Whole or not at all: half a file would look like an operator's edit.
      await writeFile(join(target, `.${name}.part`), text);
      await rename(join(target, `.${name}.part`), join(target, name));
    }
  } catch (cause) {
    throw new VeilleurError('catalogue_folder_not_writable', `${target} can't be written`, {
      remedy: 'Name a folder for the imported profiles that this user may write to.',
      cause,
    });
  }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

/** Vendors' folders are kebab-case nearly everywhere; a name is never a path. */
function folderOf({ id }: CatalogueCodec): string {
  const [vendor = '', codec = ''] = id.split('/');
  return `${folderName(vendor)}/${folderName(codec)}`;
}

function folderName(name: string): string {
  const plain = name
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .toLowerCase()
    .replaceAll(/[^a-z\d._-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return plain === '' ? 'unnamed' : plain;
}
