import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import cron from 'node-cron';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readOperatorsFile } from './operators-file.ts';
import { usualSchedule } from './operators-file-schema.ts';

const EXAMPLE = new URL('../../../infra/operators.example.yaml', import.meta.url);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilleur-operators-'));
  file = join(folder, 'operators.yaml');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ENEDIS = `
  - name: curves
    operator: enedis
    measure: consumption_load_curve
    version: 2026
    baseUrl: https://gw.example.org/
    tokenUrl: https://gw.example.org/token
    clientId: city
    clientSecretEnv: SECRET
    points: [09111642617347]
    since: 2026-01-01
`;
const ENVIRONMENT = { SECRET: 'hunter2' };

async function read(text: string, environment: Record<string, string> = ENVIRONMENT) {
  await writeFile(file, text);
  return readOperatorsFile(file, environment);
}

async function complaint(text: string, environment?: Record<string, string>): Promise<VeilleurError> {
  const thrown: unknown = await read(text, environment).catch((error: unknown) => error);
  if (!(thrown instanceof VeilleurError)) throw new Error('the file was taken');
  return thrown;
}

describe('the file of operators', () => {
  test('may be unset: then nothing is pulled', async () => {
    expect(await readOperatorsFile(null, {})).toEqual([]);
  });

  test('has an example that works as it stands', async () => {
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'enedis'), 'from a file\n');
    const sources = await read(await readFile(EXAMPLE, 'utf8'), { GRDF_CLIENT_SECRET: 'from a variable' });
    expect(sources).toMatchObject([
      {
        name: 'enedis-curves',
        operator: 'enedis',
        version: '2026',
        clientSecret: 'from a file',
        points: 'all',
        since: '2026-01-01',
        schedule: '17 9 * * *',
        addPoints: false,
        revisionDays: 3,
      },
      {
        name: 'grdf-days',
        operator: 'grdf',
        data: 'informatives',
        clientSecret: 'from a variable',
        points: ['05100000000042', 'GI000001'],
        addPoints: true,
        revisionDays: 5,
      },
    ]);
    expect(JSON.stringify(sources)).not.toContain('clientSecretFile');
  });

  test('keeps the zeros of a PRM that YAML would take for a number, and addresses without their last slash', async () => {
    const [source] = await read(`sources:${ENEDIS}`);
    expect(source).toMatchObject({ points: ['09111642617347'], baseUrl: 'https://gw.example.org' });
  });

  test('says which end of its step a stamp marks: the end, where nothing else stands there', async () => {
    expect(await read(`sources:${ENEDIS}`)).toMatchObject([{ stamps: 'end' }]);
    expect(await read(`sources:${ENEDIS}    stamps: start\n`)).toMatchObject([{ stamps: 'start' }]);
  });

  test.each<[string, (text: string) => string, string, string]>([
    ['a field that is missing', (text) => text.replace(/ {4}since.*\n/, ''), 'sources.0.since', 'is missing'],
    [
      'a field that does not exist',
      (text) => `${text}    pionts: all\n`,
      ':12:5: sources.0.pionts',
      'there is no such field',
    ],
    [
      'a secret in the file',
      (text) => text.replace('clientSecretEnv: SECRET', 'clientSecret: hunter2'),
      ':9:5: sources.0.clientSecret:',
      'clientSecretFile',
    ],
    [
      'two places for a secret',
      (text) => `${text}    clientSecretFile: secret\n`,
      'sources.0.clientSecretFile',
      'exactly one',
    ],
    [
      'a variable that is not set',
      (text) => text.replace('SECRET', 'OTHER'),
      ':9:22: sources.0.clientSecretEnv:',
      'OTHER is not set',
    ],
    [
      'a secret that is not there',
      (text) => text.replace('clientSecretEnv: SECRET', 'clientSecretFile: nowhere'),
      ':9:23: sources.0.clientSecretFile:',
      'ENOENT',
    ],
    [
      'no day',
      (text) => text.replace('2026-01-01', '2026-02-30'),
      ':11:12: sources.0.since:',
      'a day such as',
    ],
    [
      'a PRM with a digit too few',
      (text) => text.replace('09111642617347', '9111642617347'),
      ':10:14: sources.0.points.0:',
      '14 digits',
    ],
    [
      'a measure of another name',
      (text) => text.replace('_load_', '_'),
      ':4:14: sources.0.measure:',
      'load_curve',
    ],
    ['an operator of another name', (text) => text.replace('enedis', 'edf'), 'sources.0.operator', 'enedis'],
    [
      'a schedule of six fields',
      (text) => `${text}    schedule: 0 0 9 * * *\n`,
      ':12:15: sources.0.schedule:',
      'five fields',
    ],
    ['a schedule of no hour', (text) => `${text}    schedule: 0 25 * * *\n`, 'sources.0.schedule', 'hour'],
    [
      'an address that would send the secret in the clear',
      (text) => text.replace('tokenUrl: https', 'tokenUrl: http'),
      ':7:15: sources.0.tokenUrl:',
      'https',
    ],
    ['two sources of one name', (text) => `${text}${ENEDIS}`, 'sources.1.name', 'the name of another'],
    ['what is no YAML', (text) => `${text}   - [`, ':12:', ''],
    ['nothing', () => '', 'the file', ''],
  ])('refuses %s, and says where', async (_, change, place, why) => {
    const thrown = await complaint(change(`sources:${ENEDIS}`));
    expect(thrown).toMatchObject({
      code: 'operators_file_invalid',
      remedy: expect.stringContaining('infra/operators.example.yaml'),
    });
    expect(thrown.message).toContain(file);
    expect(thrown.message).toContain(place);
    expect(thrown.message).toContain(why);
    expect(thrown.message).not.toContain('hunter2');
  });

  test('names everything that is wrong at once', async () => {
    const text = `sources:${ENEDIS}`.replace('2026-01-01', 'soon').replace('clientId: city', 'clientId: ""');
    expect((await complaint(text)).message.split('\n')).toHaveLength(2);
  });

  test('that is not there is told with the variable that names it', async () => {
    await expect(readOperatorsFile(join(folder, 'no.yaml'), {})).rejects.toMatchObject({
      code: 'operators_file_unreadable',
      remedy: expect.stringContaining('OPERATORS_FILE'),
    });
  });
});

describe('the hour of a source that names none', () => {
  const ofMany = Array.from({ length: 200 }, (_, i) =>
    usualSchedule({ name: `source-${i}`, clientId: 'city' }),
  );

  test('is always the same, and another for another client', () => {
    const curves = usualSchedule({ name: 'curves', clientId: 'mulhouse' });
    expect(usualSchedule({ name: 'curves', clientId: 'mulhouse' })).toBe(curves);
    expect(usualSchedule({ name: 'curves', clientId: 'grenoble' })).not.toBe(curves);
  });

  test('lies between 09:00 and 12:00, and 200 sources are spread over it', () => {
    for (const text of ofMany) {
      expect(cron.validate(text)).toBe(true);
      expect(text).toMatch(/^[1-5]?\d (9|10|11) \* \* \*$/);
    }
    expect(new Set(ofMany).size).toBeGreaterThan(100);
  });
});
