import * as barchart from '@grafana/grafana-foundation-sdk/barchart';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Language } from '../text.ts';
import { POSTGRES, PostgresQuery, PROMETHEUS } from './postgres-query.ts';
import type {
  CategoryPanel,
  Column,
  PanelSpec,
  PrometheusPanel,
  SeriesPanel,
  Sql,
  StatPanel,
  TablePanel,
} from './spec.ts';

const SERIES_HEIGHT = 8;
const STAT_HEIGHT = 4;

/** A panel in one language, for Grafana. */
export function panelOf(spec: PanelSpec, language: Language): Builder<dashboard.Panel> {
  switch (spec.kind) {
    case 'stat':
      return statPanel(spec, language);
    case 'lines':
    case 'bars':
      return seriesPanel(spec, language);
    case 'categories':
      return categoryPanel(spec, language);
    case 'table':
      return tablePanel(spec, language);
    case 'prometheus':
      return prometheusPanel(spec, language);
  }
}

const sqlIn = (sql: Sql, language: Language) => (typeof sql === 'string' ? sql : sql(language)).trim();

function statPanel(spec: StatPanel, language: Language) {
  const steps: dashboard.Threshold[] = [
    { value: null, color: spec.alarmFrom === undefined ? 'blue' : 'green' },
    ...(spec.alarmFrom === undefined ? [] : [{ value: spec.alarmFrom, color: 'red' }]),
  ];
  const panel = new stat.PanelBuilder()
    .datasource(POSTGRES)
    .withTarget(new PostgresQuery(sqlIn(spec.sql, language), 'table'))
    .title(spec.title[language])
    .description(spec.description?.[language] ?? '')
    .span(spec.width)
    .height(spec.height ?? STAT_HEIGHT)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .graphMode(common.BigValueGraphMode.None)
    .colorMode(common.BigValueColorMode.Value)
    .thresholds(new dashboard.ThresholdsConfigBuilder().mode(dashboard.ThresholdsMode.Absolute).steps(steps))
    .noValue('–');
  if (spec.unit !== undefined) panel.unit(spec.unit);
  if (spec.decimals !== undefined) panel.decimals(spec.decimals);
  return panel;
}

function seriesPanel(spec: SeriesPanel, language: Language) {
  return timeSeries(spec, language)
    .datasource(POSTGRES)
    .withTarget(new PostgresQuery(sqlIn(spec.sql, language), 'time_series'));
}

function timeSeries(spec: SeriesPanel | PrometheusPanel, language: Language) {
  const panel = new timeseries.PanelBuilder()
    .title(spec.title[language])
    .description(spec.description?.[language] ?? '')
    .span(spec.width)
    .height(spec.height ?? SERIES_HEIGHT)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    );
  if (spec.unit !== undefined) panel.unit(spec.unit);
  if (spec.kind !== 'bars') return panel.drawStyle(common.GraphDrawStyle.Line).spanNulls(false);
  return panel
    .drawStyle(common.GraphDrawStyle.Bars)
    .fillOpacity(80)
    .lineWidth(0)
    .barAlignment(common.BarAlignment.After)
    .stacking(new common.StackingConfigBuilder().mode(common.StackingMode.Normal).group('A'));
}

function categoryPanel(spec: CategoryPanel, language: Language) {
  const panel = new barchart.PanelBuilder()
    .datasource(POSTGRES)
    .withTarget(new PostgresQuery(sqlIn(spec.sql, language), 'table'))
    .title(spec.title[language])
    .description(spec.description?.[language] ?? '')
    .span(spec.width)
    .height(spec.height ?? SERIES_HEIGHT)
    .xField(Object.keys(spec.columns)[0] ?? '')
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    );
  if (spec.unit !== undefined) panel.unit(spec.unit);
  for (const [name, column] of Object.entries(spec.columns)) {
    panel.overrideByName(name, propertiesOf(column, language));
  }
  return panel;
}

function tablePanel(spec: TablePanel, language: Language) {
  const panel = new table.PanelBuilder()
    .datasource(POSTGRES)
    .withTarget(new PostgresQuery(sqlIn(spec.sql, language), 'table'))
    .title(spec.title[language])
    .description(spec.description?.[language] ?? '')
    .span(spec.width)
    .height(spec.height ?? SERIES_HEIGHT)
    .filterable(true);
  for (const [name, column] of Object.entries(spec.columns)) {
    panel.overrideByName(name, propertiesOf(column, language));
  }
  return panel;
}

function propertiesOf(column: Column, language: Language): dashboard.DynamicConfigValue[] {
  const { title, unit, decimals, isHidden, link } = column;
  return [
    { id: 'displayName', value: title[language] },
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(isHidden ? [{ id: 'custom.hidden', value: true }] : []),
    ...(link === undefined
      ? []
      : [
          {
            id: 'links',
            value: [
              {
                title: link.title[language],
                url: `/d/veilleur-${link.dashboard}-${language}?${link.query}&$\{__url_time_range}`,
              },
            ],
          },
        ]),
  ];
}

function prometheusPanel(spec: PrometheusPanel, language: Language) {
  const panel = timeSeries(spec, language).datasource(PROMETHEUS);
  for (const [i, { expression, legend }] of spec.queries.entries()) {
    panel.withTarget(
      new prometheus.DataqueryBuilder()
        .datasource(PROMETHEUS)
        .expr(expression)
        .legendFormat(legend)
        .range()
        .refId(String.fromCharCode('A'.charCodeAt(0) + i)),
    );
  }
  return panel;
}
