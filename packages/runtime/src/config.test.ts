import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readEnvironment } from './config.ts';

const SCHEMA = z.object({ MQTT_PASSWORD: z.string().optional() });

describe('a secret', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'veilleur-config-'));
    file = join(folder, 'password');
    await writeFile(file, 'from the file\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('may stand in a file, whose last line end is none of it', () => {
    expect(readEnvironment(SCHEMA, { MQTT_PASSWORD_FILE: file })).toEqual({ MQTT_PASSWORD: 'from the file' });
  });

  it('is taken from the variable where both are set, and empty variables count as unset', () => {
    const both = { MQTT_PASSWORD: 'from the variable', MQTT_PASSWORD_FILE: file };
    expect(readEnvironment(SCHEMA, both)).toEqual({ MQTT_PASSWORD: 'from the variable' });
    expect(readEnvironment(SCHEMA, { ...both, MQTT_PASSWORD: ' ' })).toEqual({
      MQTT_PASSWORD: 'from the file',
    });
    expect(readEnvironment(SCHEMA, { MQTT_PASSWORD: '', MQTT_PASSWORD_FILE: '' })).toEqual({});
  });

  it('whose file is not there stops the start', () => {
    const missing = { MQTT_PASSWORD_FILE: join(folder, 'none') };
    expect(() => readEnvironment(SCHEMA, missing)).toThrow(
      /MQTT_PASSWORD_FILE: .*none cannot be read \(ENOENT\)/,
    );
  });
});
