import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VeilleurError } from '@veilleur/domain';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readNotificationsFile } from './notifications-file.ts';

const EXAMPLE = new URL('../../../../infra/notifications.example.yaml', import.meta.url);

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'veilleur-notifications-'));
  file = join(folder, 'notifications.yaml');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const FILE = `
channels:
  - name: hook
    kind: webhook
    url: https://example.org/hook
    secretEnv: SECRET
    quietHours: { between: ['22:00', '07:00'] }
routes:
  - name: all
    match: { severities: [critical] }
    to: [hook]
    escalate:
      - { after: 30min, to: [hook] }
`;

async function read(text: string, environment: Record<string, string> = { SECRET: 'hunter2' }) {
  await writeFile(file, text);
  return readNotificationsFile(file, environment);
}

async function complaint(text: string, environment?: Record<string, string>): Promise<VeilleurError> {
  const thrown: unknown = await read(text, environment).catch((error: unknown) => error);
  if (!(thrown instanceof VeilleurError)) throw new Error('the file was taken');
  return thrown;
}

describe('the file of notifications', () => {
  test('names a device by the DevEUI on its label, or by its name', async () => {
    const text = FILE.replace('severities: [critical]', 'devices: [70-B3-D5-E7-5E-01-00-01, École]');
    expect((await read(text)).routes[0]?.match.devices).toEqual(['70b3d5e75e010001', 'École']);
  });

  test('may be unset: then nobody is told, and gateways are watched all the same', async () => {
    expect(await readNotificationsFile(null, {})).toEqual({
      groupWaitMs: 30_000,
      settleMs: 3_600_000,
      gateways: { downAfterMs: 1_800_000, severity: 'critical' },
      channels: [],
      routes: [],
    });
  });

  test('has an example that works as it stands', async () => {
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets', 'smtp'), 'from a file\n');
    const { channels, routes } = await read(await readFile(EXAMPLE, 'utf8'), {
      SMS_TOKEN: 'token',
      WORK_ORDERS_SECRET: 'from a variable',
    });
    expect(channels).toMatchObject([
      { kind: 'email', secret: 'from a file', quietHours: { days: ['sat', 'sun'] }, attempts: 12 },
      { kind: 'sms', secret: 'token', to: '+33600000000', method: 'POST' },
      { kind: 'webhook', secret: 'from a variable', language: 'en', timeout: 10_000 },
      { kind: 'alertmanager', secret: null, language: 'fr' },
      { kind: 'mqtt', state: true, secret: null },
    ]);
    expect(JSON.stringify(channels)).not.toContain('secretFile');
    expect(routes.map(({ name, escalate }) => [name, escalate])).toEqual([
      ['everything', []],
      ['water', []],
      [
        'critical',
        [
          { afterMs: 900_000, to: ['on-call-phone'] },
          { afterMs: 3_600_000, to: ['on-call-phone', 'water-team'] },
        ],
      ],
    ]);
  });

  test.each<[string, (text: string) => string, string, string]>([
    ['a field that does not exist', (text) => text.replace('url:', 'uri:'), ':5:', 'there is no such field'],
    ['a field that is missing', (text) => text.replace('name: all\n    ', ''), 'routes.0.name', 'is missing'],
    [
      'a secret in the file',
      (text) => text.replace('secretEnv: SECRET', 'secret: hunter2'),
      ':6:5: channels.0.secret:',
      'secretFile',
    ],
    [
      'a webhook that nothing signs',
      (text) => text.replace(/ {4}secretEnv.*\n/, ''),
      'channels.0.secretFile',
      'signed',
    ],
    [
      'two places for a secret',
      (text) => text.replace('secretEnv', 'secretFile: x\n    secretEnv'),
      'channels.0.secretEnv',
      'only one',
    ],
    [
      'a variable that is not set',
      (text) => text.replace('SECRET', 'OTHER'),
      ':6:16: channels.0.secretEnv:',
      'OTHER is not set',
    ],
    [
      'a secret that is not there',
      (text) => text.replace('secretEnv: SECRET', 'secretFile: nowhere'),
      ':6:17: channels.0.secretFile:',
      'ENOENT',
    ],
    [
      'a channel of another name',
      (text) => text.replace('to: [hook]', 'to: [hok]'),
      ':11:10: routes.0.to.0:',
      'there are: hook',
    ],
    [
      'a channel of another name to go further to',
      (text) => text.replace('30min, to: [hook]', '30min, to: [hok]'),
      'routes.0.escalate.0.to.0',
      'no channel hok',
    ],
    ['a duration of no unit', (text) => text.replace('30min', '30'), ':13:18:', '15min'],
    ['a time that no clock shows', (text) => text.replace('22:00', '25:00'), ':7:29:', '22:00'],
    ['a severity of another name', (text) => text.replace('critical', 'high'), ':10:27:', 'critical'],
    [
      'a kind of another name',
      (text) => text.replace('kind: webhook', 'kind: pigeon'),
      'channels.0.kind',
      'email',
    ],
    [
      'an address of another kind',
      (text) => text.replace('https://example', 'file://example'),
      ':5:10: channels.0.url:',
      'http',
    ],
    [
      'two channels of one name',
      (text) => text.replace('routes:', '  - { name: hook, kind: alertmanager, url: http://a }\nroutes:'),
      'channels.1.name',
      'the name of another',
    ],
    ['what is no YAML', (text) => `${text}   - [`, ':14:', ''],
  ])('refuses %s, and says where', async (_, change, place, why) => {
    const thrown = await complaint(change(FILE));
    expect(thrown).toMatchObject({
      code: 'notifications_file_invalid',
      remedy: expect.stringContaining('infra/notifications.example.yaml'),
    });
    expect(thrown.message).toContain(file);
    expect(thrown.message).toContain(place);
    expect(thrown.message).toContain(why);
    expect(thrown.message).not.toContain('hunter2');
  });

  test('that is not there is told with the variable that names it', async () => {
    await expect(readNotificationsFile(join(folder, 'no.yaml'), {})).rejects.toMatchObject({
      code: 'notifications_file_unreadable',
      remedy: expect.stringContaining('NOTIFICATIONS_FILE'),
    });
  });
});
