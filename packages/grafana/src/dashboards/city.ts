import type { Language, Text } from '../text.ts';
import type { DashboardSpec, PanelSpec, RowSpec } from './spec.ts';
import { AT, CONSUMPTION, chosen, counted, IS_OPEN, wordFor } from './sql.ts';
import { BUCKET, OPERATOR, SITE } from './variables.ts';

interface Medium {
  readonly quantity: string;
  readonly name: Text;
  readonly unit: string;
}

const MEDIA: readonly Medium[] = [
  { quantity: 'water_volume', name: { en: 'Water', fr: 'Eau' }, unit: 'm3' },
  { quantity: 'active_energy_import', name: { en: 'Electricity', fr: 'Électricité' }, unit: 'kwatth' },
  { quantity: 'gas_volume', name: { en: 'Gas', fr: 'Gaz' }, unit: 'm3' },
];

const KINDS: Readonly<Record<string, Text>> = {
  household: { en: 'Homes', fr: 'Logements' },
  building: { en: 'Buildings', fr: 'Bâtiments' },
  street: { en: 'Streets', fr: 'Rues' },
  district: { en: 'Districts', fr: 'Quartiers' },
  city: { en: 'City', fr: 'Ville' },
  cabinet: { en: 'Street lighting', fr: 'Éclairage public' },
};

const total = ({ quantity }: Medium) => `
${counted(quantity)}
select sum(c.value)::float8 / 1e6 as value
from counted m join consumption_day c using (point_id, quantity_id, channel)
where $__timeFilter(c.from_time)`;

/** What a register belongs to is found once for each, not for each of its hours. */
const by = ({ quantity }: Medium, metric: string, joins = '', tables = '') => `
${counted(quantity)}${tables}, named as materialized (
  select m.point_id, m.quantity_id, m.channel, ${metric} as metric from counted m ${joins}
)
select c.from_time as time, n.metric, sum(c.value)::float8 / 1e6 as value
from named n join ${CONSUMPTION} c using (point_id, quantity_id, channel)
where $__timeFilter(c.from_time)
group by 1, 2 order by 1, 2`;

/** The innermost district that a site is in. */
const DISTRICTS = `, district_of (site_id, district) as (
  select id, name from site where kind = 'district'
  union all select s.id, d.district from site s join district_of d on s.parent_id = d.site_id where s.kind <> 'district'
)`;

const mediumRow = (medium: Medium): RowSpec => ({
  title: medium.name,
  panels: [
    {
      kind: 'bars',
      title: { en: `${medium.name.en} by kind of place`, fr: `${medium.name.fr} par type de lieu` },
      width: 8,
      unit: medium.unit,
      sql: (language) =>
        by(
          medium,
          wordFor(
            `case m.kind when 'cabinet' then 'cabinet' else coalesce(s.kind, '–') end`,
            KINDS,
            language,
          ),
          'left join site s on s.id = m.site_id',
        ),
    },
    {
      kind: 'bars',
      title: { en: `${medium.name.en} by operator`, fr: `${medium.name.fr} par opérateur` },
      width: 8,
      unit: medium.unit,
      sql: by(medium, 'm.operator'),
    },
    {
      kind: 'bars',
      title: { en: `${medium.name.en} by district`, fr: `${medium.name.fr} par quartier` },
      width: 8,
      unit: medium.unit,
      sql: by(
        medium,
        `coalesce(d.district, '–')`,
        'left join district_of d on d.site_id = m.site_id',
        DISTRICTS,
      ),
    },
  ],
});

const LABEL = (language: Language) =>
  wordFor(
    'e.quantity',
    {
      ...Object.fromEntries(MEDIA.map(({ quantity, name }) => [quantity, name])),
      heat_energy: { en: 'Heat', fr: 'Chaleur' },
      cooling_energy: { en: 'Cooling', fr: 'Froid' },
    },
    language,
  );

/** With the factor of each day, and for gas what a cubic metre holds everywhere; PCS is 1.11 of PCI. */
const EMITTED = `
${counted()}, used as (
  select c.from_time, m.quantity, sum(c.value)::float8 / 1e6 as amount
  from counted m join consumption_day c using (point_id, quantity_id, channel)
  where $__timeFilter(c.from_time)
  group by 1, 2
), emitted as (
  select u.from_time, u.quantity, u.amount * f.grams / 1000 * case f.per
    when 'kWh_pcs' then case u.quantity when 'gas_volume' then g.energy / 1e6 else 1 end
    when 'kWh_pci' then (case u.quantity when 'gas_volume' then g.energy / 1e6 else 1 end) / 1.11
    else 1 end as kg
  from used u
  cross join lateral (select (u.from_time at time zone ${chosen('zone')})::date as day) local
  join lateral (
    select per, grams from emission_factor
    where quantity = u.quantity and from_date <= local.day and (to_date is null or to_date > local.day)
    order by from_date desc limit 1
  ) f on true
  left join lateral (
    select energy::float8 from gas_coefficient
    where point_id is null and site_id is null and from_date <= local.day and (to_date is null or to_date > local.day)
    order by from_date desc limit 1
  ) g on true
)`;

const CO2_SAYS: Text = {
  en: 'By the emission factors that are loaded (veilleur reference load), for gas with the coefficient of everywhere. What has no factor is not in it; the exact sum of a site is in its report.',
  fr: "D'après les facteurs d'émission chargés (veilleur reference load), pour le gaz avec le coefficient général. Ce qui n'a pas de facteur n'y est pas ; la somme exacte d'un site est dans son rapport.",
};

const OVERVIEW: readonly PanelSpec[] = [
  ...MEDIA.map(
    (medium): PanelSpec => ({
      kind: 'stat',
      title: medium.name,
      width: 4,
      unit: medium.unit,
      sql: total(medium),
    }),
  ),
  {
    kind: 'stat',
    title: { en: 'CO₂ equivalent', fr: 'Équivalent CO₂' },
    description: CO2_SAYS,
    width: 4,
    unit: 'masskg',
    sql: `${EMITTED} select sum(kg) as value from emitted`,
  },
  {
    kind: 'stat',
    title: { en: 'Measured', fr: 'Mesuré' },
    description: {
      en: 'Days whose consumption is measured; the others are estimated, repaired or missing.',
      fr: 'Jours dont la consommation est mesurée ; les autres sont estimés, réparés ou manquants.',
    },
    width: 4,
    unit: 'percentunit',
    decimals: 1,
    sql: `${counted()}
select avg((c.quality = 0)::int)::float8 as value
from counted m join consumption_day c using (point_id, quantity_id, channel)
where $__timeFilter(c.from_time)`,
  },
  {
    kind: 'stat',
    title: { en: 'Open alerts', fr: 'Alertes ouvertes' },
    width: 4,
    alarmFrom: 1,
    sql: `select count(*) as value from alert a where ${IS_OPEN}`,
  },
  {
    kind: 'bars',
    title: { en: 'CO₂ equivalent a day, by medium', fr: 'Équivalent CO₂ par jour, par énergie' },
    description: CO2_SAYS,
    width: 12,
    unit: 'masskg',
    sql: (language) => `${EMITTED}
select from_time as time, ${LABEL(language)} as metric, kg as value from emitted e where kg is not null order by 1, 2`,
  },
  {
    kind: 'table',
    title: { en: 'Buildings', fr: 'Bâtiments' },
    width: 12,
    sql: `${counted()}
select s.name, s.code,
  (sum(c.value) filter (where m.quantity = 'active_energy_import'))::float8 / 1e6 as electricity,
  (sum(c.value) filter (where m.quantity = 'gas_volume'))::float8 / 1e6 as gas,
  (sum(c.value) filter (where m.quantity = 'heat_energy'))::float8 / 1e6 as heat,
  (sum(c.value) filter (where m.quantity = 'water_volume'))::float8 / 1e6 as water,
  avg((c.quality = 0)::int)::float8 as measured
from counted m join site s on s.id = m.site_id join consumption_day c using (point_id, quantity_id, channel)
where s.kind = 'building' and $__timeFilter(c.from_time)
group by s.id order by electricity desc nulls last limit 200`,
    columns: {
      name: {
        title: { en: 'Building', fr: 'Bâtiment' },
        link: {
          title: { en: 'Show', fr: 'Voir' },
          dashboard: 'building',
          query: 'var-building=$' + '{__data.fields.code}',
        },
      },
      code: { title: { en: 'Code', fr: 'Code' }, isHidden: true },
      electricity: { title: { en: 'Electricity', fr: 'Électricité' }, unit: 'kwatth' },
      gas: { title: { en: 'Gas', fr: 'Gaz' }, unit: 'm3' },
      heat: { title: { en: 'Heat', fr: 'Chaleur' }, unit: 'kwatth' },
      water: { title: { en: 'Water', fr: 'Eau' }, unit: 'm3' },
      measured: { title: { en: 'Measured', fr: 'Mesuré' }, unit: 'percentunit', decimals: 0 },
    },
  },
];

export const CITY: DashboardSpec = {
  id: 'city',
  title: { en: 'Veilleur – City', fr: 'Veilleur – Ville' },
  description: {
    en: 'What the city used, by operator, kind of place and district.',
    fr: 'Ce que la ville a consommé, par opérateur, type de lieu et quartier.',
  },
  from: 'now-30d',
  refresh: '15m',
  variables: [SITE, OPERATOR, BUCKET],
  rows: [
    { title: { en: 'At a glance', fr: "En un coup d'œil" }, panels: OVERVIEW },
    ...MEDIA.map(mediumRow),
    {
      title: { en: 'Not up to date', fr: 'Pas à jour' },
      panels: [
        {
          kind: 'table',
          title: {
            en: 'Metering points without a reading for three days',
            fr: 'Points de comptage sans relevé depuis trois jours',
          },
          width: 24,
          sql: `${counted()}
select p.code, p.name, m.operator, max(r.last_reading) as last_reading, max(r.settled_until) as settled_until
from counted m join consumption_register r using (point_id, quantity_id, channel)
join metering_point p on p.id = m.point_id
group by p.id, m.operator having max(r.last_reading) < ${AT} - interval '3 days'
order by 4 limit 200`,
          columns: {
            code: { title: { en: 'Point', fr: 'Point' } },
            name: { title: { en: 'Name', fr: 'Nom' } },
            operator: { title: { en: 'Operator', fr: 'Opérateur' } },
            last_reading: { title: { en: 'Last reading', fr: 'Dernier relevé' } },
            settled_until: { title: { en: 'Known until', fr: "Connu jusqu'au" } },
          },
        },
      ],
    },
  ],
};
