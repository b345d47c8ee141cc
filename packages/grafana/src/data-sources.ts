import { VeilleurError } from '@veilleur/domain';
import { POSTGRES, PROMETHEUS } from './dashboards/postgres-query.ts';
import type { WantedDataSource } from './push/wanted.ts';

export const POSTGRES_NAME = 'Veilleur';
export const PROMETHEUS_NAME = 'Veilleur (Prometheus)';

/** More at once would take the connections of those who store. */
export const POSTGRES_LIMITS = {
  maxOpenConns: 8,
  maxIdleConns: 2,
  maxIdleConnsAuto: false,
  connMaxLifetime: 3600,
};

/**
 * Grafana's data source for a database, as Grafana reaches it: `postgres://reader@host:5432/veilleur`. The
 * user needs to read and nothing else; `sslmode` of the address holds, else `prefer` is asked of none.
 *
 * @throws VeilleurError `database_url_unreadable`
 */
export function postgresDataSource(url: string, password: string | null): WantedDataSource {
  const parsed = URL.parse(url);
  const database = parsed?.pathname.slice(1) ?? '';
  if (
    parsed === null ||
    !/^postgres(ql)?:$/.test(parsed.protocol) ||
    database === '' ||
    parsed.username === ''
  ) {
    throw new VeilleurError('database_url_unreadable', 'this is not the address of a database', {
      remedy:
        'It looks like postgres://reader@host:5432/veilleur; the password comes from a file of its own.',
    });
  }
  const secret = password ?? decodeURIComponent(parsed.password);
  return {
    uid: POSTGRES.uid,
    name: POSTGRES_NAME,
    type: POSTGRES.type,
    url: `${parsed.hostname}:${parsed.port || '5432'}`,
    user: decodeURIComponent(parsed.username),
    jsonData: {
      database: decodeURIComponent(database),
      sslmode: parsed.searchParams.get('sslmode') ?? 'disable',
      ...POSTGRES_LIMITS,
    },
    secrets: secret === '' ? {} : { password: secret },
  };
}

/** @throws VeilleurError `prometheus_url_unreadable` */
export function prometheusDataSource(url: string): WantedDataSource {
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    throw new VeilleurError('prometheus_url_unreadable', `${url} is not the address of a Prometheus`, {
      remedy: 'It looks like http://prometheus:9090.',
    });
  }
  return {
    uid: PROMETHEUS.uid,
    name: PROMETHEUS_NAME,
    type: PROMETHEUS.type,
    url,
    jsonData: { httpMethod: 'POST' },
    secrets: {},
  };
}
