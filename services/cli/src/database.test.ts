import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseUrlOf } from './database.ts';

describe('the database of a command', () => {
  const url = 'postgres://veilleur:secret@timescaledb:5432/veilleur';
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilleur-database-'));
    file = join(folder, 'database_url');
    await writeFile(file, `${url}\n`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is that of DATABASE_URL, or of the file that a service would read as well', () => {
    expect(databaseUrlOf({ DATABASE_URL: url })).toBe(url);
    expect(databaseUrlOf({ DATABASE_URL_FILE: file, DATA_FOLDER: folder })).toBe(url);
    expect(databaseUrlOf({ DATABASE_URL: 'postgres://other', DATABASE_URL_FILE: file })).toBe(
      'postgres://other',
    );
  });

  it('is unknown where neither is set and nothing runs on the data folder', () => {
    expect(() => databaseUrlOf({ DATA_FOLDER: folder })).toThrow(/DATABASE_URL is not set/);
  });

  it('is not guessed where its file is missing', () => {
    expect(() => databaseUrlOf({ DATABASE_URL_FILE: join(folder, 'none') })).toThrow(
      /DATABASE_URL_FILE: .*none cannot be read/,
    );
  });
});
