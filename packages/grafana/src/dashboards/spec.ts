import type { Language, Text } from '../text.ts';

/** SQL that says words to people is made for each language. */
export type Sql = string | ((language: Language) => string);

export interface Column {
  readonly title: Text;
  /** Of Grafana's units: `m3`, `kwatth`, `dateTimeFromNow` ... */
  readonly unit?: string;
  readonly decimals?: number;
  /** There for a link, not to be seen. */
  readonly isHidden?: boolean;
  /** Where a click leads, with `${__data.fields.code}` for this row's values. */
  readonly link?: { readonly title: Text; readonly dashboard: string; readonly query: string };
}

interface PanelBase {
  readonly title: Text;
  /** What it tells and what it does not, in a sentence. */
  readonly description?: Text;
  /** Of 24 columns. */
  readonly width: number;
  readonly height?: number;
}

/** One number. `alarmFrom`: red from here on. */
export interface StatPanel extends PanelBase {
  readonly kind: 'stat';
  readonly sql: Sql;
  readonly unit?: string;
  readonly decimals?: number;
  readonly alarmFrom?: number;
}

/** Columns `time`, `metric` and `value`. */
export interface SeriesPanel extends PanelBase {
  readonly kind: 'lines' | 'bars';
  readonly sql: Sql;
  readonly unit?: string;
}

/** A bar for each row: the first column is what it is called. */
export interface CategoryPanel extends PanelBase {
  readonly kind: 'categories';
  readonly sql: Sql;
  readonly unit?: string;
  readonly columns: Readonly<Record<string, Column>>;
}

export interface TablePanel extends PanelBase {
  readonly kind: 'table';
  readonly sql: Sql;
  readonly columns: Readonly<Record<string, Column>>;
}

/** From Prometheus, where there is one. */
export interface PrometheusPanel extends PanelBase {
  readonly kind: 'prometheus';
  readonly unit?: string;
  readonly queries: readonly { readonly expression: string; readonly legend: string }[];
}

export type PanelSpec = StatPanel | SeriesPanel | CategoryPanel | TablePanel | PrometheusPanel;

/** A choice above the panels. Its values are text in SQL: `${site:sqlstring}`. */
export type VariableSpec =
  | {
      readonly kind: 'query';
      readonly name: string;
      readonly label: Text;
      /** Columns `__text` and `__value`. */
      readonly sql: string;
      /** `one`; or all of them, which SQL sees as `'*'`; or several of them. */
      readonly choice: 'one' | 'one_or_all' | 'several';
    }
  | {
      readonly kind: 'custom';
      readonly name: string;
      readonly label: Text;
      readonly options: readonly { readonly value: string; readonly text: Text }[];
      /** The value that is chosen at first. */
      readonly first: string;
    };

export interface RowSpec {
  readonly title: Text;
  readonly panels: readonly PanelSpec[];
}

export interface DashboardSpec {
  /** `city` becomes `veilleur-city-en` and `veilleur-city-fr`. */
  readonly id: string;
  readonly title: Text;
  readonly description: Text;
  /** The span that is shown at first, such as `now-30d`. */
  readonly from: string;
  /** How often it looks anew, such as `5m`. */
  readonly refresh: string;
  readonly variables: readonly VariableSpec[];
  readonly rows: readonly RowSpec[];
}
