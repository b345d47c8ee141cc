import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FakeEnedis, FakeGrdf } from '@veilleur/operators';

/** A source of a fake operator; what it does not say is as for most. */
export interface SourceTold {
  readonly name: string;
  readonly operator: FakeEnedis | FakeGrdf;
  readonly points: 'all' | readonly string[];
  readonly since: string;
  /** What is wrong, or otherwise. */
  readonly more?: Readonly<Record<string, string>>;
}

/** Writes an OPERATORS_FILE with its secrets beside it, as a city would. */
export async function operatorsFile(
  endings: (() => Promise<unknown>)[],
  sources: readonly SourceTold[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'veilleur-operators-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'operators.yaml');
  const written = sources.map(({ name, operator, points, since, more = {} }) => {
    const kind =
      'power' in operator
        ? { operator: 'enedis', measure: 'consumption_load_curve', version: 'v5' }
        : { operator: 'grdf', data: 'informatives' };
    const { baseUrl, tokenUrl, clientId } = operator.credentials;
    const fields = {
      name,
      ...kind,
      baseUrl,
      tokenUrl,
      clientId,
      clientSecretFile: `${name}.secret`,
      points: typeof points === 'string' ? points : `[${points.join(', ')}]`,
      since,
      // Never while a test runs: only what is due at a start, or asked for.
      schedule: '0 0 29 2 *',
      addPoints: 'true',
      ...more,
    };
    return Object.entries(fields)
      .map(([field, value], i) => `${i === 0 ? '  - ' : '    '}${field}: ${value}\n`)
      .join('');
  });
  await writeFile(file, `sources:\n${written.join('')}`);
  for (const { name, operator } of sources) {
    await writeFile(join(folder, `${name}.secret`), `${operator.clientSecret}\n`);
  }
  return file;
}
