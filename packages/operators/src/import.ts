import { VeilleurError } from '@veilleur/domain';

import type { OperatorProblem, OperatorReading } from './reading.ts';
import type { ByteMeter, Prefix, SourceOptions } from './source.ts';

/** Where an import can go on: everything up to `line` was given. */
export interface ImportCheckpoint extends Prefix {
  readonly line: number;
  readonly section: string;
}

export interface ImportOptions extends SourceOptions {
  /** Goes on after this checkpoint. The stream is that of the whole file: its beginning is read again and compared. */
  readonly resumeFrom?: ImportCheckpoint;
  /** After how many readings a checkpoint is offered. */
  readonly checkpointEvery?: number;
}

/**
 * What a file gives, in its order. A consumer stores the readings up to a `checkpoint` and the checkpoint
 * itself in one transaction; `end` comes once, last, when the whole file was read.
 */
export type OperatorItem =
  | OperatorReading
  | OperatorProblem
  | { readonly kind: 'checkpoint'; readonly checkpoint: ImportCheckpoint }
  | ImportEnd;

export interface ImportEnd {
  readonly kind: 'end';
  /** SHA-256 of the file, in hexadecimal: the same file was the same import. */
  readonly digest: string;
  readonly bytes: number;
  readonly lines: number;
  readonly readings: number;
  /** Problems, `doubt` and `lost`. */
  readonly problems: number;
}

/** What a format's reader gives inside: items, and after each line that leaves nothing pending, a rest. */
export type Draft =
  | OperatorReading
  | OperatorProblem
  | { readonly kind: 'rest'; readonly line: number; readonly section: string };

const CHECKPOINT_EVERY = 1_000;

/**
 * Makes an import of a reader's drafts: counts them, offers checkpoints, goes on after one.
 *
 * @throws VeilleurError `import_file_changed` when the file is not the one of the checkpoint.
 */
export async function* importOf(
  drafts: AsyncIterable<Draft>,
  meter: Pick<ByteMeter, 'offset' | 'prefix'>,
  options: ImportOptions,
): AsyncGenerator<OperatorItem> {
  let ahead = options.resumeFrom ?? null;
  let line = 0;
  let readings = 0;
  let problems = 0;
  let sinceCheckpoint = 0;
  for await (const draft of drafts) {
    if (draft.kind === 'rest') {
      line = draft.line;
      if (ahead !== null) {
        if (meter.offset >= ahead.offset) {
          sameFile(meter.prefix(), ahead, options);
          ahead = null;
        }
      } else if (sinceCheckpoint >= (options.checkpointEvery ?? CHECKPOINT_EVERY)) {
        sinceCheckpoint = 0;
        const { section } = draft;
        yield { kind: 'checkpoint', checkpoint: { ...meter.prefix(), line, section } };
      }
      continue;
    }
    if (draft.kind === 'problem') problems += 1;
    else readings += 1;
    if (ahead !== null) continue;
    sinceCheckpoint += 1;
    yield draft;
  }
  const { digest, offset } = meter.prefix();
  if (ahead !== null) sameFile({ digest, offset }, ahead, options);
  yield { kind: 'end', digest, bytes: offset, lines: line, readings, problems };
}

function sameFile(here: Prefix, checkpoint: Prefix, options: SourceOptions): void {
  if (here.offset === checkpoint.offset && here.digest === checkpoint.digest) return;
  throw new VeilleurError(
    'import_file_changed',
    `${options.file ?? 'The file'} is not the one that was being imported: its first ${checkpoint.offset} bytes differ`,
    { remedy: 'Import it from its beginning; readings that are stored already change nothing.' },
  );
}

export interface Collected {
  readonly readings: readonly OperatorReading[];
  readonly problems: readonly OperatorProblem[];
  readonly end: ImportEnd;
}

/** A whole import in memory: for dry runs, small files and tests. */
export async function collectImport(items: AsyncIterable<OperatorItem>): Promise<Collected> {
  const readings: OperatorReading[] = [];
  const problems: OperatorProblem[] = [];
  let end: ImportEnd | null = null;
  for await (const item of items) {
    if (item.kind === 'problem') problems.push(item);
    else if (item.kind === 'end') end = item;
    else if (item.kind !== 'checkpoint') readings.push(item);
  }
  if (end === null) throw new VeilleurError('import_incomplete', 'The import stopped before its end');
  return { readings, problems, end };
}
