import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type { Language } from '../text.ts';
import { panelOf } from './panels.ts';
import { POSTGRES } from './postgres-query.ts';
import type { DashboardSpec, RowSpec, VariableSpec } from './spec.ts';

/** Dashboard JSON as Grafana stores it, without id and version. */
export interface BuiltDashboard {
  readonly uid: string;
  readonly title: string;
  readonly [key: string]: unknown;
}

/** What all dashboards of one language carry: they link to each other by it. */
export const tagOf = (language: Language) => `veilleur-${language}`;

const ALL = { en: 'All', fr: 'Tous' } as const;
const LINKS = { en: 'Veilleur', fr: 'Veilleur' } as const;

/** @param timeZone the city's (IANA): nights and local days are cut by it. */
export function buildDashboard(spec: DashboardSpec, language: Language, timeZone: string): BuiltDashboard {
  const builder = new dashboard.DashboardBuilder(spec.title[language])
    .uid(`veilleur-${spec.id}-${language}`)
    .description(spec.description[language])
    .tags(['veilleur', tagOf(language)])
    .readonly()
    .timezone(timeZone)
    .time({ from: spec.from, to: 'now' })
    .refresh(spec.refresh)
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .link(
      new dashboard.DashboardLinkBuilder(LINKS[language])
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags([tagOf(language)])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .withVariable(new dashboard.ConstantVariableBuilder('zone').value(timeZone));
  for (const variable of spec.variables) builder.withVariable(variableOf(variable, language));
  for (const row of spec.rows) addRow(builder, row, language);
  // Functions and undefined members of the SDK's objects are not part of a dashboard.
  const built = JSON.parse(JSON.stringify(builder.build())) as BuiltDashboard & {
    panels: { id?: number; gridPos: unknown }[];
  };
  for (const [i, panel] of built.panels.entries()) panel.id = i + 1;
  return built;
}

function addRow(builder: dashboard.DashboardBuilder, row: RowSpec, language: Language): void {
  builder.withRow(new dashboard.RowBuilder(row.title[language]));
  for (const panel of row.panels) builder.withPanel(panelOf(panel, language));
}

function variableOf(spec: VariableSpec, language: Language): Builder<dashboard.VariableModel> {
  if (spec.kind === 'custom') {
    const first = spec.options.find(({ value }) => value === spec.first);
    return new dashboard.CustomVariableBuilder(spec.name)
      .label(spec.label[language])
      .values(spec.options.map(({ value, text }) => `${text[language]} : ${value}`).join(', '))
      .current({ text: first?.text[language] ?? spec.first, value: spec.first });
  }
  const variable = new dashboard.QueryVariableBuilder(spec.name)
    .label(spec.label[language])
    .datasource(POSTGRES)
    .query(spec.sql)
    .refresh(dashboard.VariableRefresh.OnDashboardLoad)
    .sort(dashboard.VariableSort.Disabled)
    .multi(spec.choice === 'several');
  if (spec.choice === 'one') return variable;
  // Grafana puts a custom value for all into a query as it stands: the quotes are part of it.
  return variable.includeAll(true).allValue("'*'").current({ text: ALL[language], value: '$__all' });
}
