import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the next requests get instead of their answer, in this order. */
export type OperatorFault =
  | { readonly status: number; readonly retryAfter_s?: number; readonly times?: number }
  /** No answer at all: the client's patience is tried. */
  | { readonly hang: true; readonly times?: number }
  /** The connection is cut in the middle of the body. */
  | { readonly cut: true; readonly times?: number }
  /** A whole answer whose document ends too early. */
  | { readonly truncate: true; readonly times?: number };

export interface FakeRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string;
}

/** An answer's rows, before they are cut into pages. */
export type FakeAnswer =
  | { readonly status: number; readonly body: unknown }
  | {
      readonly rows: readonly unknown[];
      readonly document: (rows: readonly unknown[]) => string;
      readonly type: string;
    };

/**
 * A fake operator on a real port: OAuth client credentials with tokens that expire, pages by `Link`,
 * throttling, faults. What it knows of its points is `answer`'s.
 */
export abstract class FakeOperator {
  readonly clientId = 'veilleur-test';
  readonly clientSecret = 'not-a-secret';
  /** Rows of one page. */
  pageSize = Number.POSITIVE_INFINITY;
  /** Requests for data that are answered in any `within_ms`; more get 429. */
  quota: { readonly requests: number; readonly within_ms: number } | null = null;
  tokenSeconds = 3_600;
  clock: () => number = () => 0;
  readonly requests: FakeRequest[] = [];
  tokensGiven = 0;
  throttled = 0;
  readonly #answered: number[] = [];
  readonly #faults: { fault: OperatorFault; left: number }[] = [];
  readonly #tokens = new Map<string, number>();
  readonly #server: Server = createServer((request, response) => {
    this.#serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  /** Points without consent are answered 403. */
  readonly withoutConsent = new Set<string>();

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get credentials() {
    const { url, clientId, clientSecret } = this;
    return { baseUrl: url, tokenUrl: `${url}/oauth2/v3/token`, clientId, clientSecret };
  }

  fail(fault: OperatorFault): void {
    this.#faults.push({ fault, left: fault.times ?? 1 });
  }

  /** Forgets the tokens that it gave, as an operator's restart does. */
  forgetTokens(): void {
    this.#tokens.clear();
  }

  protected abstract answer(request: FakeRequest): FakeAnswer;

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    if (url.pathname === '/oauth2/v3/token') {
      await this.#giveToken(request, response);
      return;
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const asked = { path: url.pathname, query: url.searchParams, token };
    this.requests.push(asked);
    const fault = this.#nextFault();
    if (fault !== null && 'hang' in fault) return;
    if (fault !== null && 'status' in fault) {
      const wait = fault.retryAfter_s === undefined ? {} : { 'retry-after': String(fault.retryAfter_s) };
      reply(response, fault.status, { error: 'fault' }, wait);
    } else if (this.#overQuota()) {
      this.throttled += 1;
      reply(response, 429, { code: '900800', message: 'SLA dépassé' }, { 'retry-after': '1' });
    } else if ((this.#tokens.get(token) ?? Number.NEGATIVE_INFINITY) <= this.clock()) {
      reply(response, 401, { code: '900901', message: 'Invalid credentials' });
    } else this.#give(this.answer(asked), url, response, fault);
  }

  #give(answer: FakeAnswer, url: URL, response: ServerResponse, fault: OperatorFault | null): void {
    if ('status' in answer) {
      reply(response, answer.status, answer.body);
      return;
    }
    const start = Number(url.searchParams.get('page_start') ?? 0);
    const end = start + this.pageSize;
    const headers: Record<string, string> = { 'content-type': answer.type };
    if (end < answer.rows.length) {
      const next = new URL(url);
      next.searchParams.set('page_start', String(end));
      headers.link = `<${next.pathname}${next.search}>; rel="next"`;
    }
    const body = answer.document(answer.rows.slice(start, end));
    response.writeHead(200, headers);
    if (fault === null) response.end(body);
    else if ('truncate' in fault) response.end(body.slice(0, Math.floor(body.length / 2)));
    else response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
  }

  async #giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let form = '';
    for await (const chunk of request) form += String(chunk);
    const said = new URLSearchParams(form);
    const known = said.get('client_id') === this.clientId && said.get('client_secret') === this.clientSecret;
    if (said.get('grant_type') !== 'client_credentials' || !known) {
      reply(response, 401, { error: 'invalid_client' });
      return;
    }
    this.tokensGiven += 1;
    const token = `token-${this.tokensGiven}`;
    this.#tokens.set(token, this.clock() + this.tokenSeconds * 1000);
    reply(response, 200, { access_token: token, token_type: 'Bearer', expires_in: this.tokenSeconds });
  }

  #overQuota(): boolean {
    if (this.quota === null) return false;
    const now = this.clock();
    const { requests, within_ms } = this.quota;
    if (this.#answered.filter((at) => at > now - within_ms).length >= requests) return true;
    this.#answered.push(now);
    return false;
  }

  #nextFault(): OperatorFault | null {
    const [first] = this.#faults;
    if (first === undefined) return null;
    first.left -= 1;
    if (first.left <= 0) this.#faults.shift();
    return first.fault;
  }
}

function reply(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
