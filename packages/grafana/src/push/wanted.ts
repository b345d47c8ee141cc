type Json = Readonly<Record<string, unknown>>;

export interface WantedDataSource {
  readonly uid: string;
  readonly name: string;
  readonly type: string;
  readonly url: string;
  readonly user?: string;
  readonly jsonData: Json;
  /** Grafana never tells what it holds of them, only that it holds something. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Where Grafana sends what its own alert rules find: another system, by HTTP. */
export interface WantedWebhook {
  readonly uid: string;
  readonly name: string;
  readonly url: string;
}

export interface WantedFolder {
  readonly uid: string;
  readonly title: string;
}

export interface WantedDashboard {
  readonly uid: string;
  readonly title: string;
}

/** All that one push makes sure of. */
export interface Wanted {
  readonly dataSources: readonly WantedDataSource[];
  readonly webhooks: readonly WantedWebhook[];
  readonly folder: WantedFolder;
  /** As Grafana's dashboard JSON, without id and version. */
  readonly dashboards: readonly WantedDashboard[];
}
