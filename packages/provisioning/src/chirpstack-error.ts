import { status } from '@grpc/grpc-js';
import { VeilleurError } from '@veilleur/domain';

import { withoutKeys } from './secret.ts';

/** What ChirpStack, or the way to it, has refused. Stable: programs act on it. */
export type LnsErrorCode =
  | 'lns_unreachable'
  | 'lns_slow'
  | 'lns_busy'
  | 'lns_unauthorised'
  | 'lns_forbidden'
  | 'lns_not_found'
  | 'lns_already_exists'
  | 'lns_quota'
  | 'lns_refused'
  | 'lns_incompatible'
  | 'lns_failed';

interface Meaning {
  readonly code: LnsErrorCode;
  readonly what: string;
  readonly remedy: string;
  readonly retryable?: true;
}

/**
 * A gRPC status in Veilleur's words. Neither the status object nor its metadata is kept as a cause, and
 * its details lose all that may be a key: a server may quote the request in them.
 */
export function lnsError(
  call: { readonly method: string; readonly target: string },
  failure: { readonly code: status; readonly details: string },
): VeilleurError {
  const { code, what, remedy, retryable = false } = meaningOf(failure);
  const details = withoutKeys(failure.details).trim().slice(0, 400);
  const method = call.method.replace(/^\/api\.(\w+)Service\//, '$1.');
  return new VeilleurError(
    code,
    `ChirpStack at ${call.target}, ${method}: ${what}${details === '' ? '' : ` (${details})`}`,
    { remedy, retryable },
  );
}

/** Whether a thrown value is the LNS's error of one of these codes. */
export function isLnsError(thrown: unknown, ...codes: readonly LnsErrorCode[]): thrown is VeilleurError {
  return thrown instanceof VeilleurError && (codes as readonly string[]).includes(thrown.code);
}

function meaningOf({ code, details }: { code: status; details: string }): Meaning {
  switch (code) {
    case status.UNAVAILABLE:
      return {
        code: 'lns_unreachable',
        what: 'no answer',
        remedy: 'Check that ChirpStack runs, the address and port, and TLS (https://) or none (grpc://).',
        retryable: true,
      };
    case status.DEADLINE_EXCEEDED:
      return {
        code: 'lns_slow',
        what: 'no answer in time',
        remedy: 'Run again; look at the load of ChirpStack and of its database.',
        retryable: true,
      };
    case status.RESOURCE_EXHAUSTED:
      return {
        code: 'lns_busy',
        what: 'too many requests',
        remedy: 'Run again with less concurrency.',
        retryable: true,
      };
    case status.UNAUTHENTICATED:
      // ChirpStack says UNAUTHENTICATED both for a token that it can't read, with the reason, and for
      // one that lacks the right, without a word (api/auth/validator.rs).
      return details === '' ? FORBIDDEN : UNAUTHORISED;
    case status.PERMISSION_DENIED:
      return FORBIDDEN;
    case status.NOT_FOUND:
      return { code: 'lns_not_found', what: 'not found', remedy: 'Check the id that was given.' };
    case status.ALREADY_EXISTS:
      return ALREADY_EXISTS;
    case status.INVALID_ARGUMENT:
      return /^Not allowed \(Max number/i.test(details) ? QUOTA : REFUSED;
    case status.FAILED_PRECONDITION:
    case status.OUT_OF_RANGE:
      return REFUSED;
    case status.UNIMPLEMENTED:
      return {
        code: 'lns_incompatible',
        what: 'the call is unknown there',
        remedy: 'Check that the address is that of the gRPC API of a ChirpStack v4, not a proxy or a v3.',
      };
    case status.INTERNAL:
      // ChirpStack hands a violated unique index through as INTERNAL (storage/error.rs, from_diesel).
      return /duplicate key value|UNIQUE constraint failed/i.test(details) ? ALREADY_EXISTS : FAILED;
    case status.OK:
    case status.CANCELLED:
    case status.UNKNOWN:
    case status.ABORTED:
    case status.DATA_LOSS:
      return FAILED;
  }
}

const UNAUTHORISED: Meaning = {
  code: 'lns_unauthorised',
  what: 'the API key is not accepted',
  remedy: 'Create an API key in ChirpStack (Tenant > API keys) and give it whole.',
};

const FORBIDDEN: Meaning = {
  code: 'lns_forbidden',
  what: 'the API key lacks the right to do this, or was deleted',
  remedy: 'Use an API key of this tenant that is not read-only, or a global admin key.',
};

const ALREADY_EXISTS: Meaning = {
  code: 'lns_already_exists',
  what: 'it exists already',
  remedy: 'It may belong to another tenant, which this API key can not see: ask its administrator.',
};

const QUOTA: Meaning = {
  code: 'lns_quota',
  what: 'the tenant may not have more devices',
  remedy: "Raise the tenant's maximum of devices in ChirpStack (Tenants > the tenant), then run again.",
};

const REFUSED: Meaning = {
  code: 'lns_refused',
  what: 'refused',
  remedy: 'Correct what ChirpStack names.',
};

const FAILED: Meaning = {
  code: 'lns_failed',
  what: 'ChirpStack failed',
  remedy: "Look into ChirpStack's log at this time, then run again.",
  retryable: true,
};
