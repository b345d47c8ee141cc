import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type ImportProblem, importReadings } from '@veilleur/consumption';
import { VeilleurError } from '@veilleur/domain';
import {
  collectImport,
  type ImportCheckpoint,
  type ImportOptions,
  type OperatorFormat,
  type OperatorItem,
  readDataConnect,
  readEnedisCsv,
  readGrdfAdict,
  readGrdfExcel,
  readGrdfJson,
  readWaterCsv,
  recogniseOperatorFile,
  waterMapping,
} from '@veilleur/operators';
import type { Language } from '@veilleur/runtime';
import { beginImport, type Pool } from '@veilleur/store';
import { parse } from 'yaml';
import { describeDryRun, describeImport } from './import-text.ts';
import type { Output } from './output.ts';

export const IMPORT_FORMATS = ['enedis', 'grdf', 'water'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export interface ImportRequest {
  readonly file: string;
  readonly as?: ImportFormat;
  readonly mapping?: string;
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
 * @throws VeilleurError `import_file_unreadable`, `import_format_unknown`, `water_mapping_missing`,
 *   `water_mapping_invalid`.
 */
export async function importFile(
  pool: Pool | null,
  request: ImportRequest,
  output: Output,
): Promise<boolean> {
  const { file, language, clock } = request;
  const { format, size } = await formatOf(request);
  const mapping =
    request.mapping === undefined ? null : waterMapping(parse(await readFile(request.mapping, 'utf8')));
  const progress = output.progress('bytes', size);
  let shown = 0;
  const read = (resumeFrom: ImportCheckpoint | null) =>
    itemsOf(format, file, mapping, {
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
      digest: await digestOf(file, request),
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
      ...(point === undefined ? {} : { pointOf: () => point }),
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

async function formatOf({ file, as, mapping }: ImportRequest) {
  const handle = await open(file).catch((cause: unknown) => {
    throw new VeilleurError('import_file_unreadable', `${file} cannot be read`, {
      remedy: 'Check its name, and that you may read it.',
      cause,
    });
  });
  const head = Buffer.alloc(4096);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  const { size } = await handle.stat();
  await handle.close();
  const recognised = recogniseOperatorFile(head.subarray(0, bytesRead));
  const { format } = recognised;
  if (format === null || (as !== undefined && !format.startsWith(as))) {
    throw new VeilleurError('import_format_unknown', `${file}: ${recognised.says}`, {
      remedy:
        as === undefined
          ? 'veilleur import --help shows what can be read.'
          : `It does not look like a file of ${as}.`,
    });
  }
  if (format === 'water-csv' && mapping === undefined) {
    throw new VeilleurError('water_mapping_missing', `${file}: ${recognised.says}`, {
      remedy: 'Give --mapping with a file such as: columns: {contract: Contrat, date: Date, index: Index}.',
    });
  }
  return { format, size };
}

/** Of what decides on the readings: the content, how its columns are read, and whose they are. */
async function digestOf(file: string, { mapping, point }: ImportRequest): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  if (mapping !== undefined) hash.update(await readFile(mapping));
  if (point !== undefined) hash.update(`\n${point}`);
  return hash.digest('hex');
}

function itemsOf(
  format: OperatorFormat,
  file: string,
  mapping: ReturnType<typeof waterMapping> | null,
  options: ImportOptions,
): AsyncIterable<OperatorItem> {
  const stream = createReadStream(file);
  switch (format) {
    case 'enedis-csv':
      return readEnedisCsv(stream, options);
    case 'enedis-data-connect':
      return readDataConnect(stream, options);
    case 'grdf-json':
      return readGrdfJson(stream, options);
    case 'grdf-adict':
      return readGrdfAdict(stream, options);
    case 'grdf-excel':
      return readGrdfExcel(stream, options);
    case 'water-csv':
      if (mapping === null) throw new Error('a water table without mapping');
      return readWaterCsv(stream, { ...options, mapping });
  }
}
