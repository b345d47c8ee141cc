import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';

/** How Grafana shapes the rows of a query: a series for each `metric`, or a table. */
export type RowFormat = 'time_series' | 'table';

/** One query of Grafana's PostgreSQL data source, for which the SDK has no builder. */
export class PostgresQuery implements Builder<Dataquery> {
  readonly #rawSql: string;
  readonly #format: RowFormat;

  constructor(rawSql: string, format: RowFormat) {
    this.#rawSql = rawSql;
    this.#format = format;
  }

  build(): Dataquery {
    const query = {
      refId: 'A',
      datasource: POSTGRES,
      editorMode: 'code',
      rawQuery: true,
      format: this.#format,
      rawSql: this.#rawSql,
      _implementsDataqueryVariant: () => {},
    };
    return query;
  }
}

export const POSTGRES = { type: 'grafana-postgresql-datasource', uid: 'veilleur-postgresql' } as const;
export const PROMETHEUS = { type: 'prometheus', uid: 'veilleur-prometheus' } as const;
