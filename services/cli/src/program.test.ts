import { describe, expect, it } from 'vitest';
import { createProgram, FAMILIES } from './program.ts';

describe('veilleur start', () => {
  // Each part is told by a setting that it alone reads.
  it.each([
    ['bridge', 'BRIDGE_WINDOW'],
    ['consumption', 'CONSUMPTION_PARTITIONS'],
    ['alerting', 'ALERTING_PARTITIONS'],
    ['api', 'API_RATE_PER_S'],
  ])('%s runs that part, which names the settings it cannot use', async (part, variable) => {
    const args = ['start', part];
    const program = await createProgram({ [variable]: 'many' }, () => undefined, args);
    await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow(
      new RegExp(`DATABASE_URL: .*${variable}: `),
    );
  });
});

describe('commands are loaded when they are asked for', () => {
  const namesOf = async (...args: string[]) =>
    (await createProgram({}, () => undefined, args)).commands.map((command) => command.name());

  it.each(FAMILIES.map(({ words }) => words))('%s', async (...words) => {
    for (const word of words) expect(await namesOf(word, '--help')).toEqual(words);
  });

  it.each([[], ['--help'], ['help'], ['devise', 'list']])('all of them for: veilleur %s', async (...args) => {
    expect(await namesOf(...args)).toEqual(FAMILIES.flatMap(({ words }) => words));
  });
});
