import type { Server } from '../server.ts';

/** What every answer carries, unless its route says otherwise: it is data for him who asked, and no page. */
const HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** A page of ours loads from here only, and nobody may frame it. */
export const PAGE_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** @param behindTls Browsers are told to come by HTTPS for a year. */
export function securityHeaders(server: Server, { behindTls }: { readonly behindTls: boolean }): void {
  const headers = behindTls ? { ...HEADERS, 'strict-transport-security': 'max-age=31536000' } : HEADERS;
  server.addHook('onRequest', async (_request, reply) => {
    reply.headers(headers);
  });
}
