import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSecret } from './secret.ts';

const folder = mkdtempSync(join(tmpdir(), 'veilleur-secret-'));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'password'), '  hush\n');
writeFileSync(join(folder, 'blank'), ' \n');

describe('a secret', () => {
  it('is read from a file beside the configuration, without its white space', async () => {
    expect(await readSecret({ file: 'password' }, folder, {})).toEqual({ text: 'hush' });
  });

  it('is read from a variable', async () => {
    expect(await readSecret({ variable: 'PASSWORD' }, folder, { PASSWORD: ' hush ' })).toEqual({
      text: 'hush',
    });
  });

  it('is none where no place is named', async () => {
    expect(await readSecret({}, folder, { PASSWORD: 'hush' })).toEqual({ text: null });
  });

  it('that is not there is a problem of the place that was named', async () => {
    expect(await readSecret({ file: 'blank' }, folder, {})).toEqual({
      at: 'file',
      problem: 'blank is empty',
    });
    expect(await readSecret({ file: 'nowhere' }, folder, {})).toMatchObject({
      at: 'file',
      problem: expect.stringContaining('ENOENT'),
    });
    for (const environment of [{}, { PASSWORD: ' ' }]) {
      expect(await readSecret({ variable: 'PASSWORD' }, folder, environment)).toEqual({
        at: 'variable',
        problem: 'the variable PASSWORD is not set',
      });
    }
  });
});
