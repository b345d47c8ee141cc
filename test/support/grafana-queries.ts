import type { BuiltDashboard } from '@veilleur/grafana';

/** A query as a panel or a variable of a dashboard holds it. */
export interface GrafanaQuery {
  readonly dashboard: string;
  /** The title of the panel, or the name of the variable. */
  readonly name: string;
  readonly kind: 'panel' | 'variable';
  readonly sql: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly rawSql?: string }[];
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string;
}

/** Everything that a dashboard asks the database. */
export function queriesOf(built: BuiltDashboard): GrafanaQuery[] {
  const { panels, templating } = built as unknown as {
    panels: readonly Panel[];
    templating: { list: readonly Variable[] };
  };
  const dashboard = built.uid;
  return [
    ...templating.list
      .filter(({ type }) => type === 'query')
      .map(({ name, query }) => ({ dashboard, name, kind: 'variable' as const, sql: query })),
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.flatMap(({ rawSql }) =>
        rawSql === undefined ? [] : [{ dashboard, name: title, kind: 'panel' as const, sql: rawSql }],
      ),
    ),
  ];
}

export interface Chosen {
  readonly from: Date;
  readonly to: Date;
  /** Milliseconds a pixel or so: what Grafana takes from the width of a panel. */
  readonly intervalMs: number;
  /** A list is several values; `'*'` with its quotes, all of them, is put in as it stands. */
  readonly variables: Readonly<Record<string, string | readonly string[]>>;
}

/**
 * SQL as Grafana sends it to the database. First its page puts in the variables, in the formats `sqlstring`
 * and `raw` (grafana.com/docs, Variable syntax); then its server the macros, by the pattern of
 * `pkg/tsdb/grafana-postgresql-datasource/macros.go` (docs: PostgreSQL query editor, Macros).
 */
export function asGrafanaSends(sql: string, { from, to, intervalMs, variables }: Chosen): string {
  const quoted = (text: string) => (text === "'*'" ? text : `'${text.replaceAll("'", "''")}'`);
  const filled = sql
    .replaceAll(/\$\{(\w+):(\w+)\}/g, (_, name: string, format: string) => {
      const value = variables[name];
      if (value === undefined) throw new Error(`nothing is chosen for ${name}`);
      if (format === 'raw') return String(value);
      if (format !== 'sqlstring') throw new Error(`the format ${format} is not known`);
      return typeof value === 'string' ? quoted(value) : value.map(quoted).join(',');
    })
    .replaceAll('$__interval_ms', String(intervalMs));
  const expanded = filled.replaceAll(/\$([_a-zA-Z0-9]+)\(([^)]*)\)/g, (_, macro: string, args: string) => {
    switch (macro) {
      case '__timeFilter':
        return `${args.trim()} BETWEEN '${from.toISOString()}' AND '${to.toISOString()}'`;
      case '__timeFrom':
        return `'${from.toISOString()}'`;
      case '__timeTo':
        return `'${to.toISOString()}'`;
      default:
        throw new Error(`the macro ${macro} is not used here`);
    }
  });
  if (/\$[_a-zA-Z{]/.test(expanded)) throw new Error(`something was not put in: ${expanded}`);
  return expanded;
}
