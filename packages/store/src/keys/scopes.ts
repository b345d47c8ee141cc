/** What a key allows, each all of those before it. */
export const KEY_SCOPES = ['read', 'operate', 'engineer', 'admin'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Whether `held` allows what `needed` does. */
export function includesScope(held: KeyScope, needed: KeyScope): boolean {
  return KEY_SCOPES.indexOf(held) >= KEY_SCOPES.indexOf(needed);
}
