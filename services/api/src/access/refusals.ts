import type { KeyVerdict } from '@veilleur/store';
import { z } from 'zod';
import type { Decision } from './decide.ts';

/** What every error of the API looks like. */
export const problem = z
  .object({
    code: z.string().meta({ description: 'Stable, for programs' }),
    message: z.string(),
    remedy: z.string().optional().meta({ description: 'What the caller can do' }),
  })
  .meta({ description: 'What went wrong' });

export type Problem = z.output<typeof problem>;

const HOW = 'Send `Authorization: Bearer <key>`. `veilleur key add <name> --scope read` makes a key.';
const WHY: Record<Exclude<KeyVerdict['kind'], 'valid'>, string> = {
  unknown: 'This is no key of this Veilleur.',
  expired: 'This key has expired.',
  revoked: 'This key was revoked.',
};

/** How a request is refused; null: it is not. */
export function refusalOf(
  decision: Decision,
  shown: KeyVerdict['kind'] | undefined,
): { readonly status: 401 | 403; readonly problem: Problem } | null {
  switch (decision.kind) {
    case 'allowed':
      return null;
    case 'key_required':
      return { status: 401, problem: { code: 'key_required', message: 'This needs a key.', remedy: HOW } };
    case 'key_refused': {
      const message = WHY[shown === undefined || shown === 'valid' ? 'unknown' : shown];
      return { status: 401, problem: { code: 'key_refused', message, remedy: HOW } };
    }
    case 'scope_missing':
      return {
        status: 403,
        problem: {
          code: 'scope_missing',
          message: `This needs a key of the scope ${decision.needed}; yours has ${decision.held}.`,
          remedy: `veilleur key add <name> --scope ${decision.needed}`,
        },
      };
  }
}
