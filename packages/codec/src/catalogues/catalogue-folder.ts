import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';

import { messageOf } from '@veilleur/domain';
import { placeIn, readYamlText } from '@veilleur/yaml-text';
import type { z } from 'zod';

import { type CatalogueProblem, problem } from './catalogue-codec.ts';
import { type LiteralPath, parseJavaScriptLiteral } from './javascript-literal.ts';

/** The longest codec in a public catalogue has 0.4 MB. A file beyond this is no codec and no example. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A file's value, and where in it each part stands. */
export interface Located {
  readonly kind: 'located';
  readonly value: unknown;
  placeOf(path: LiteralPath): string;
}

export interface TextFile {
  readonly kind: 'text';
  readonly text: string;
}

/**
 * Reads strangers' files below one folder and nowhere else: a `fileName: ../../../etc/shadow` or a link
 * that leads outside is a problem, not a codec. Paths are relative to the folder and use `/`.
 */
export class CatalogueFolder {
  readonly path: string;
  readonly #real: string;

  private constructor(path: string, real: string) {
    this.path = path;
    this.#real = real;
  }

  static async open(path: string): Promise<CatalogueFolder> {
    return new CatalogueFolder(path, await realpath(path));
  }

  /** Names in a subfolder, sorted; none where it does not exist. */
  async list(folder = '.'): Promise<readonly string[]> {
    try {
      return (await readdir(join(this.path, folder))).toSorted();
    } catch {
      return [];
    }
  }

  async folders(folder = '.'): Promise<readonly string[]> {
    const found: string[] = [];
    try {
      for (const entry of await readdir(join(this.path, folder), { withFileTypes: true })) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') {
          found.push(entry.name);
        }
      }
    } catch {
      return [];
    }
    return found.toSorted();
  }

  async has(file: string): Promise<boolean> {
    return stat(join(this.path, file)).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  async text(file: string): Promise<TextFile | CatalogueProblem> {
    try {
      const real = await realpath(join(this.path, file));
      const fromRoot = relative(this.#real, real);
      if (fromRoot === '..' || fromRoot.startsWith(`..${sep}`) || isAbsolute(fromRoot)) {
        return problem(file, 'leads outside the catalogue');
      }
      const { size } = await stat(real);
      if (size > MAX_FILE_BYTES) return problem(file, `is larger than ${MAX_FILE_BYTES} bytes`);
      return { kind: 'text', text: await readFile(real, 'utf8') };
    } catch (cause) {
      const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
      return problem(file, isMissing ? 'does not exist' : messageOf(cause).replaceAll(this.path, '.'));
    }
  }

  async yaml(file: string): Promise<Located | CatalogueProblem> {
    const read = await this.text(file);
    if (read.kind === 'problem') return read;
    const yaml = readYamlText(read.text);
    const [error] = yaml.errors;
    if (error !== undefined) return problem(placeIn(file, error.place), error.message);
    return { kind: 'located', value: yaml.value, placeOf: (path) => placeIn(file, yaml.placeOf(path)) };
  }

  /** JSON, or the JavaScript literal that some catalogues call JSON. */
  async literal(file: string): Promise<Located | CatalogueProblem> {
    const read = await this.text(file);
    if (read.kind === 'problem') return read;
    const parsed = parseJavaScriptLiteral(read.text);
    if (parsed.kind === 'invalid') return problem(`${file}:${parsed.line}:${parsed.column}`, parsed.reason);
    return {
      kind: 'located',
      value: parsed.value,
      placeOf: (path) => `${file}:${parsed.placeOf(path)}`,
    };
  }
}

/** What zod found wrong with a part of a file, each with its place. */
export function problemsIn(file: Located, error: z.ZodError, part: LiteralPath = []): CatalogueProblem[] {
  return error.issues.map(({ path, message }) => {
    const whole = [...part, ...path.map((name) => (typeof name === 'number' ? name : String(name)))];
    return problem(file.placeOf(whole), `${whole.join('.') || 'the file'}: ${message}`);
  });
}
