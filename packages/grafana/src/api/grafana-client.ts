import { messageOf, VeilleurError } from '@veilleur/domain';
import type { z } from 'zod';
import {
  type ContactPointAnswer,
  contactPointsAnswer,
  type DashboardAnswer,
  type DataSourceAnswer,
  dashboardAnswer,
  dataSourceAnswer,
  type FolderAnswer,
  folderAnswer,
  healthAnswer,
  refusalAnswer,
  savedAnswer,
} from './answers.ts';
import { errorOf } from './grafana-error.ts';

export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string };

export interface GrafanaAccess {
  /** Grafana's root_url, for example `https://grafana.ville.fr/` or `http://host/grafana/`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** For one request; 20 s without. */
  readonly timeoutMs?: number;
}

type Json = Readonly<Record<string, unknown>>;
type Method = 'GET' | 'POST' | 'PUT';

const TIMEOUT_MS = 20_000;

/**
 * Grafana's HTTP API, as far as dashboards need it: the endpoints under `/api`, as documented for Grafana 11
 * and 12; 13 deprecates them in favour of `/apis` and still answers. A request is sent once. Each method
 * throws a VeilleurError: `grafana_unreachable`, `grafana_answer_unknown`, and those of `grafana-error.ts`.
 */
export class GrafanaClient {
  readonly #root: URL;
  readonly #authorization: string;
  readonly #timeoutMs: number;

  /** @throws VeilleurError `grafana_url_unreadable` */
  constructor({ url, credentials, timeoutMs = TIMEOUT_MS }: GrafanaAccess) {
    this.#root = rootOf(url);
    this.#authorization = authorizationOf(credentials);
    this.#timeoutMs = timeoutMs;
  }

  /** Its version; undefined where it hides it. @throws VeilleurError, also where this is no Grafana. */
  async version(): Promise<string | undefined> {
    return (await this.#ask('GET', 'api/health', healthAnswer)).version;
  }

  dataSource(uid: string): Promise<DataSourceAnswer | null> {
    return this.#find(`api/datasources/uid/${encodeURIComponent(uid)}`, dataSourceAnswer);
  }

  async createDataSource(body: Json): Promise<void> {
    await this.#send('POST', 'api/datasources', body);
  }

  async updateDataSource(uid: string, body: Json): Promise<void> {
    await this.#send('PUT', `api/datasources/uid/${encodeURIComponent(uid)}`, body);
  }

  folder(uid: string): Promise<FolderAnswer | null> {
    return this.#find(`api/folders/${encodeURIComponent(uid)}`, folderAnswer);
  }

  async createFolder(folder: { readonly uid: string; readonly title: string }): Promise<void> {
    await this.#send('POST', 'api/folders', folder);
  }

  /** `version`: the one that was read, so that nobody else's change is lost. */
  async renameFolder(uid: string, title: string, version: number | undefined): Promise<void> {
    const body = version === undefined ? { title, overwrite: true } : { title, version };
    await this.#send('PUT', `api/folders/${encodeURIComponent(uid)}`, body);
  }

  dashboard(uid: string): Promise<DashboardAnswer | null> {
    return this.#find(`api/dashboards/uid/${encodeURIComponent(uid)}`, dashboardAnswer);
  }

  /** With the id and version that were read, or neither for a new one. @returns Its path. */
  async saveDashboard(dashboard: Json, folderUid: string, message: string): Promise<string> {
    const body = { dashboard, folderUid, message, overwrite: false };
    return (await this.#ask('POST', 'api/dashboards/db', savedAnswer, body)).url;
  }

  async contactPoints(): Promise<readonly ContactPointAnswer[]> {
    return (await this.#ask('GET', 'api/v1/provisioning/contact-points', contactPointsAnswer)) ?? [];
  }

  async createContactPoint(body: Json): Promise<void> {
    await this.#send('POST', 'api/v1/provisioning/contact-points', body);
  }

  async updateContactPoint(uid: string, body: Json): Promise<void> {
    await this.#send('PUT', `api/v1/provisioning/contact-points/${encodeURIComponent(uid)}`, body);
  }

  /** Null for 404. */
  async #find<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
    try {
      return await this.#ask('GET', path, schema);
    } catch (error) {
      if (error instanceof VeilleurError && error.code === 'grafana_not_found') return null;
      throw error;
    }
  }

  async #ask<T>(method: Method, path: string, schema: z.ZodType<T>, body?: Json): Promise<T> {
    const text = await this.#send(method, path, body);
    const parsed = schema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new VeilleurError(
      'grafana_answer_unknown',
      `${method} ${this.#root.href}${path} was answered by something that Grafana does not say: ${shortened(text)}`,
      { remedy: 'Check the address: is it Grafana that answers there, and not a login page or a proxy?' },
    );
  }

  async #send(method: Method, path: string, body?: Json): Promise<string> {
    const { response, text } = await this.#exchange(method, path, body);
    if (response.ok) return text;
    const request = `${method} /${path}`;
    if (response.status >= 300 && response.status < 400) {
      throw new VeilleurError(
        'grafana_moved',
        `${request} is answered by a redirection to ${response.headers.get('location')}`,
        { remedy: "Name the address that Grafana is reached at: its root_url, with https where it's used." },
      );
    }
    const refusal = refusalAnswer.safeParse(jsonOf(text));
    throw errorOf({
      request,
      status: response.status,
      message: refusal.success ? refusal.data.message : shortened(text),
      reason: refusal.success && typeof refusal.data.status === 'string' ? refusal.data.status : undefined,
    });
  }

  async #exchange(method: Method, path: string, body: Json | undefined) {
    try {
      const response = await fetch(new URL(path, this.#root), {
        method,
        headers: {
          accept: 'application/json',
          authorization: this.#authorization,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A redirection would turn a POST into a GET, or carry the token elsewhere.
        redirect: 'manual',
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      return { response, text: await response.text() };
    } catch (error) {
      throw new VeilleurError(
        'grafana_unreachable',
        `${this.#root.href} does not answer: ${reasonOf(error)}`,
        { remedy: 'Is Grafana running, and is this its address and port?', retryable: true, cause: error },
      );
    }
  }
}

function rootOf(url: string): URL {
  const root = URL.parse(url);
  if (root === null || !/^https?:$/.test(root.protocol)) {
    throw new VeilleurError('grafana_url_unreadable', `${url} is not the address of a Grafana`, {
      remedy: 'It begins with http:// or https://, for example https://grafana.ville.fr/.',
    });
  }
  root.search = '';
  root.hash = '';
  if (!root.pathname.endsWith('/')) root.pathname += '/';
  return root;
}

function authorizationOf(credentials: Credentials): string {
  switch (credentials.kind) {
    case 'token':
      return `Bearer ${credentials.token}`;
    case 'basic':
      return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  }
}

/** `fetch failed` alone says nothing; its cause does. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  if (line === '') return '(nothing)';
  return line.length > 200 ? `${line.slice(0, 200)} …` : line;
}
