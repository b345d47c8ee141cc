import { DEVICE_COLUMNS } from './columns.ts';
import type { DashboardSpec } from './spec.ts';
import { AT, CONSUMPTION, chosen, hasMedium, IS_OPEN, newest, quantityId, wordFor } from './sql.ts';
import { BUCKET, SECTOR } from './variables.ts';

/** `lamp`: the luminaires of the chosen sectors. */
const LAMPS = `lamp as materialized (
  select d.id, d.name, d.dev_eui, d.latitude, d.tags, coalesce(d.tags->>'sector', '–') as sector
  from device d
  where ${hasMedium('lighting')}
    and ('*' in (${chosen('sector')}) or coalesce(d.tags->>'sector', '–') in (${chosen('sector')}))
)`;

/** What each lamp said last, within a day: `level` and `command` in %. */
const NOW = `with ${LAMPS}, said as materialized (
  select d.*, level.value as level, level.time as level_at, command.value as command
  from lamp d
  left join lateral (${newest('light_level', '1 day')}) level on true
  left join lateral (${newest('light_command', '1 day')}) command on true
)`;

const FAILURES = {
  lamp_failure: { en: 'lamp failure', fr: 'lampe en panne' },
  lamp_unexpected_on: { en: 'lit by day', fr: 'allumée de jour' },
  cycling_failure: { en: 'cycling', fr: 'allumages répétés' },
  dimming_failure: { en: 'dimming not followed', fr: 'gradation non suivie' },
  relay_failure: { en: 'relay failure', fr: 'relais en panne' },
  supply_loss: { en: 'supply lost', fr: 'alimentation coupée' },
} as const;

const names = Object.keys(FAILURES)
  .map((name) => `'${name}'`)
  .join(', ');

/** Which of its failures each lamp tells, by its newest report of a day. */
const RAISED = `with ${LAMPS}, failure as materialized (select id, name from quantity where name in (${names})),
raised as materialized (
  select d.*, f.name as failure, m.time
  from lamp d cross join failure f
  cross join lateral (
    select value, time from measurement
    where device_id = d.id and quantity_id = f.id and channel = 0 and time <= ${AT} and time > ${AT} - interval '1 day'
    order by time desc limit 1
  ) m
  where m.value = 1
)`;

/**
 * How long lamps burned each night against how long the night was. Of at most 200 lamps, always the same:
 * what is asked does not grow with the city. The night is that of the sun below -0.833°, at the lamps'
 * latitude (46.6° where none is known).
 */
const HOURS = `with recursive ${LAMPS}, sample as materialized (
  select id from lamp order by hashint4(id), id limit 200
), noon as (
  select n::date as day, (n::date + time '12:00') at time zone ${chosen('zone')} as at
  from generate_series(
    date_trunc('day', $__timeFrom()::timestamptz at time zone ${chosen('zone')}),
    least(${AT} at time zone ${chosen('zone')}, ($__timeFrom()::timestamptz + interval '62 days') at time zone ${chosen('zone')}),
    interval '1 day') n
), read as (
  select s.id, n.day, m.value
  from noon n cross join sample s
  left join lateral (
    select value from measurement
    where device_id = s.id and quantity_id = ${quantityId('operating_hours')} and channel = 0
      and time <= n.at and time > n.at - interval '1 day'
    order by time desc limit 1
  ) m on true
), burned as (
  select day, value - lag(value) over (partition by id order by day) as hours from read
), place as (
  select radians(coalesce(avg(latitude), 46.6)) as latitude from lamp
), dark as (
  select n.day, 24 - 24 / pi() * acos(greatest(-1, least(1,
    (sin(radians(-0.833)) - sin(p.latitude) * sin(s.declination)) / (cos(p.latitude) * cos(s.declination))))) as hours
  from noon n cross join place p
  cross join lateral (select 0.4095 * sin(2 * pi() * (284 + extract(doy from n.day)) / 365) as declination) s
)`;

const ENERGY = `with recursive cabinet as materialized (
  select r.point_id, r.quantity_id, r.channel, p.name, coalesce(d.sector, '–') as sector
  from metering_point p join consumption_register r on r.point_id = p.id and r.channel = 0
  left join lateral (
    select v.tags->>'sector' as sector from installation i join device v on v.id = i.device_id
    where i.point_id = p.id and i.superseded_at is null order by i.from_time desc limit 1
  ) d on true
  where p.kind = 'cabinet' and ('*' in (${chosen('sector')}) or coalesce(d.sector, '–') in (${chosen('sector')}))
)`;

export const LIGHTING: DashboardSpec = {
  id: 'lighting',
  title: { en: 'Veilleur – Street lighting', fr: 'Veilleur – Éclairage public' },
  description: {
    en: 'What burns, what should, what it costs in energy.',
    fr: 'Ce qui est allumé, ce qui devrait l’être, et l’énergie que cela prend.',
  },
  from: 'now-7d',
  refresh: '5m',
  variables: [SECTOR, BUCKET],
  rows: [
    {
      title: { en: 'Now', fr: 'Maintenant' },
      panels: [
        {
          kind: 'stat',
          title: { en: 'Luminaires', fr: 'Luminaires' },
          width: 4,
          sql: `with ${LAMPS} select count(*) as value from lamp where ${AT} is not null`,
        },
        {
          kind: 'stat',
          title: { en: 'Burning', fr: 'Allumés' },
          description: {
            en: 'By the newest report within a day, at the end of the span.',
            fr: 'Selon le dernier rapport de moins d’un jour, à la fin de la période.',
          },
          width: 4,
          sql: `${NOW} select count(*) filter (where level > 0) as value from said`,
        },
        {
          kind: 'stat',
          title: { en: 'Commanded, yet dark', fr: 'Commandés mais éteints' },
          width: 4,
          alarmFrom: 1,
          sql: `${NOW} select count(*) filter (where command > 0 and level = 0) as value from said`,
        },
        {
          kind: 'stat',
          title: { en: 'Lit by day', fr: 'Allumés de jour' },
          width: 4,
          alarmFrom: 1,
          sql: `${RAISED} select count(*) as value from raised where failure = 'lamp_unexpected_on'`,
        },
        {
          kind: 'stat',
          title: { en: 'Silent for a day', fr: 'Muets depuis un jour' },
          width: 4,
          alarmFrom: 1,
          sql: `${NOW} select count(*) filter (where level is null) as value from said`,
        },
        {
          kind: 'stat',
          title: { en: 'Open alerts', fr: 'Alertes ouvertes' },
          width: 4,
          alarmFrom: 1,
          sql: `with ${LAMPS} select count(*) as value from alert a where a.device_id in (select id from lamp) and ${IS_OPEN}`,
        },
        {
          kind: 'table',
          title: { en: 'Failures', fr: 'Pannes' },
          width: 12,
          sql: (language) => `${RAISED}
select ${wordFor('r.failure', FAILURES, language)} as failure, r.name as device, r.dev_eui, r.tags->>'street' as street,
  r.sector, r.tags->>'cabinet' as cabinet, r.time
from raised r order by r.failure, r.sector, r.name limit 500`,
          columns: {
            failure: { title: { en: 'Failure', fr: 'Panne' } },
            ...DEVICE_COLUMNS,
            sector: { title: { en: 'Sector', fr: 'Secteur' } },
            cabinet: { title: { en: 'Cabinet', fr: 'Armoire' } },
            time: { title: { en: 'Told at', fr: 'Dit à' } },
          },
        },
        {
          kind: 'categories',
          title: { en: 'By sector', fr: 'Par secteur' },
          width: 12,
          sql: `${NOW}
select sector, count(*) filter (where level > 0) as burning, count(*) filter (where level = 0) as dark,
  count(*) filter (where level is null) as silent
from said group by 1 order by 1`,
          columns: {
            sector: { title: { en: 'Sector', fr: 'Secteur' } },
            burning: { title: { en: 'Burning', fr: 'Allumés' } },
            dark: { title: { en: 'Dark', fr: 'Éteints' } },
            silent: { title: { en: 'Silent', fr: 'Muets' } },
          },
        },
      ],
    },
    {
      title: { en: 'Hours and energy', fr: 'Heures et énergie' },
      panels: [
        {
          kind: 'lines',
          title: { en: 'Hours lit against the night', fr: "Heures d'allumage face à la nuit" },
          description: {
            en: 'The median of 200 lamps from noon to noon, the tenth that burns longest and shortest, and how long the sun was down. At most 62 days.',
            fr: 'La médiane de 200 lampes de midi à midi, le dixième qui brûle le plus et le moins, et la durée sans soleil. Au plus 62 jours.',
          },
          width: 12,
          unit: 'h',
          sql: (language) => `${HOURS}, hours as (
  select day, percentile_cont(array[0.1, 0.5, 0.9]) within group (order by hours) as tenth
  from burned where hours >= 0 group by day
)
select (day::timestamp at time zone ${chosen('zone')}) as time, metric, value from (
  select h.day, t.metric, t.value from hours h
  cross join lateral (values ('10 %', tenth[1]), ('50 %', tenth[2]), ('90 %', tenth[3])) t(metric, value)
  union all
  select d.day, '${{ en: 'night', fr: 'nuit' }[language]}', d.hours from dark d where d.day in (select day from hours)
) both_of_them order by 1, 2`,
        },
        {
          kind: 'bars',
          title: { en: 'Energy of the cabinets by sector', fr: 'Énergie des armoires par secteur' },
          width: 12,
          unit: 'kwatth',
          sql: `${ENERGY}
select c.from_time as time, m.sector as metric, sum(c.value)::float8 / 1e6 as value
from cabinet m join ${CONSUMPTION} c using (point_id, quantity_id, channel)
where $__timeFilter(c.from_time) group by 1, 2 order by 1, 2`,
        },
        {
          kind: 'table',
          title: { en: 'Cabinets', fr: 'Armoires' },
          width: 12,
          sql: `${ENERGY}
select m.name, m.sector, sum(c.value)::float8 / 1e6 as energy, max(c.value)::float8 / 1e6 as most_in_a_day,
  avg((c.quality = 0)::int)::float8 as measured
from cabinet m join consumption_day c using (point_id, quantity_id, channel)
where $__timeFilter(c.from_time) group by m.point_id, m.name, m.sector order by energy desc nulls last limit 500`,
          columns: {
            name: { title: { en: 'Cabinet', fr: 'Armoire' } },
            sector: { title: { en: 'Sector', fr: 'Secteur' } },
            energy: { title: { en: 'Energy', fr: 'Énergie' }, unit: 'kwatth' },
            most_in_a_day: { title: { en: 'Most in a day', fr: 'Maximum par jour' }, unit: 'kwatth' },
            measured: { title: { en: 'Measured', fr: 'Mesuré' }, unit: 'percentunit', decimals: 0 },
          },
        },
        {
          kind: 'table',
          title: { en: 'Silent lamps', fr: 'Lampes muettes' },
          width: 12,
          sql: `${NOW}
select s.name as device, s.dev_eui, s.tags->>'street' as street, s.sector, s.tags->>'cabinet' as cabinet
from said s where s.level is null order by s.sector, s.name limit 500`,
          columns: {
            ...DEVICE_COLUMNS,
            sector: { title: { en: 'Sector', fr: 'Secteur' } },
            cabinet: { title: { en: 'Cabinet', fr: 'Armoire' } },
          },
        },
      ],
    },
  ],
};
