import { VeilleurError } from '@veilleur/domain';
import type { GrafanaClient } from '../api/grafana-client.ts';
import { isAsSaid } from './is-as-said.ts';
import type { Wanted, WantedDashboard, WantedDataSource, WantedFolder, WantedWebhook } from './wanted.ts';

export type Outcome = 'created' | 'updated' | 'unchanged';

export interface Pushed {
  readonly kind: 'data_source' | 'contact_point' | 'folder' | 'dashboard';
  readonly uid: string;
  readonly name: string;
  readonly outcome: Outcome;
}

export interface PushReport {
  /** Of Grafana; null where it hides it. */
  readonly version: string | null;
  readonly isDryRun: boolean;
  readonly pushed: readonly Pushed[];
}

export interface PushOptions {
  /** Says what would be written, and writes nothing. */
  readonly dryRun?: boolean;
  /** Writes passwords anew, though there is one already: nobody can read whether it is the same. */
  readonly renewSecrets?: boolean;
}

/**
 * Brings Grafana to what is wanted, and writes nothing where it is so already. Data sources come first, so
 * that no dashboard refers to one that is not there; the first failure ends it, and the next run goes on.
 *
 * @throws VeilleurError those of GrafanaClient; `grafana_provisioned` where a file owns what differs.
 */
export async function push(
  client: GrafanaClient,
  wanted: Wanted,
  options: PushOptions = {},
): Promise<PushReport> {
  const version = (await client.version()) ?? null;
  const task = new Push(client, options);
  const pushed: Pushed[] = [];
  for (const one of wanted.dataSources) pushed.push(await task.dataSource(one));
  for (const one of wanted.webhooks) pushed.push(await task.webhook(one));
  pushed.push(await task.folder(wanted.folder));
  for (const one of wanted.dashboards) pushed.push(await task.dashboard(one, wanted.folder.uid));
  return { version, isDryRun: options.dryRun ?? false, pushed };
}

class Push {
  readonly #client: GrafanaClient;
  readonly #options: PushOptions;

  constructor(client: GrafanaClient, options: PushOptions) {
    this.#client = client;
    this.#options = options;
  }

  async dataSource({ secrets, ...said }: WantedDataSource): Promise<Pushed> {
    const { uid, name } = said;
    const held = await this.#client.dataSource(uid);
    const body = { ...said, access: 'proxy', secureJsonData: secrets };
    const told = { kind: 'data_source', uid, name } as const;
    if (held === null) return this.#did(told, 'created', () => this.#client.createDataSource(body));
    const hasSecrets = Object.keys(secrets).every((key) => held.secureJsonFields?.[key] === true);
    const isSame = isAsSaid(said, held) && hasSecrets;
    if (isSame && (!this.#options.renewSecrets || held.readOnly)) return { ...told, outcome: 'unchanged' };
    if (held.readOnly) throw provisioned(`the data source ${uid}`);
    return this.#did(told, 'updated', () => this.#client.updateDataSource(uid, body));
  }

  async webhook({ uid, name, url }: WantedWebhook): Promise<Pushed> {
    const told = { kind: 'contact_point', uid, name } as const;
    const said = {
      name,
      type: 'webhook',
      settings: { url, httpMethod: 'POST' },
      disableResolveMessage: false,
    };
    const held = (await this.#client.contactPoints()).find((one) => one.uid === uid);
    if (held === undefined) {
      return this.#did(told, 'created', () => this.#client.createContactPoint({ uid, ...said }));
    }
    if (isAsSaid(said, { disableResolveMessage: false, ...held })) return { ...told, outcome: 'unchanged' };
    return this.#did(told, 'updated', () => this.#client.updateContactPoint(uid, { uid, ...said }));
  }

  async folder({ uid, title }: WantedFolder): Promise<Pushed> {
    const told = { kind: 'folder', uid, name: title } as const;
    const held = await this.#client.folder(uid);
    if (held === null) return this.#did(told, 'created', () => this.#client.createFolder({ uid, title }));
    if (held.title === title) return { ...told, outcome: 'unchanged' };
    return this.#did(told, 'updated', () => this.#client.renameFolder(uid, title, held.version));
  }

  async dashboard(said: WantedDashboard, folderUid: string): Promise<Pushed> {
    const { uid, title } = said;
    const told = { kind: 'dashboard', uid, name: title } as const;
    const save = (more: object) => () =>
      this.#client.saveDashboard({ ...said, ...more }, folderUid, 'veilleur grafana push');
    const held = await this.#client.dashboard(uid);
    if (held === null) return this.#did(told, 'created', save({ id: null }));
    const { dashboard, meta } = held;
    if (isAsSaid(said, dashboard) && (meta.folderUid === folderUid || meta.provisioned)) {
      return { ...told, outcome: 'unchanged' };
    }
    if (meta.provisioned) throw provisioned(`the dashboard ${uid}`);
    return this.#did(told, 'updated', save({ id: dashboard.id, version: dashboard.version }));
  }

  async #did(
    told: Omit<Pushed, 'outcome'>,
    outcome: Outcome,
    write: () => Promise<unknown>,
  ): Promise<Pushed> {
    if (!this.#options.dryRun) await write();
    return { ...told, outcome };
  }
}

function provisioned(what: string): VeilleurError {
  return new VeilleurError('grafana_provisioned', `${what} is made by a provisioning file of Grafana`, {
    remedy:
      'Write the files anew (veilleur grafana write) where Grafana reads them, or take them away from there.',
  });
}
