import { DEVICE_COLUMNS } from './columns.ts';
import type { DashboardSpec } from './spec.ts';
import { AT, CONSUMPTION, chosen, counted, hasMedium, wordFor } from './sql.ts';
import { BUCKET, OPERATOR, SITE } from './variables.ts';

/** `main`: the meters of the network, which have others behind them, at the chosen place. */
const MAINS = `with recursive within as (
  select id from site where ${chosen('site')} = '*' or code = ${chosen('site')}
  union select s.id from site s join within w on s.parent_id = w.id
), main as materialized (
  select p.id as point_id, p.quantity_id, coalesce(p.name, p.code) as name,
    (select count(*) from metering_point c where c.parent_id = p.id and c.quantity_id = p.quantity_id) as parts
  from metering_point p join quantity q on q.id = p.quantity_id and q.name = 'water_volume'
  where exists (select from metering_point c where c.parent_id = p.id)
    and (${chosen('site')} = '*' or p.site_id in (select id from within))
)`;

/** Each day of each main of which all is known: what came in, and what its parts told. */
const BALANCE = `${MAINS}, below as materialized (
  select p.parent_id as point_id, c.from_time, sum(c.value)::float8 / 1e6 as parts, sum(c.uncertainty)::float8 / 1e6 as doubt,
    count(c.value) as told, count(c.uncertainty) as bounded
  from metering_point p join main m on m.point_id = p.parent_id and m.quantity_id = p.quantity_id
  join consumption_day c on c.point_id = p.id and c.quantity_id = p.quantity_id and c.channel = 0
  where $__timeFilter(c.from_time) group by 1, 2
), balance as (
  select m.name, c.from_time, c.value::float8 / 1e6 as came_in, b.parts,
    case when b.bounded = b.told then c.uncertainty::float8 / 1e6 + b.doubt end as doubt
  from main m join consumption_day c on c.point_id = m.point_id and c.quantity_id = m.quantity_id and c.channel = 0
  join below b on b.point_id = m.point_id and b.from_time = c.from_time
  where $__timeFilter(c.from_time) and c.value is not null and b.told = m.parts
)`;

const ALARMS = {
  leak: { en: 'leak', fr: 'fuite' },
  burst: { en: 'burst', fr: 'rupture' },
  backflow: { en: 'backflow', fr: "retour d'eau" },
  tamper: { en: 'tamper', fr: 'fraude' },
} as const;

const names = Object.keys(ALARMS)
  .map((name) => `'${name}'`)
  .join(', ');

/** Meters that tell an alarm in their newest frame of two days. */
const RAISED = `with alarm as materialized (select id, name from quantity where name in (${names})),
raised as materialized (
  select d.name as device, d.dev_eui, d.tags->>'street' as street, a.name as alarm, m.time
  from device d cross join alarm a
  cross join lateral (
    select value, time from measurement
    where device_id = d.id and quantity_id = a.id and channel = 0 and time <= ${AT} and time > ${AT} - interval '2 days'
    order by time desc limit 1
  ) m
  where ${hasMedium('water')} and m.value = 1
)`;

/** Points through which water ran in each hour of three days: nobody sleeps, or it leaks. */
const NEVER_STILL = `${counted('water_volume')}, still as (
  select m.point_id, min(c.value)::float8 / 1e3 as least, count(*) as hours
  from counted m join consumption_hour c using (point_id, quantity_id, channel)
  where c.quality = 0
    and c.from_time > ${AT} - interval '3 days' and c.from_time <= ${AT}
  group by 1 having min(c.value) > 0 and count(*) >= 48
)`;

const NIGHT = `extract(hour from c.from_time at time zone ${chosen('zone')}) between 2 and 4`;

export const WATER: DashboardSpec = {
  id: 'water',
  title: { en: 'Veilleur – Water network', fr: "Veilleur – Réseau d'eau" },
  description: {
    en: 'Night flow, leaks, and what comes in against what is billed.',
    fr: 'Débit de nuit, fuites, et ce qui entre face à ce qui est compté.',
  },
  from: 'now-30d',
  refresh: '15m',
  variables: [SITE, OPERATOR, BUCKET],
  rows: [
    {
      title: { en: 'The network', fr: 'Le réseau' },
      panels: [
        {
          kind: 'stat',
          title: { en: 'Came in', fr: 'Entré' },
          description: {
            en: 'On days of which every meter behind is known.',
            fr: 'Les jours où chaque compteur en aval est connu.',
          },
          width: 6,
          unit: 'm3',
          sql: `${BALANCE} select sum(came_in) as value from balance`,
        },
        {
          kind: 'stat',
          title: { en: 'Not accounted for', fr: 'Non compté' },
          description: {
            en: 'What came in and no meter behind tells; on the same days.',
            fr: 'Ce qui est entré et qu’aucun compteur en aval ne dit ; les mêmes jours.',
          },
          width: 6,
          unit: 'percentunit',
          decimals: 1,
          sql: `${BALANCE} select (sum(came_in) - sum(parts)) / nullif(sum(came_in), 0) as value from balance`,
        },
        {
          kind: 'stat',
          title: { en: 'Meters that tell an alarm', fr: 'Compteurs en alarme' },
          width: 6,
          alarmFrom: 1,
          sql: `${RAISED} select count(distinct dev_eui) as value from raised`,
        },
        {
          kind: 'stat',
          title: { en: 'Never still for three days', fr: 'Jamais à l’arrêt depuis trois jours' },
          width: 6,
          alarmFrom: 1,
          sql: `${NEVER_STILL} select count(*) as value from still`,
        },
        {
          kind: 'lines',
          title: { en: 'Night flow, 02:00 to 05:00', fr: 'Débit de nuit, de 2 h à 5 h' },
          description: {
            en: 'Into each district while most sleep: what rises and stays is a leak.',
            fr: 'Vers chaque quartier quand presque tous dorment : ce qui monte et reste est une fuite.',
          },
          width: 12,
          unit: 'litreh',
          sql: `${MAINS}
select date_trunc('day', c.from_time, ${chosen('zone')}) as time, m.name as metric, avg(c.value)::float8 / 1e3 as value
from main m join consumption_hour c on c.point_id = m.point_id and c.quantity_id = m.quantity_id and c.channel = 0
where $__timeFilter(c.from_time) and ${NIGHT} and c.value is not null
group by 1, 2 order by 1, 2`,
        },
        {
          kind: 'bars',
          title: {
            en: 'Customers, and what is not accounted for',
            fr: 'Abonnés, et ce qui n’est pas compté',
          },
          width: 12,
          unit: 'm3',
          sql: (language) => `${BALANCE}
select from_time as time, metric, sum(value) as value
from balance cross join lateral (values
  ('${{ en: 'meters behind', fr: 'compteurs en aval' }[language]}', parts),
  ('${{ en: 'not accounted for', fr: 'non compté' }[language]}', came_in - parts)) t(metric, value)
group by 1, 2 order by 1, 2`,
        },
        {
          kind: 'table',
          title: { en: 'Balance of each district', fr: 'Bilan de chaque quartier' },
          description: {
            en: '± is what reading times alone explain; a difference within it says nothing. veilleur balance tells more.',
            fr: '± est ce que les heures de relevé expliquent seules ; un écart en deçà ne dit rien. veilleur balance en dit plus.',
          },
          width: 12,
          sql: `${BALANCE}
select name, count(*) as days, sum(came_in) as came_in, sum(parts) as parts, sum(came_in - parts) as difference,
  case when count(doubt) = count(*) then sum(doubt) end as doubt,
  sum(came_in - parts) / nullif(sum(came_in), 0) as share
from balance group by 1 order by share desc nulls last limit 200`,
          columns: {
            name: { title: { en: 'District', fr: 'Quartier' } },
            days: { title: { en: 'Days', fr: 'Jours' } },
            came_in: { title: { en: 'Came in', fr: 'Entré' }, unit: 'm3', decimals: 1 },
            parts: { title: { en: 'Meters behind', fr: 'Compteurs en aval' }, unit: 'm3', decimals: 1 },
            difference: { title: { en: 'Difference', fr: 'Écart' }, unit: 'm3', decimals: 1 },
            doubt: { title: { en: '±', fr: '±' }, unit: 'm3', decimals: 1 },
            share: { title: { en: 'Share', fr: 'Part' }, unit: 'percentunit', decimals: 1 },
          },
        },
        {
          kind: 'bars',
          title: { en: 'Customers by operator', fr: 'Abonnés par opérateur' },
          width: 12,
          unit: 'm3',
          sql: `${counted('water_volume')}
select c.from_time as time, m.operator as metric, sum(c.value)::float8 / 1e6 as value
from counted m join ${CONSUMPTION} c using (point_id, quantity_id, channel)
where $__timeFilter(c.from_time) group by 1, 2 order by 1, 2`,
        },
      ],
    },
    {
      title: { en: 'Leaks', fr: 'Fuites' },
      panels: [
        {
          kind: 'table',
          title: { en: 'Meters that tell an alarm', fr: 'Compteurs en alarme' },
          width: 12,
          sql: (language) => `${RAISED}
select ${wordFor('r.alarm', ALARMS, language)} as alarm, r.device, r.dev_eui, r.street, r.time
from raised r order by r.alarm, r.device limit 500`,
          columns: {
            alarm: { title: { en: 'Alarm', fr: 'Alarme' } },
            ...DEVICE_COLUMNS,
            time: { title: { en: 'Told at', fr: 'Dit à' } },
          },
        },
        {
          kind: 'table',
          title: { en: 'Never still for three days', fr: 'Jamais à l’arrêt depuis trois jours' },
          description: {
            en: 'The least that ran in any measured hour, and what it comes to in a month.',
            fr: 'Le minimum de toute heure mesurée, et ce que cela fait en un mois.',
          },
          width: 12,
          sql: `${NEVER_STILL}
select p.code, p.name, s.least, s.least * 0.73 as a_month
from still s join metering_point p on p.id = s.point_id order by s.least desc limit 500`,
          columns: {
            code: { title: { en: 'Point', fr: 'Point' } },
            name: { title: { en: 'Name', fr: 'Nom' } },
            least: { title: { en: 'Litres an hour', fr: 'Litres par heure' }, decimals: 0 },
            a_month: { title: { en: 'In a month', fr: 'Par mois' }, unit: 'm3', decimals: 1 },
          },
        },
      ],
    },
  ],
};
