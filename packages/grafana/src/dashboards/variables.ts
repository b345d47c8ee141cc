import type { VariableSpec } from './spec.ts';
import { hasMedium } from './sql.ts';

export const SITE: VariableSpec = {
  kind: 'query',
  name: 'site',
  label: { en: 'Place', fr: 'Lieu' },
  sql: `select name as __text, code as __value from site where kind in ('city', 'district', 'street') order by name`,
  choice: 'one_or_all',
};

export const OPERATOR: VariableSpec = {
  kind: 'query',
  name: 'operator',
  label: { en: 'Operator', fr: 'Opérateur' },
  sql: `select name as __text, code as __value from operator
union all select '–', '–' where exists (select from metering_point where operator_id is null) order by 1`,
  choice: 'several',
};

export const BUCKET: VariableSpec = {
  kind: 'custom',
  name: 'bucket',
  label: { en: 'By', fr: 'Par' },
  options: [
    { value: 'hour', text: { en: 'Hour', fr: 'Heure' } },
    { value: 'day', text: { en: 'Day', fr: 'Jour' } },
    { value: 'month', text: { en: 'Month', fr: 'Mois' } },
  ],
  first: 'day',
};

export const BUILDING: VariableSpec = {
  kind: 'query',
  name: 'building',
  label: { en: 'Building', fr: 'Bâtiment' },
  sql: `select name as __text, code as __value from site where kind = 'building' order by name`,
  choice: 'one',
};

export const SECTOR: VariableSpec = {
  kind: 'query',
  name: 'sector',
  label: { en: 'Sector', fr: 'Secteur' },
  sql: `select distinct coalesce(d.tags->>'sector', '–') from device d where ${hasMedium('lighting')} order by 1`,
  choice: 'several',
};
