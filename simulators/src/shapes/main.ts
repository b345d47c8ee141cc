import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Comparison, comparisons, tableOf } from './comparison.ts';

const BEGIN = '<!-- shapes: written by simulators/src/shapes/main.ts -->';
const END = '<!-- /shapes -->';

/** Writes `simulator/*.svg` into the docs and the comparisons into `simulator.md`, between its two marks. */
export async function writeShapes(docs: string): Promise<readonly Comparison[]> {
  const all = await comparisons();
  await mkdir(join(docs, 'simulator'), { recursive: true });
  for (const { name, svg } of all) await writeFile(join(docs, 'simulator', `${name}.svg`), svg);
  const page = join(docs, 'simulator.md');
  const text = await readFile(page, 'utf8');
  const [head, tail] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (head < 0 || tail < head) throw new RangeError(`${page} has no place between "${BEGIN}" and "${END}"`);
  const sections = all.map((each) =>
    [
      `### ${each.name[0]?.toUpperCase()}${each.name.slice(1)}`,
      `![${each.name}, real and simulated](simulator/${each.name}.svg)`,
      `Real: ${each.real.what}. Source: ${each.real.source}. Licence: ${each.real.licence}.`,
      tableOf(each),
    ].join('\n\n'),
  );
  await writeFile(page, `${text.slice(0, head)}${BEGIN}\n\n${sections.join('\n\n')}\n\n${text.slice(tail)}`);
  return all;
}

if (import.meta.main) {
  const docs = resolve(process.argv[2] ?? join(import.meta.dirname, '../../../docs'));
  for (const { name, distances } of await writeShapes(docs)) {
    process.stdout.write(`${name}: ${JSON.stringify(distances)}\n`);
  }
}
