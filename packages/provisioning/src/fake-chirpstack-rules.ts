import { status } from '@grpc/grpc-js';

/* How the ChirpStack of the tests lets in and refuses, as chirpstack@d77207c does. */

export const ADMIN_KEY = 'eyJ0eXAiOiJKV1QifQ.YWRtaW4ta2V5.c2lnbmF0dXJl';
export const TENANT_KEY = 'eyJ0eXAiOiJKV1QifQ.dGVuYW50LWtleQ.c2lnbmF0dXJl';
export const READ_ONLY_KEY = 'eyJ0eXAiOiJKV1QifQ.cmVhZC1vbmx5.c2lnbmF0dXJl';

const KEYS: readonly (string | undefined)[] = [ADMIN_KEY, TENANT_KEY, READ_ONLY_KEY];

export class Refusal extends Error {
  readonly code: status;
  constructor(code: status, details: string) {
    super(details);
    this.code = code;
  }
}

export function authorise(authorization: string, method: string): string {
  const key = authorization.replace(/^Bearer /, '');
  if (!KEYS.includes(key)) throw new Refusal(status.UNAUTHENTICATED, 'InvalidSignature');
  if (key === READ_ONLY_KEY && !/\.(Get|GetKeys|GetLinkMetrics|List)$/.test(method)) throw forbidden();
  return key;
}

export function forbidden(): Refusal {
  return new Refusal(status.UNAUTHENTICATED, '');
}

export function duplicate(index: string): Refusal {
  return new Refusal(status.INTERNAL, `duplicate key value violates unique constraint "${index}"`);
}

export function existing<T>(rows: ReadonlyMap<string, T>, id: string): T {
  const row = rows.get(id);
  if (row === undefined) throw new Refusal(status.NOT_FOUND, `Object does not exist (id: ${id})`);
  return row;
}

export function pageOf<T>(
  rows: readonly T[],
  page: { getOffset(): number; getLimit(): number },
): readonly T[] {
  return rows.slice(page.getOffset(), page.getOffset() + page.getLimit());
}
