import { basename } from 'node:path';
import { type ImportProblem, importReadings } from '@veilleur/consumption';
import { collectImport, type ImportCheckpoint } from '@veilleur/operators';
import type { Language } from '@veilleur/runtime';
import { beginImport, type Pool } from '@veilleur/store';
import { describeDryRun, describeImport } from './import-text.ts';
import { digestOf, type FileRequest, operatorFile } from './operator-file.ts';
import type { Output } from './output.ts';

export interface ImportRequest extends FileRequest {
  readonly point?: string;
  readonly addPoints?: boolean;
  readonly clock: () => Date;
  readonly language: Language;
}

/** Problems that are shown one by one; of the others only the number. */
const SHOWN_PROBLEMS = 20;

/**
 * Reads an operator's file into the database, or, without one, only says what it holds.
 *
 * @returns Whether every line was understood.
 * @throws VeilleurError what `operatorFile` throws.
 */
export async function importFile(
  pool: Pool | null,
  request: ImportRequest,
  output: Output,
): Promise<boolean> {
  const { file, language, clock } = request;
  const { format, size, items } = await operatorFile(request);
  const progress = output.progress('bytes', size);
  let shown = 0;
  const read = (resumeFrom: ImportCheckpoint | null) =>
    items({
      file: basename(file),
      ...(resumeFrom === null ? {} : { resumeFrom }),
      onProgress: (bytes) => {
        progress.increment(bytes - shown);
        shown = bytes;
      },
    });
  try {
    if (pool === null) {
      const { readings, problems, end } = await collectImport(read(null));
      progress.stop();
      const summary = { file, format, readings: readings.length, problems, digest: end.digest };
      output.answer(summary, describeDryRun(readings, problems, language));
      return problems.every(({ severity }) => severity !== 'lost');
    }
    const run = await beginImport(pool, {
      source: basename(file),
      format,
      digest: await digestOf(request),
      now: clock(),
    });
    if (run.endedAt !== null) {
      progress.stop();
      const before = { file, format, readings: 0, changed: 0, alreadyImportedAt: run.endedAt };
      output.answer(before, describeImport({ before: run.endedAt }, [], language));
      return true;
    }
    const problems: ImportProblem[] = [];
    const { point } = request;
    const imported = await importReadings(read(run.checkpoint as ImportCheckpoint | null), {
      pool,
      importId: run.id,
      clock,
      addPoints: request.addPoints ?? false,
      ...(point === undefined ? {} : { point }),
      onProblem: (problem) => {
        if (problems.length < SHOWN_PROBLEMS) problems.push(problem);
      },
    });
    progress.stop();
    output.answer(
      { file, format, ...imported, shownProblems: problems },
      describeImport({ imported }, problems, language),
    );
    return problems.every((problem) => problem.kind === 'problem' && problem.severity === 'doubt');
  } finally {
    progress.stop();
  }
}
