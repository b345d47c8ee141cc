import { createHash } from 'node:crypto';

import { VeilleurError } from '@veilleur/domain';

/** A file's bytes as they come: a Node stream, a web stream, an array of chunks. */
export type ByteStream = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

export interface SourceOptions {
  /** The name that problems tell. */
  readonly file?: string;
  /** Called after each chunk with the bytes read so far: a progress bar needs the file's size besides. */
  readonly onProgress?: (bytesRead: number) => void;
  readonly signal?: AbortSignal;
}

/** A prefix of a file: its length in bytes and its SHA-256. */
export interface Prefix {
  readonly offset: number;
  readonly digest: string;
}

/** Counts and hashes a source's bytes in the order in which they are consumed. */
export class ByteMeter {
  #offset = 0;
  readonly #hash = createHash('sha256');

  take(part: Uint8Array): void {
    this.#offset += part.length;
    this.#hash.update(part);
  }

  get offset(): number {
    return this.#offset;
  }

  prefix(): Prefix {
    return { offset: this.#offset, digest: this.#hash.copy().digest('hex') };
  }
}

/**
 * The chunks of a source as bytes, with progress told and the abort signal obeyed.
 *
 * @throws VeilleurError `import_aborted` when the signal fires.
 */
export async function* chunksOf(stream: ByteStream, options: SourceOptions): AsyncGenerator<Uint8Array> {
  let read = 0;
  for await (const chunk of stream) {
    if (options.signal?.aborted === true) {
      throw new VeilleurError('import_aborted', `The import of ${options.file ?? 'the file'} was stopped`, {
        remedy: 'Start it again with the last checkpoint: nothing is read twice into the store.',
        retryable: true,
        cause: options.signal.reason,
      });
    }
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (bytes.length > 0) yield bytes;
    read += bytes.length;
    options.onProgress?.(read);
  }
}
