export { type Credentials, type GrafanaAccess, GrafanaClient } from './api/grafana-client.ts';
export type { BuiltDashboard } from './dashboards/build.ts';
export { DEFAULT_TIME_ZONE, dashboardsIn, folderOf } from './dashboards/index.ts';
export { postgresDataSource, prometheusDataSource } from './data-sources.ts';
export { provisioningFiles } from './provisioning-files.ts';
export { type Pushed, type PushOptions, type PushReport, push } from './push/push.ts';
export type { Wanted, WantedDashboard, WantedDataSource, WantedWebhook } from './push/wanted.ts';
export { LANGUAGES, type Language, type Text } from './text.ts';
