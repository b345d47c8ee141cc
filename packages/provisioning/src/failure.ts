import { messageOf, VeilleurError } from '@veilleur/domain';

import { isLnsError } from './chirpstack-error.ts';
import type { Failure } from './report.ts';
import { withoutKeys } from './secret.ts';

/** Whether every other device would fail the same way: no access, or no room. */
export function stopsTheRun(error: unknown): boolean {
  return isLnsError(error, 'lns_unauthorised', 'lns_forbidden', 'lns_quota');
}

/** An error as it stands in a report: whatever was thrown, no key is in it. */
export function failureOf(error: unknown): Failure {
  const known = error instanceof VeilleurError ? error : undefined;
  return {
    code: known?.code ?? 'unexpected',
    reason: withoutKeys(messageOf(error)),
    remedy: withoutKeys(known?.remedy ?? 'Run again; if it fails again, report this with its reason.'),
    retryable: known?.retryable ?? false,
  };
}
