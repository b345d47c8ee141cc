import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { collectImport } from '@veilleur/operators';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { digestOf, type FileRequest, operatorFile } from './operator-file.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilleur-operator-file-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

async function readingsOf(request: FileRequest) {
  const { format, items } = await operatorFile(request);
  const { readings, problems } = await collectImport(items({}));
  return { format, readings, problems };
}

const HALF_HOUR = JSON.stringify({
  meter_reading: {
    usage_point_id: '09111642617347',
    quality: 'BRUT',
    reading_type: { unit: 'W', measurement_kind: 'power', aggregate: 'average' },
    interval_reading: [{ value: '600', date: '2026-01-01 00:30:00', interval_length: 'PT30M' }],
  },
});

it('a table with a title above its header is read where somebody says that it is a table of water', async () => {
  const file = await written('title.csv', 'Relevés du trimestre\nContrat;Date;Index\nC-7;01/03/2026;100,5\n');
  const mapping = await written('water.yaml', 'columns: { contract: Contrat, date: Date, index: Index }\n');
  await expect(operatorFile({ file })).rejects.toMatchObject({ code: 'import_format_unknown' });
  const expected = { format: 'water-csv', problems: [], readings: [{ pointId: 'C-7', value: 100_500 }] };
  expect(await readingsOf({ file, mapping, as: 'water' })).toMatchObject(expected);
  expect(await readingsOf({ file, mapping }), 'a mapping says as much').toMatchObject(expected);
});

it('an answer of Data Connect v5 is of what was produced where somebody says so', async () => {
  const file = await written('curve.json', HALF_HOUR);
  const quantity = async (request: FileRequest) =>
    (await readingsOf(request)).readings.flatMap((one) => (one.kind === 'interval' ? [one.quantity] : []));
  expect(await quantity({ file })).toEqual(['active_energy_import']);
  expect(await quantity({ file, production: true })).toEqual(['active_energy_export']);
});

it('a stamp marks the end of its step, or the start where somebody says so', async () => {
  const file = await written('stamps.json', HALF_HOUR);
  const begins = async (request: FileRequest) =>
    (await readingsOf(request)).readings.flatMap((one) =>
      one.kind === 'interval' ? [one.from.toISOString()] : [],
    );
  expect(await begins({ file })).toEqual(['2025-12-31T23:00:00.000Z']);
  expect(await begins({ file, stamps: 'start' })).toEqual(['2025-12-31T23:30:00.000Z']);
});

it('the same file read otherwise is another import', async () => {
  const file = await written('again.json', HALF_HOUR);
  const digests = await Promise.all([
    digestOf({ file }),
    digestOf({ file, production: true }),
    digestOf({ file, stamps: 'start' }),
    digestOf({ file, point: 'C-7' }),
  ]);
  expect(new Set(digests).size).toBe(4);
  expect(await digestOf({ file, as: 'enedis' }), 'whose it is changes nothing').toBe(digests[0]);
});

it('an option that would change nothing is refused', async () => {
  const file = await written('grdf.json', '{"1":{"idPce":"1","releves":[]}}');
  for (const more of [{ production: true }, { stamps: 'start' as const }]) {
    await expect(operatorFile({ file, ...more })).rejects.toMatchObject({ code: 'import_option_idle' });
  }
});
