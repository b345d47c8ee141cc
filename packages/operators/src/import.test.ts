import { describe, expect, test } from 'vitest';

import { readEnedisCsv } from './enedis/read-enedis-csv.ts';
import { fixture } from './fixtures/fixture.ts';
import { readGrdfJson } from './grdf/read-grdf-json.ts';
import { collectImport, type ImportCheckpoint, type OperatorItem } from './import.ts';
import type { OperatorReading } from './reading.ts';

async function itemsOf(items: AsyncIterable<OperatorItem>): Promise<OperatorItem[]> {
  return Array.fromAsync(items);
}
const isReading = (item: OperatorItem): item is OperatorReading =>
  !['problem', 'checkpoint', 'end'].includes(item.kind);
const keys = (items: readonly OperatorItem[]) => items.filter(isReading).map(({ key }) => key);

describe('an import', () => {
  test.each([
    ['a load curve', 'enedis-curve-holes.csv', readEnedisCsv],
    ['stacked sections', 'enedis-index-excerpt.csv', readEnedisCsv],
    ['a JSON document', 'grdf-absent-day.json', readGrdfJson],
  ] as const)(
    'of %s goes on after each of its checkpoints without losing or repeating a reading',
    async (_name, file, read) => {
      const whole = await itemsOf(read(fixture(file), { checkpointEvery: 5 }));
      const checkpoints = whole.flatMap((item, at) =>
        item.kind === 'checkpoint' ? [{ at, checkpoint: item.checkpoint }] : [],
      );
      expect(checkpoints.length).toBeGreaterThan(1);
      for (const { at, checkpoint } of checkpoints) {
        const stored = JSON.parse(JSON.stringify(checkpoint)) as ImportCheckpoint;
        const rest = await itemsOf(read(fixture(file), { checkpointEvery: 5, resumeFrom: stored }));
        expect(keys([...whole.slice(0, at), ...rest])).toEqual(keys(whole));
        expect(rest.at(-1)).toEqual(whole.at(-1));
      }
    },
  );

  test('does not go on in another file than the one of its checkpoint', async () => {
    const items = await itemsOf(readEnedisCsv(fixture('enedis-curve-week.csv'), { checkpointEvery: 50 }));
    const checkpoint = items.find((item) => item.kind === 'checkpoint');
    const resumeFrom = checkpoint?.kind === 'checkpoint' ? checkpoint.checkpoint : undefined;
    expect(resumeFrom).toMatchObject({ section: 'load curve of 09111642617347', offset: expect.any(Number) });
    if (resumeFrom === undefined) return;
    for (const other of ['enedis-curve-holes.csv', 'enedis-curve-october.csv'] as const) {
      await expect(itemsOf(readEnedisCsv(fixture(other), { resumeFrom, file: other }))).rejects.toMatchObject(
        {
          code: 'import_file_changed',
          message: expect.stringContaining(other),
        },
      );
    }
  });

  test('tells the bytes that it has read, and the digest of the file at its end', async () => {
    const progress: number[] = [];
    const { end } = await collectImport(
      readGrdfJson(fixture('grdf-absent-day.json'), { onProgress: (bytes) => progress.push(bytes) }),
    );
    expect(progress.at(-1)).toBe(end.bytes);
    expect(end.digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('stops when it is told to, between two chunks', async () => {
    const stop = new AbortController();
    const chunks = function* () {
      yield 'Identifiant PRM;Type de donnees\n';
      stop.abort();
      yield 'Horodate;Valeur\n';
    };
    await expect(
      itemsOf(readEnedisCsv(chunks(), { signal: stop.signal, file: 'a.csv' })),
    ).rejects.toMatchObject({
      code: 'import_aborted',
      retryable: true,
    });
  });
});
