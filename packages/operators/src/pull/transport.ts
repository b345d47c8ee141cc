import { messageOf, VeilleurError } from '@veilleur/domain';
import { z } from 'zod';

import type { OperatorApi } from './operator-api.ts';

/** What a pull takes from the world; a test gives its own. */
export interface World {
  /** Milliseconds, for the rate limit and the token's age. */
  readonly clock: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 to 1, for the jitter. */
  readonly random: () => number;
  readonly fetch?: typeof globalThis.fetch;
}

export interface RetrySettings {
  /** Tries of one request, the first among them. */
  readonly attempts: number;
  readonly base_ms: number;
  readonly longest_ms: number;
  /** Of one request, its body among it. */
  readonly timeout_ms: number;
}

export const USUAL_RETRIES: RetrySettings = {
  attempts: 6,
  base_ms: 500,
  longest_ms: 60_000,
  timeout_ms: 30_000,
};

/** A refusal that no repetition changes. */
export class Refused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

const TokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().default(3_600),
});

/** A token is renewed this long before it ends. */
const TOKEN_MARGIN_MS = 60_000;
const LARGEST_ANSWER = 32 * 1024 * 1024;
const HOUR_MS = 3_600_000;

/** One answer's page: its bytes, and the address of the next. */
export interface Page {
  readonly body: Uint8Array;
  readonly next: string | null;
}

/**
 * Requests to one operator: a token that is fetched once and renewed, the operator's rate kept, and
 * patience with what passes (429, 5xx, timeouts, cut connections), with full jitter.
 */
export class Transport {
  readonly #api: OperatorApi;
  readonly #world: World;
  readonly #retry: RetrySettings;
  readonly #signal: AbortSignal | undefined;
  #token: { readonly text: string; readonly until: number } | null = null;
  #sent: number[] = [];
  retries = 0;

  constructor(api: OperatorApi, world: World, retry: RetrySettings, signal: AbortSignal | undefined) {
    this.#api = api;
    this.#world = world;
    this.#retry = retry;
    this.#signal = signal;
  }

  /**
   * @throws Refused for a 4xx that is not 401 or 429.
   * @throws VeilleurError `operator_unreachable` after the last try, `operator_credentials_refused`.
   */
  async page(url: string): Promise<Page> {
    let renewed = false;
    return this.#patiently(async () => {
      const response = await this.#send(url, {
        headers: { authorization: `Bearer ${await this.#bearer()}`, accept: this.#api.accept },
      });
      if (response.status === 401 && !renewed) {
        renewed = true;
        this.#token = null;
        throw new Passing('the token was not accepted', 0);
      }
      if (response.status === 401) throw this.#credentialsRefused();
      return { body: await bodyOf(response), next: nextOf(response, url) };
    });
  }

  async #bearer(): Promise<string> {
    if (this.#token !== null && this.#token.until > this.#world.clock()) return this.#token.text;
    const { url, clientId, clientSecret, scope } = this.#api.token;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      ...(scope === undefined ? {} : { scope }),
    });
    const response = await this.#send(url, { method: 'POST', body: form });
    if (response.status === 400 || response.status === 401 || response.status === 403)
      throw this.#credentialsRefused();
    const answer = TokenAnswer.safeParse(jsonOf(await bodyOf(response)));
    if (!answer.success) throw new Passing('the answer holds no token', null);
    const { access_token: text, expires_in } = answer.data;
    this.#token = { text, until: this.#world.clock() + Math.max(expires_in * 1000 - TOKEN_MARGIN_MS, 1_000) };
    return text;
  }

  #credentialsRefused(): VeilleurError {
    return new VeilleurError(
      'operator_credentials_refused',
      `${this.#api.name}: the operator refuses the client's id or secret`,
      {
        remedy: "Check them on the operator's portal, and that the application has subscribed to this API.",
      },
    );
  }

  async #send(url: string, init: RequestInit): Promise<Response> {
    await this.#keepRate();
    const timeout = AbortSignal.timeout(this.#retry.timeout_ms);
    const signal = this.#signal === undefined ? timeout : AbortSignal.any([timeout, this.#signal]);
    const send = this.#world.fetch ?? globalThis.fetch;
    return send(url, { ...init, signal, redirect: 'error' });
  }

  async #keepRate(): Promise<void> {
    const { perSecond, perHour } = this.#api.limits;
    const now = this.#world.clock();
    this.#sent = this.#sent.filter((at) => at > now - HOUR_MS);
    const second = (this.#sent.at(-perSecond) ?? Number.NEGATIVE_INFINITY) + 1_000 - now;
    const hour = (this.#sent.at(-perHour) ?? Number.NEGATIVE_INFINITY) + HOUR_MS - now;
    const wait = Math.max(second, hour);
    if (wait > 0) await this.#world.sleep(wait, this.#signal);
    this.#sent.push(this.#world.clock());
  }

  async #patiently<T>(request: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await request();
      } catch (error) {
        if (error instanceof Refused || error instanceof VeilleurError) throw error;
        if (this.#signal?.aborted === true) throw error;
        if (attempt >= this.#retry.attempts) {
          throw new VeilleurError(
            'operator_unreachable',
            `${this.#api.name}: ${messageOf(error)}, ${attempt} times`,
            {
              remedy: "Look at the operator's status page; the next pull goes on where this one stopped.",
              retryable: true,
              cause: error,
            },
          );
        }
        this.retries += 1;
        await this.#world.sleep(this.#delay(error, attempt), this.#signal);
      }
    }
  }

  /** As long as the operator asks for, else full jitter: anything up to the doubled base. */
  #delay(error: unknown, attempt: number): number {
    const asked = error instanceof Passing ? error.after_ms : null;
    if (asked !== null) return Math.min(asked, HOUR_MS);
    return this.#world.random() * Math.min(this.#retry.longest_ms, this.#retry.base_ms * 2 ** attempt);
  }
}

/** What may be over at the next try. */
class Passing extends Error {
  readonly after_ms: number | null;

  constructor(message: string, after_ms: number | null) {
    super(message);
    this.after_ms = after_ms;
  }
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > LARGEST_ANSWER) throw new Refused(response.status, 'the answer has more than 32 MiB');
    parts.push(part);
  }
  const body = Buffer.concat(parts);
  if (response.ok) return body;
  if (response.status === 429 || response.status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new Passing(`HTTP ${response.status}`, Number.isFinite(seconds) ? seconds * 1000 : null);
  }
  throw new Refused(response.status, body.toString('utf8', 0, 500));
}

/** RFC 8288's `Link: <...>; rel="next"`, on the same host only: a token must not leave it. */
function nextOf(response: Response, url: string): string | null {
  const link = /<([^>]+)>\s*;[^,]*\brel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
  if (link === undefined) return null;
  const next = new URL(link, url);
  return next.origin === new URL(url).origin ? next.href : null;
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}
