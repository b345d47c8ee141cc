import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = new URL('../../', import.meta.url);

/**
 * What each room may depend on, in the order in which data flows. A new edge is a decision: write it
 * here, with its reason in the commit.
 */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'packages/domain': [],
  'packages/yaml-text': ['domain'],
  'packages/lns': ['domain'],
  'packages/codec': ['domain', 'yaml-text'],
  'packages/metering': ['domain'],
  'packages/rules': ['domain', 'yaml-text', 'metering'],
  'packages/store': ['domain'],
  'packages/meta-meter': ['domain', 'metering', 'store'],
  'packages/runtime': ['domain'],
  'packages/local-postgres': ['domain'],
  'packages/provisioning': ['domain'],
  'packages/operators': ['domain'],
  'packages/grafana': ['domain'],
  'services/bridge': ['domain', 'lns', 'codec', 'store', 'runtime'],
  'services/consumption': ['domain', 'yaml-text', 'metering', 'operators', 'store', 'runtime'],
  'services/alerting': ['domain', 'yaml-text', 'metering', 'rules', 'store', 'runtime'],
  'services/api': ['domain', 'meta-meter', 'rules', 'store', 'runtime'],
  'services/stack': [
    'domain',
    'codec',
    'store',
    'runtime',
    'local-postgres',
    'bridge',
    'consumption',
    'alerting',
    'api',
    'simulators',
  ],
  'services/cli': [
    'domain',
    'yaml-text',
    'lns',
    'codec',
    'metering',
    'meta-meter',
    'operators',
    'rules',
    'store',
    'runtime',
    'local-postgres',
    'provisioning',
    'grafana',
    'stack',
    'bridge',
    'consumption',
    'alerting',
    'api',
    'simulators',
  ],
  simulators: ['domain', 'yaml-text', 'codec'],
};

/** Packages that read no clock, draw no random number, and touch neither files nor network. */
const PURE = ['packages/domain', 'packages/yaml-text', 'packages/lns', 'packages/metering', 'packages/rules'];

async function roomsOnDisk(): Promise<string[]> {
  const rooms = ['simulators'];
  for (const floor of ['packages', 'services']) {
    for (const name of await readdir(new URL(floor, ROOT))) rooms.push(`${floor}/${name}`);
  }
  return rooms.sort();
}

async function sourcesOf(room: string): Promise<{ file: string; text: string }[]> {
  const folder = new URL(`${room}/src/`, ROOT);
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  return Promise.all(
    files.map(async (file) => ({
      file: `${room}/src/${file}`,
      text: await readFile(new URL(file, folder), 'utf8'),
    })),
  );
}

const importsOf = (text: string) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, name]) => name ?? '');

describe('the house', () => {
  it('has the rooms that this test knows, and no others', async () => {
    expect(await roomsOnDisk()).toEqual(Object.keys(ALLOWED).sort());
  });

  it.each(Object.entries(ALLOWED))(
    '%s depends on nothing but its allowed neighbours',
    async (room, allowed) => {
      const manifest = JSON.parse(await readFile(new URL(`${room}/package.json`, ROOT), 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      const declared = Object.keys(manifest.dependencies ?? {}).filter((name) =>
        name.startsWith('@veilleur/'),
      );
      expect(allowed.map((name) => `@veilleur/${name}`)).toEqual(expect.arrayContaining(declared));

      for (const { file, text } of await sourcesOf(room)) {
        for (const name of importsOf(text)) {
          if (name.startsWith('@veilleur/')) expect(declared, `${file} imports ${name}`).toContain(name);
          if (name.startsWith('.')) {
            const target = fileURLToPath(new URL(name, new URL(file, ROOT)));
            expect(
              target.startsWith(fileURLToPath(new URL(`${room}/`, ROOT))),
              `${file} reaches into ${name}`,
            ).toBe(true);
            expect(existsSync(target), `${file} imports ${name}`).toBe(true);
          }
        }
      }
    },
  );

  it.each(PURE)('%s reads no clock, draws no random number, does no I/O', async (room) => {
    for (const { file, text } of await sourcesOf(room)) {
      expect(text, file).not.toMatch(
        /Date\.now\(\)|new Date\(\)|Math\.random|performance\.now|node:(fs|net|http)/,
      );
    }
  });

  it.each(Object.keys(ALLOWED))('%s introduces itself', async (room) => {
    const readme = await readFile(new URL(`${room}/README.md`, ROOT), 'utf8');
    expect(readme.length).toBeGreaterThan(200);
  });
});
