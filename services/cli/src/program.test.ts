import { describe, expect, it } from 'vitest';
import { createProgram } from './program.ts';

describe('veilleur start', () => {
  // Each part is told by a setting that it alone reads.
  it.each([
    ['bridge', 'BRIDGE_WINDOW'],
    ['consumption', 'CONSUMPTION_PARTITIONS'],
    ['alerting', 'ALERTING_PARTITIONS'],
    ['api', 'API_RATE_PER_S'],
  ])('%s runs that part, which names the settings it cannot use', async (part, variable) => {
    const program = createProgram({ [variable]: 'many' }, () => undefined);
    await expect(program.parseAsync(['node', 'veilleur', 'start', part])).rejects.toThrow(
      new RegExp(`DATABASE_URL: .*${variable}: `),
    );
  });
});
