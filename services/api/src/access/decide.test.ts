import { type ApiKey, KEY_SCOPES, type KeyScope } from '@veilleur/store';
import { describe, expect, it } from 'vitest';
import { type Access, type Caller, decide } from './decide.ts';

const keyOf = (scope: KeyScope): Caller => ({
  kind: 'key',
  address: '192.0.2.7',
  key: { id: 1, name: 'one', scope } as ApiKey,
});
const NEAR: Caller = { kind: 'near', address: '127.0.0.1' };
const STRANGER: Caller = { kind: 'stranger', address: '192.0.2.7' };
const ALL: readonly Access[] = ['open', ...KEY_SCOPES];

/** What each may have. */
const allowed = (caller: Caller) =>
  ALL.filter(
    (needed) => decide(needed, caller, caller.kind === 'key' ? 'valid' : undefined).kind === 'allowed',
  );

describe('what one may have', () => {
  it.each<[string, Caller, readonly Access[]]>([
    ['a stranger', STRANGER, ['open']],
    ['somebody on this machine', NEAR, ['open', 'read', 'operate']],
    ['a key to read', keyOf('read'), ['open', 'read']],
    ['a key to operate', keyOf('operate'), ['open', 'read', 'operate']],
    ['an engineer’s key', keyOf('engineer'), ['open', 'read', 'operate', 'engineer']],
    ['an administrator’s key', keyOf('admin'), ALL],
  ])('%s', (_, caller, may) => {
    expect(allowed(caller)).toEqual(may);
  });

  it('a key that is no good is refused on this machine too, and hides nothing that is open', () => {
    for (const shown of ['unknown', 'expired', 'revoked'] as const) {
      expect(decide('read', NEAR, shown)).toEqual({ kind: 'key_refused' });
      expect(decide('open', NEAR, shown)).toEqual({ kind: 'allowed' });
    }
  });

  it('the scope that is missing is named', () => {
    expect(decide('admin', keyOf('read'), 'valid')).toEqual({
      kind: 'scope_missing',
      needed: 'admin',
      held: 'read',
    });
  });
});
