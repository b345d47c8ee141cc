import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { VeilleurError } from '@veilleur/domain';
import {
  type ImportOptions,
  type OperatorFormat,
  type OperatorItem,
  readDataConnect,
  readEnedisCsv,
  readGrdfAdict,
  readGrdfExcel,
  readGrdfJson,
  readWaterCsv,
  recogniseFileOf,
  recogniseOperatorFile,
  type WaterMapping,
  waterMapping,
} from '@veilleur/operators';
import { parse } from 'yaml';

export const IMPORT_OPERATORS = ['enedis', 'grdf', 'water'] as const;
export const STAMPS = ['start', 'end'] as const;

/** A file, and what its sender says of it beyond what stands in it. */
export interface FileRequest {
  readonly file: string;
  readonly as?: (typeof IMPORT_OPERATORS)[number];
  readonly mapping?: string;
  /** Which end of its step a load curve's stamp marks. */
  readonly stamps?: (typeof STAMPS)[number];
  /** Data Connect v5 does not say whether it tells what was used or what was produced. */
  readonly production?: boolean;
  readonly point?: string;
}

export interface OperatorFile {
  readonly format: OperatorFormat;
  readonly size: number;
  readonly items: (options: ImportOptions) => AsyncIterable<OperatorItem>;
}

/**
 * What a file is, and its readings.
 *
 * @throws VeilleurError `import_file_unreadable`, `import_format_unknown`, `import_option_idle`,
 *   `water_mapping_missing`, `water_mapping_invalid`.
 */
export async function operatorFile(request: FileRequest): Promise<OperatorFile> {
  const { file, mapping, stamps, production } = request;
  const { head, size } = await beginningOf(file);
  const format = formatOf(request, head);
  const columns = mapping === undefined ? null : waterMapping(parse(await readFile(mapping, 'utf8')));
  refuseIdle(format, '--mapping', mapping !== undefined, ['water-csv']);
  refuseIdle(format, '--stamps', stamps !== undefined, ['enedis-csv', 'enedis-data-connect']);
  refuseIdle(format, '--production', production === true, ['enedis-data-connect']);
  const more = {
    ...(stamps === undefined ? {} : { stamps }),
    ...(production === true ? { direction: 'production' as const } : {}),
  };
  return {
    format,
    size,
    items: (options) => itemsOf(format, file, columns, { ...options, ...more }),
  };
}

/** Of what decides on the readings: the content, how it is read, and whose they are. */
export async function digestOf({ file, mapping, stamps, production, point }: FileRequest): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  if (mapping !== undefined) hash.update(await readFile(mapping));
  if (point !== undefined) hash.update(`\n${point}`);
  if (stamps !== undefined) hash.update(`\nstamps ${stamps}`);
  if (production === true) hash.update('\nproduction');
  return hash.digest('hex');
}

async function beginningOf(file: string) {
  const handle = await open(file).catch((cause: unknown) => {
    throw new VeilleurError('import_file_unreadable', `${file} cannot be read`, {
      remedy: 'Check its name, and that you may read it.',
      cause,
    });
  });
  try {
    const head = Buffer.alloc(4096);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    return { head: head.subarray(0, bytesRead), size: (await handle.stat()).size };
  } finally {
    await handle.close();
  }
}

function formatOf({ file, as, mapping }: FileRequest, head: Buffer): OperatorFormat {
  const operator = as ?? (mapping === undefined ? undefined : 'water');
  const { format, says } =
    operator === undefined ? recogniseOperatorFile(head) : recogniseFileOf(operator, head);
  if (format === null) {
    throw new VeilleurError('import_format_unknown', `${file}: ${says}`, {
      remedy:
        operator === undefined
          ? 'If you know whose it is, say --as; veilleur import --help shows what can be read.'
          : `It does not look like a file of ${operator}.`,
    });
  }
  if (format === 'water-csv' && mapping === undefined) {
    throw new VeilleurError('water_mapping_missing', `${file}: ${says}`, {
      remedy: 'Give --mapping with a file such as: columns: {contract: Contrat, date: Date, index: Index}.',
    });
  }
  return format;
}

/** An option that would change nothing was meant to change something. */
function refuseIdle(
  format: OperatorFormat,
  option: string,
  isGiven: boolean,
  formats: readonly OperatorFormat[],
): void {
  if (!isGiven || formats.includes(format)) return;
  throw new VeilleurError('import_option_idle', `${option} says nothing of a file of ${format}`, {
    remedy: `Leave it out: it is for ${formats.join(' and ')}.`,
  });
}

function itemsOf(
  format: OperatorFormat,
  file: string,
  mapping: WaterMapping | null,
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
