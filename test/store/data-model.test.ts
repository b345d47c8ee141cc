import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawDataModel } from '@veilleur/store';
import { expect, it } from 'vitest';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';
import { REPOSITORY } from '../support/repository.ts';

describeOnEachEngine('docs/data-model.md', (engine) => {
  const endings = endingsAfterEach();
  async function place() {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    return database.pool;
  }

  it('is what is drawn from the schema: npx veilleur data-model > docs/data-model.md', async () => {
    const page = await readFile(join(REPOSITORY, 'docs/data-model.md'), 'utf8');
    expect(page).toBe(await drawDataModel(await place()));
  });

  it('changes with the schema, and is refused where a table has no sentence', async () => {
    const pool = await place();
    const before = await drawDataModel(pool);
    await pool.query('alter table alert add column weather text');
    const after = await drawDataModel(pool);
    expect(after).toContain('    text weather "?"\n');
    expect(after.replace('    text weather "?"\n', '')).toBe(before);
    await pool.query('create table lamp (id integer)');
    await expect(drawDataModel(pool)).rejects.toMatchObject({
      code: 'table_undescribed',
      message: expect.stringContaining('lamp'),
    });
    await pool.query('drop table lamp; drop table site_reference');
    await expect(drawDataModel(pool)).rejects.toThrow('site_reference');
  });
});
