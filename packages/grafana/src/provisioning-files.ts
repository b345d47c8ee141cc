import { DEFAULT_TIME_ZONE, dashboardsIn, folderOf } from './dashboards/index.ts';
import { POSTGRES, PROMETHEUS } from './dashboards/postgres-query.ts';
import { POSTGRES_LIMITS, POSTGRES_NAME, PROMETHEUS_NAME } from './data-sources.ts';
import { LANGUAGES } from './text.ts';

/** Where Grafana's image and packages look for them. */
const PROVISIONING_FOLDER = '/etc/grafana/provisioning';
/** Grafana does not look into its environment for the name of a file. */
const PASSWORD_FILE = '/etc/grafana/veilleur-database-password';

/** What Grafana's folder of provisioning holds, as text by path. */
export function provisioningFiles(timeZone = DEFAULT_TIME_ZONE): ReadonlyMap<string, string> {
  const files = new Map<string, string>([
    ['datasources/veilleur.yaml', DATA_SOURCES],
    ['dashboards/veilleur.yaml', PROVIDERS],
  ]);
  for (const language of LANGUAGES) {
    for (const built of dashboardsIn(language, timeZone)) {
      const name = built.uid.slice('veilleur-'.length, -`-${language}`.length);
      files.set(`dashboards/${language}/${name}.json`, `${JSON.stringify(built, null, 2)}\n`);
    }
  }
  return files;
}

const MADE = '# Made by `veilleur grafana write`: changes here are overwritten.';

/** Grafana puts variables of its environment, and files, into these values. */
const DATA_SOURCES = `${MADE}
#
# VEILLEUR_DATABASE_HOST (host:port), VEILLEUR_DATABASE_NAME, VEILLEUR_DATABASE_USER (who only reads),
# VEILLEUR_DATABASE_SSLMODE and VEILLEUR_PROMETHEUS_URL are of Grafana's environment. The password is alone in
# the file that is named below.
apiVersion: 1
datasources:
  - uid: ${POSTGRES.uid}
    name: ${POSTGRES_NAME}
    type: ${POSTGRES.type}
    access: proxy
    url: $VEILLEUR_DATABASE_HOST
    user: $VEILLEUR_DATABASE_USER
    isDefault: true
    editable: false
    jsonData:
      database: $VEILLEUR_DATABASE_NAME
      sslmode: $VEILLEUR_DATABASE_SSLMODE
${Object.entries(POSTGRES_LIMITS)
  .map(([name, value]) => `      ${name}: ${value}`)
  .join('\n')}
    secureJsonData:
      password: $__file{${PASSWORD_FILE}}
  - uid: ${PROMETHEUS.uid}
    name: ${PROMETHEUS_NAME}
    type: ${PROMETHEUS.type}
    access: proxy
    url: $VEILLEUR_PROMETHEUS_URL
    editable: false
    jsonData:
      httpMethod: POST
`;

const PROVIDERS = `${MADE}
apiVersion: 1
providers:
${LANGUAGES.map((language) => {
  const { uid, title } = folderOf(language);
  return `  - name: ${uid}
    folder: ${title}
    folderUid: ${uid}
    type: file
    disableDeletion: true
    allowUiUpdates: false
    updateIntervalSeconds: 60
    options:
      path: ${PROVISIONING_FOLDER}/dashboards/${language}`;
}).join('\n')}
`;
