import type { Text } from '../text.ts';
import { DEVICE_COLUMNS, SEVERITY, severityIn } from './columns.ts';
import type { DashboardSpec, RowSpec } from './spec.ts';
import { AT, CONSUMPTION, chosen, countedOfBuilding, IS_OPEN, literal } from './sql.ts';
import { BUCKET, BUILDING } from './variables.ts';

const MEDIA: readonly { readonly quantity: string; readonly name: Text; readonly unit: string }[] = [
  { quantity: 'active_energy_import', name: { en: 'Electricity', fr: 'Électricité' }, unit: 'kwatth' },
  { quantity: 'gas_volume', name: { en: 'Gas', fr: 'Gaz' }, unit: 'm3' },
  { quantity: 'heat_energy', name: { en: 'Heat', fr: 'Chaleur' }, unit: 'kwatth' },
  { quantity: 'water_volume', name: { en: 'Water', fr: 'Eau' }, unit: 'm3' },
];

const NOW: Text = { en: 'this span', fr: 'cette période' };
const BEFORE: Text = { en: 'a year before', fr: 'un an avant' };

const total = (quantity: string) => `
${countedOfBuilding(quantity)}
select sum(c.value)::float8 / 1e6 as value
from counted m join consumption_day c using (point_id, quantity_id, channel)
where $__timeFilter(c.from_time)`;

/** A year before is 52 weeks, so that Mondays meet Mondays; by month it is the same month. */
const YEAR = `(case '\${bucket:raw}' when 'month' then interval '1 year' else interval '364 days' end)`;

const besideLastYear = (quantity: string, words: { now: string; before: string }) => `
${countedOfBuilding(quantity)}, used as (
  select c.from_time, c.value, ${literal(words.now)} as metric
  from counted m join ${CONSUMPTION} c using (point_id, quantity_id, channel)
  where $__timeFilter(c.from_time)
  union all
  select ((c.from_time at time zone ${chosen('zone')}) + ${YEAR}) at time zone ${chosen('zone')}, c.value,
    ${literal(words.before)}
  from counted m join ${CONSUMPTION} c using (point_id, quantity_id, channel)
  where c.from_time between $__timeFrom()::timestamptz - ${YEAR} and ${AT} - ${YEAR}
)
select from_time as time, metric, sum(value)::float8 / 1e6 as value
from used group by 1, 2 order by 1, 2`;

const media: RowSpec = {
  title: { en: 'Beside the year before', fr: "À côté de l'année précédente" },
  panels: MEDIA.filter(({ quantity }) => quantity !== 'heat_energy').map(({ quantity, name, unit }) => ({
    kind: 'lines',
    title: name,
    width: 8,
    unit,
    sql: (language) => besideLastYear(quantity, { now: NOW[language], before: BEFORE[language] }),
  })),
};

export const BUILDING_DASHBOARD: DashboardSpec = {
  id: 'building',
  title: { en: 'Veilleur – Building', fr: 'Veilleur – Bâtiment' },
  description: {
    en: 'What one building uses, when, and what is wrong in it.',
    fr: "Ce qu'un bâtiment consomme, quand, et ce qui n'y va pas.",
  },
  from: 'now-30d',
  refresh: '15m',
  variables: [BUILDING, BUCKET],
  rows: [
    {
      title: { en: 'In this span', fr: 'Sur la période' },
      panels: [
        ...MEDIA.map(
          ({ quantity, name, unit }) =>
            ({ kind: 'stat', title: name, width: 5, unit, sql: total(quantity) }) as const,
        ),
        {
          kind: 'stat',
          title: { en: 'Open alerts', fr: 'Alertes ouvertes' },
          width: 4,
          alarmFrom: 1,
          sql: `${countedOfBuilding()}
select count(distinct a.id) as value from alert a join installation i on i.device_id = a.device_id and i.superseded_at is null
where i.point_id in (select id from metering_point where site_id in (select id from within)) and ${IS_OPEN}`,
        },
      ],
    },
    media,
    {
      title: { en: 'When', fr: 'Quand' },
      panels: [
        {
          kind: 'categories',
          title: { en: 'Electricity by the hour of the day', fr: "Électricité selon l'heure" },
          description: {
            en: 'The mean hour of working days and of weekends, by the local clock.',
            fr: "L'heure moyenne des jours ouvrés et des week-ends, à l'heure locale.",
          },
          width: 12,
          unit: 'kwatth',
          sql: `${countedOfBuilding('active_energy_import')}, hourly as (
  select c.from_time at time zone ${chosen('zone')} as local, sum(c.value)::float8 / 1e6 as value
  from counted m join consumption_hour c using (point_id, quantity_id, channel)
  where $__timeFilter(c.from_time)
  group by c.from_time
)
select to_char(local, 'HH24') as hour,
  avg(value) filter (where extract(isodow from local) < 6) as working_day,
  avg(value) filter (where extract(isodow from local) >= 6) as weekend
from hourly group by 1 order by 1`,
          columns: {
            hour: { title: { en: 'Hour', fr: 'Heure' } },
            working_day: { title: { en: 'Working day', fr: 'Jour ouvré' } },
            weekend: { title: { en: 'Weekend', fr: 'Week-end' } },
          },
        },
        {
          kind: 'lines',
          title: { en: 'Electricity that never stops', fr: 'Électricité qui ne s’arrête jamais' },
          description: {
            en: 'The lowest hour of each day, as a power: what runs while nobody is there.',
            fr: "L'heure la plus basse de chaque jour, en puissance : ce qui tourne quand personne n'est là.",
          },
          width: 12,
          unit: 'kwatt',
          sql: `${countedOfBuilding('active_energy_import')}, hourly as (
  select c.from_time, sum(c.value)::float8 / 1e6 as value
  from counted m join consumption_hour c using (point_id, quantity_id, channel)
  where $__timeFilter(c.from_time)
  group by c.from_time having bool_and(c.value is not null)
)
select date_trunc('day', from_time, ${chosen('zone')}) as time, min(value) as value
from hourly group by 1 order by 1`,
        },
      ],
    },
    {
      title: { en: 'Meters and alerts', fr: 'Compteurs et alertes' },
      panels: [
        {
          kind: 'table',
          title: { en: 'Metering points', fr: 'Points de comptage' },
          width: 12,
          sql: (language) => `${countedOfBuilding()}
select p.code, q.label_${language} as quantity, d.name as device, r.last_reading, r.settled_until
from metering_point p join quantity q on q.id = p.quantity_id
left join lateral (
  select max(last_reading) as last_reading, max(settled_until) as settled_until
  from consumption_register where point_id = p.id
) r on true
left join lateral (
  select device_id from installation
  where point_id = p.id and superseded_at is null and from_time <= ${AT} and (to_time is null or to_time > ${AT})
  limit 1
) i on true
left join device d on d.id = i.device_id
where p.site_id in (select id from within) order by p.code`,
          columns: {
            code: { title: { en: 'Point', fr: 'Point' } },
            quantity: { title: { en: 'Measures', fr: 'Mesure' } },
            device: { title: { en: 'Device', fr: 'Appareil' } },
            last_reading: { title: { en: 'Last reading', fr: 'Dernier relevé' } },
            settled_until: { title: { en: 'Known until', fr: "Connu jusqu'au" } },
          },
        },
        {
          kind: 'table',
          title: { en: 'Alerts of the span', fr: 'Alertes de la période' },
          width: 12,
          sql: (language) => `${countedOfBuilding()}
select distinct a.opened_at, a.cleared_at, ${severityIn(language)} as severity, a.rule, d.name as device, d.dev_eui
from alert a join device d on d.id = a.device_id
join installation i on i.device_id = d.id and i.superseded_at is null
join metering_point p on p.id = i.point_id
where p.site_id in (select id from within) and a.withdrawn_at is null
  and a.opened_at <= ${AT} and (a.cleared_at is null or a.cleared_at >= $__timeFrom()::timestamptz)
order by a.opened_at desc limit 200`,
          columns: {
            opened_at: { title: { en: 'Since', fr: 'Depuis' } },
            cleared_at: { title: { en: 'Until', fr: "Jusqu'à" } },
            ...SEVERITY,
            rule: { title: { en: 'Rule', fr: 'Règle' } },
            ...DEVICE_COLUMNS,
          },
        },
      ],
    },
  ],
};
