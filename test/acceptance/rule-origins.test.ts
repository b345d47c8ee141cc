import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRulesFile } from '@veilleur/alerting';
import { listRules, type Pool } from '@veilleur/store';
import { expect, it } from 'vitest';
import { putRulesOf } from '../support/alerting.ts';
import { endingsAfterEach } from '../support/endings.ts';
import { describeOnEachEngine, freshDatabase } from '../support/fresh-database.ts';

const now = new Date('2026-03-01T00:00:00Z');
const rule = (name: string, above: number) =>
  `- { name: ${name}, title: { en: It, fr: Cela }, kind: value, quantity: temperature, above: ${above} }\n`;

async function inForce(pool: Pool): Promise<string[]> {
  return (await listRules(pool)).map(
    ({ name, origin, definition }) => `${name} ${String(definition.above)} ${origin}`,
  );
}

describeOnEachEngine('where rules came from', (engine) => {
  const endings = endingsAfterEach();

  it('a start with a file takes out what that file said before, and nothing that a person loaded', async () => {
    const database = await freshDatabase(engine);
    endings.push(() => database.drop());
    const { pool } = database;
    const folder = await mkdtemp(join(tmpdir(), 'veilleur-rules-'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, 'rules.yaml');
    const start = async (yaml: string, origin: 'file' | 'shipped' = 'file') => {
      await writeFile(file, yaml);
      return loadRulesFile(pool, file, { now, origin });
    };

    await start(rule('built-in', 50) + rule('hot', 45), 'shipped');
    expect(await inForce(pool)).toEqual(['built-in 50 shipped', 'hot 45 shipped']);
    await start(rule('hot', 30) + rule('freezer', -10));
    expect(await inForce(pool), 'what was shipped goes').toEqual(['freezer -10 file', 'hot 30 file']);

    const byHand = await putRulesOf(pool, rule('hot', 28) + rule('server-room', 25), now);
    expect(byHand).toMatchObject({ added: ['server-room'], changed: ['hot'], removed: [] });
    const again = await start(rule('hot', 30) + rule('freezer', -12));
    expect(again).toEqual({ added: [], changed: ['freezer'], removed: [], kept: ['hot'] });
    expect(await inForce(pool)).toEqual(['freezer -12 file', 'hot 28 hand', 'server-room 25 hand']);
    await start(rule('cellar', 15));
    expect(await inForce(pool)).toEqual(['cellar 15 file', 'hot 28 hand', 'server-room 25 hand']);

    await putRulesOf(pool, rule('server-room', 25), now);
    expect(await inForce(pool), 'a person takes out what people loaded').toEqual([
      'cellar 15 file',
      'server-room 25 hand',
    ]);
    await start(rule('hot', 30));
    expect(await inForce(pool), 'then the name is free for the file').toEqual([
      'hot 30 file',
      'server-room 25 hand',
    ]);
    const { rows } = await pool.query('select count(*) as versions from rule');
    expect(await start(rule('hot', 30))).toEqual({ added: [], changed: [], removed: [], kept: [] });
    expect((await pool.query('select count(*) as versions from rule')).rows, 'nothing changed').toEqual(rows);
  });
});
