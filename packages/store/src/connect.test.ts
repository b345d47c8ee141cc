import { VeilleurError } from '@veilleur/domain';
import { describe, expect, it } from 'vitest';
import { isTransient } from './connect.ts';

const withCode = (code: string) => Object.assign(new Error(code), { code });

/** What a buffer says of a number that does not fit. */
function outOfRange(): unknown {
  try {
    return Buffer.alloc(2).writeInt16BE(40_000);
  } catch (thrown) {
    return thrown;
  }
}

describe('a failed write may succeed later', () => {
  it.each([
    ['the server is not there', withCode('ECONNREFUSED')],
    ['the connection broke', withCode('EPIPE')],
    ['the server stops', withCode('57P01')],
    ['the disk is full', withCode('53100')],
    ['a table is missing', withCode('42P01')],
    ['no connection came free', new Error('timeout exceeded when trying to connect')],
    ['whoever threw says so', new VeilleurError('busy', 'busy', { retryable: true })],
  ])('when %s', (_why, thrown) => expect(isTransient(thrown)).toBe(true));
});

describe('a failed write would fail for ever', () => {
  it.each([
    ['the database blames the data', withCode('22021')],
    ['a number does not fit its column', outOfRange()],
    ['the program is wrong', new TypeError("Cannot read properties of null (reading 'connection')")],
    ['whoever threw says so', new VeilleurError('bad', 'bad')],
    ['it is no error', 'timeout'],
  ])('when %s', (_why, thrown) => expect(isTransient(thrown)).toBe(false));
});
