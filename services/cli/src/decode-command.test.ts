import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProgram } from './program.ts';

/** A PULSE's hourly history: the counter and three increments. */
const HISTORY = ['adeunis/pulse', '--port', '1', '--hex', '5a20000001270001000200030004'];
/** Water, encrypted (mode 5), of the vectors of oms/wmbus-telegram. */
const ENCRYPTED = [
  ...['oms/wmbus-telegram', '--port', '1', '--hex'],
  '6e446d141949545605077adf0060055ad21c5cafec3a71c0720754f2ca777e238d0318d35a2de0f8fe592e9a0d0cacbd61dfd2815c21a7fa743d93b5e543847e3e67b5d80816a253db655d4354b1a06c1fb7bae99e0fa322bff37a05fd651c5e3c09968ae4df0d8d911fee33ef31b9',
];
const aesKey = '9F5213BC13841410BB1410141515E4D5';

async function decode(args: readonly string[], environment = {}) {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  let status: number | undefined;
  const all = ['decode', ...args, '--json'];
  const program = await createProgram(environment, (told) => (status = told), all);
  await program.parseAsync(all, { from: 'user' });
  return { status, ...JSON.parse(String(write.mock.lastCall?.[0])) };
}

describe('veilleur decode', () => {
  afterEach(() => vi.restoreAllMocks());

  it('without what it has to know leaves a history undated', async () => {
    expect(await decode(HISTORY)).toMatchObject({
      status: 0,
      warnings: [expect.stringContaining('historyPeriod_s')],
    });
  });

  it('is told variables, as many as there are', async () => {
    const told = await decode([...HISTORY, '--variable', 'historyPeriod_s=3600', '--variable', 'note=a=b']);
    expect(told.warnings).toEqual([]);
    expect(told.measurements.length).toBeGreaterThan(3);
  });

  it('reads a key from the environment, where no history of a shell keeps it', async () => {
    expect(await decode(ENCRYPTED)).toMatchObject({ status: 1, code: 'decoder_error' });
    expect(await decode([...ENCRYPTED, '--variable', 'aesKey'], { aesKey })).toMatchObject({
      status: 0,
      data: { manufacturer: 'ECM', security: 'mode 5' },
    });
  });

  it.each([
    ['a name that the environment does not have', 'aesKey', /no environment variable .* aesKey=<value>/],
    ['no name', '=60', /such as utcOffset_min=60/],
  ])('refuses %s', async (_what, variable, message) => {
    await expect(decode([...ENCRYPTED, '--variable', variable])).rejects.toThrow(message);
  });
});
