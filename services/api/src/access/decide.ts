import { type ApiKey, includesScope, type KeyScope, type KeyVerdict } from '@veilleur/store';

/** What an address needs: a scope, or nothing at all. */
export type Access = 'open' | KeyScope;

/** Who asks. */
export type Caller =
  | { readonly kind: 'key'; readonly key: ApiKey; readonly address: string }
  /** On this machine, without a key. */
  | { readonly kind: 'near'; readonly address: string }
  /** Anybody. */
  | { readonly kind: 'stranger'; readonly address: string };

export type Decision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'key_required' | 'key_refused' }
  | { readonly kind: 'scope_missing'; readonly needed: KeyScope; readonly held: KeyScope };

/** What this machine's own people may do without a key. */
const NEAR_SCOPE: KeyScope = 'operate';

/**
 * Whether an address may be had. A key that is shown counts, and nothing else then: a refused one is refused
 * on this machine too, so that nobody takes it for one that works.
 *
 * @param shown What became of the key that was shown; undefined: none was.
 */
export function decide(needed: Access, caller: Caller, shown: KeyVerdict['kind'] | undefined): Decision {
  if (needed === 'open') return { kind: 'allowed' };
  if (shown !== undefined && shown !== 'valid') return { kind: 'key_refused' };
  switch (caller.kind) {
    case 'key': {
      const held = caller.key.scope;
      return includesScope(held, needed) ? { kind: 'allowed' } : { kind: 'scope_missing', needed, held };
    }
    case 'near':
      return includesScope(NEAR_SCOPE, needed) ? { kind: 'allowed' } : { kind: 'key_required' };
    case 'stranger':
      return { kind: 'key_required' };
  }
}
