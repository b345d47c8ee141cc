import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Json = Record<string, unknown>;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A request that it did or refused, such as `POST /api/folders`. */
export interface Heard {
  readonly request: string;
  readonly body: Json | null;
}

/**
 * A Grafana for tests: the endpoints that are used here, as the documentation of Grafana 12 describes them
 * (Dashboard, Folder, Data source and Alerting provisioning HTTP API), with its status codes and messages.
 */
export class FakeGrafana {
  readonly heard: Heard[] = [];
  readonly dataSources = new Map<string, Json>();
  readonly folders = new Map<string, Json>();
  readonly dashboards = new Map<string, { dashboard: Json; folderUid: string; provisioned: boolean }>();
  readonly contactPoints = new Map<string, Json>();
  /** What the next request of this kind is answered instead. */
  readonly instead = new Map<string, Answer>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #token: string;
  #ids = 0;

  constructor(token: string) {
    this.#token = token;
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/grafana/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** What changed something. */
  get writes(): string[] {
    return this.heard.map(({ request }) => request).filter((request) => !request.startsWith('GET '));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (incoming.url ?? '').replace(/^\/grafana/, '');
    const request = `${incoming.method} ${path}`;
    const sent = await text(incoming);
    const body = sent === '' ? null : (JSON.parse(sent) as Json);
    this.heard.push({ request, body });
    const instead = this.instead.get(request);
    this.instead.delete(request);
    const { status, body: answer } = instead ?? this.#answer(request, path, body, incoming.headers);
    const isText = typeof answer === 'string';
    response.writeHead(status, {
      'content-type': isText ? 'text/html' : 'application/json; charset=UTF-8',
      ...(status === 302 ? { location: '/login' } : {}),
    });
    response.end(isText ? answer : JSON.stringify(answer));
  }

  #answer(request: string, path: string, body: Json | null, headers: IncomingMessage['headers']): Answer {
    if (request === 'GET /api/health') return ok({ commit: 'abc', database: 'ok', version: '12.4.0' });
    const basic = `Basic ${Buffer.from(`admin:${this.#token}`).toString('base64')}`;
    if (headers.authorization !== `Bearer ${this.#token}` && headers.authorization !== basic) {
      return { status: 401, body: { message: 'Invalid API key' } };
    }
    const uid = decodeURIComponent(path.split('/').at(-1) ?? '');
    switch (request.replace(/(uid|folders|contact-points)\/[^/]+$/, '$1/:uid')) {
      case 'GET /api/datasources/uid/:uid':
        return found(this.dataSources.get(uid), 'Data source not found');
      case 'POST /api/datasources':
        return this.#createDataSource(body ?? {});
      case 'PUT /api/datasources/uid/:uid':
        return this.#keepDataSource(body ?? {}, 'Datasource updated');
      case 'GET /api/folders/:uid':
        return found(this.folders.get(uid), 'folder not found');
      case 'POST /api/folders':
        return this.#createFolder(body ?? {});
      case 'PUT /api/folders/:uid':
        return this.#renameFolder(uid, body ?? {});
      case 'GET /api/dashboards/uid/:uid':
        return this.#dashboard(uid);
      case 'POST /api/dashboards/db':
        return this.#saveDashboard(body ?? {});
      case 'GET /api/v1/provisioning/contact-points':
        return ok([...this.contactPoints.values()]);
      case 'POST /api/v1/provisioning/contact-points':
      case 'PUT /api/v1/provisioning/contact-points/:uid':
        this.contactPoints.set(String(body?.uid), { ...body, provenance: 'api' });
        return { status: 202, body };
      default:
        return { status: 404, body: { message: 'Not found' } };
    }
  }

  #createDataSource(body: Json): Answer {
    const names = [...this.dataSources.values()].map(({ name }) => name);
    if (names.includes(body.name)) {
      return { status: 409, body: { message: 'data source with the same name already exists' } };
    }
    return this.#keepDataSource(body, 'Datasource added');
  }

  #keepDataSource({ secureJsonData, ...body }: Json, message: string): Answer {
    const known = this.dataSources.get(String(body.uid));
    const secrets = Object.keys((secureJsonData as Json | undefined) ?? {}).map((key) => [key, true]);
    const datasource = {
      id: known?.id ?? ++this.#ids,
      orgId: 1,
      typeLogoUrl: '',
      isDefault: false,
      readOnly: false,
      ...body,
      secureJsonFields: { ...(known?.secureJsonFields as Json), ...Object.fromEntries(secrets) },
      version: Number(known?.version ?? 0) + 1,
    };
    this.dataSources.set(String(body.uid), datasource);
    return ok({ datasource, id: datasource.id, message, name: body.name });
  }

  #createFolder({ uid, title }: Json): Answer {
    if (this.folders.has(String(uid))) {
      return { status: 409, body: { message: 'a folder with the same uid already exists' } };
    }
    const folder = { id: ++this.#ids, uid, title, version: 1 };
    this.folders.set(String(uid), folder);
    return ok(folder);
  }

  #renameFolder(uid: string, { title, version, overwrite }: Json): Answer {
    const folder = this.folders.get(uid);
    if (folder === undefined) return found(undefined, 'folder not found');
    if (!overwrite && version !== folder.version) return changedByOther('folder');
    const renamed = { ...folder, title, version: Number(folder.version) + 1 };
    this.folders.set(uid, renamed);
    return ok(renamed);
  }

  #dashboard(uid: string): Answer {
    const held = this.dashboards.get(uid);
    if (held === undefined) return found(undefined, 'Dashboard not found');
    const { dashboard, folderUid, provisioned } = held;
    return ok({ dashboard, meta: { folderUid, provisioned, canSave: true, slug: 'x', url: `/d/${uid}/x` } });
  }

  #saveDashboard({ dashboard, folderUid, overwrite }: Json): Answer {
    const sent = dashboard as Json;
    const uid = String(sent.uid);
    const held = this.dashboards.get(uid);
    if (!this.folders.has(String(folderUid))) return { status: 400, body: { message: 'folder not found' } };
    if (held?.provisioned) return { status: 400, body: { message: 'Cannot save provisioned dashboard' } };
    if (held !== undefined && !overwrite && sent.version !== held.dashboard.version) {
      return changedByOther('dashboard');
    }
    const version = Number(held?.dashboard.version ?? 0) + 1;
    const id = held?.dashboard.id ?? ++this.#ids;
    this.dashboards.set(uid, {
      dashboard: { ...sent, id, version },
      folderUid: String(folderUid),
      provisioned: false,
    });
    return ok({ id, uid, url: `/grafana/d/${uid}/x`, status: 'success', version, slug: 'x' });
  }
}

const ok = (body: unknown): Answer => ({ status: 200, body });

const found = (body: unknown, message: string): Answer =>
  body === undefined ? { status: 404, body: { message } } : ok(body);

const changedByOther = (what: string): Answer => ({
  status: 412,
  body: { message: `The ${what} has been changed by someone else`, status: 'version-mismatch' },
});
