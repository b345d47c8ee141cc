import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provisioningFiles } from '@veilleur/grafana';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeGrafana } from '../../packages/grafana/src/fake-grafana.ts';
import { runVeilleur, veilleurSays } from '../support/run-veilleur.ts';

const TOKEN = 'glsa_of_the_town';
const ENGLISH = { LC_ALL: 'C', TIME_ZONE: 'Europe/Paris' };

let folder: string;
let grafana: FakeGrafana;
let access: readonly string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilleur-grafana-'));
  grafana = new FakeGrafana(TOKEN);
  await writeFile(join(folder, 'token'), `${TOKEN}\n`);
  await writeFile(join(folder, 'password'), 'of the reader\n');
  access = ['grafana', 'push', '--url', await grafana.start(), '--token-file', join(folder, 'token')];
});

afterEach(async () => {
  await grafana.stop();
  await rm(folder, { recursive: true, force: true });
});

it('a town brings its dashboards into Grafana in French, and again changes nothing', async () => {
  const french = [
    ...access,
    ...['--language', 'fr', '--database-url', 'postgres://veilleur_reader@db:5432/veilleur'],
    ...['--database-password-file', join(folder, 'password')],
  ];
  const dry = await veilleurSays([...french, '--dry-run'], ENGLISH);
  expect(dry).toContain('A dry run: nothing was written.');
  expect(grafana.writes).toEqual([]);

  const said = await veilleurSays(french, ENGLISH);
  expect(said).toMatch(/created +dashboard +Veilleur – Ville/);
  expect(said).toContain('Grafana 12.4.0: 9 written.');
  expect(said).not.toContain('of the reader');
  expect(grafana.dashboards.get('veilleur-water-fr')).toMatchObject({ folderUid: 'veilleur-fr' });
  const made = grafana.heard.find(({ request }) => request === 'POST /api/datasources');
  expect(made?.body).toMatchObject({ secureJsonData: { password: 'of the reader' } });

  const writes = grafana.writes.length;
  const again = JSON.parse(await veilleurSays([...french, '--json'], ENGLISH)) as {
    pushed: { outcome: string }[];
  };
  expect(again.pushed).toHaveLength(9);
  expect(new Set(again.pushed.map(({ outcome }) => outcome))).toEqual(new Set(['unchanged']));
  expect(grafana.writes).toHaveLength(writes);
});

it('both languages stand beside each other', async () => {
  await veilleurSays(access, ENGLISH);
  expect(await veilleurSays(access, { ...ENGLISH, LC_ALL: 'fr_FR.UTF-8' })).toContain('8 éléments écrits.');
  expect([...grafana.folders.keys()]).toEqual(['veilleur-en', 'veilleur-fr']);
  expect(grafana.dashboards.size).toBe(14);
});

it('says what to do where Grafana refuses, and never the token', async () => {
  await writeFile(join(folder, 'token'), 'glsa_of_another\n');
  const { status, stdout, stderr } = await runVeilleur(access, ENGLISH);
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^veilleur: Grafana answered 401 .*The token is wrong or has expired/);
  expect(stderr).not.toContain('glsa_of_another');

  const unnamed = await runVeilleur(access.slice(0, 4), ENGLISH);
  expect(unnamed.status).toBe(1);
  expect(unnamed.stderr).toContain('--token-file');
  await writeFile(join(folder, 'token'), '\n');
  expect((await runVeilleur(access, ENGLISH)).stderr).toContain('is empty');
});

it('writes the same as files, by the time zone of the city', async () => {
  await veilleurSays(['grafana', 'write', folder], { ...ENGLISH, TIME_ZONE: 'Indian/Reunion' });
  const files = provisioningFiles('Indian/Reunion');
  for (const [path, text] of files) {
    expect((await readFile(join(folder, path), 'utf8')) === text, path).toBe(true);
  }
  expect(await readdir(join(folder, 'dashboards', 'fr'))).toHaveLength(7);
  const water = files.get('dashboards/fr/water.json') ?? '';
  expect(water.includes('Indian/Reunion')).toBe(true);
  expect(water.includes('Europe/Paris')).toBe(false);
});
