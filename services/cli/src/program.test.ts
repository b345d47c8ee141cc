import { readStackConfig } from '@veilleur/stack';
import { CommanderError } from 'commander';
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

describe('a TIME_ZONE that is none', () => {
  it.each([
    'start consumption',
    'start alerting',
    'start api',
    'alerts list',
    'alerts acknowledge 1 --by Anne',
    'alerts notifications',
    'rules list',
    'site report school',
    'balance DISTRICT-7',
    'consumption --point W-1',
    'grafana write /dev/null',
  ])('stops veilleur %s before it does anything', async (command) => {
    const args = command.split(' ');
    const environment = { TIME_ZONE: 'Europe/Pariss', DATABASE_URL: 'postgres://127.0.0.1:1/none' };
    const program = await createProgram(environment, () => undefined, args);
    await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow(
      /TIME_ZONE: expected an IANA time zone/,
    );
  });

  it('stops veilleur start', () => {
    expect(() => readStackConfig({ TIME_ZONE: 'Europe/Pariss' })).toThrow(/TIME_ZONE: expected an IANA/);
    expect(readStackConfig({ TIME_ZONE: '' }).timeZone).toBe('Europe/Paris');
  });
});

describe('a time zone that is none', () => {
  it.each(['site add school', 'point add W-1 --quantity water_volume'])(
    'is refused by veilleur %s before it does anything',
    async (command) => {
      const args = [...command.split(' '), '--time-zone', 'Europe/Pariss'];
      const said: string[] = [];
      const program = await createProgram({}, () => undefined, args);
      const one = program.commands[0]?.commands.find((sub) => sub.name() === 'add');
      one?.configureOutput({ writeErr: (text) => said.push(text) });
      await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow(CommanderError);
      expect(said.join('')).toContain('expected an IANA time zone');
    },
  );
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
