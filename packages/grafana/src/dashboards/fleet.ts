import { DEVICE_COLUMNS } from './columns.ts';
import type { DashboardSpec, VariableSpec } from './spec.ts';
import { AT, chosen, newest } from './sql.ts';

const PROFILE: VariableSpec = {
  kind: 'query',
  name: 'profile',
  label: { en: 'Profile', fr: 'Profil' },
  sql: `select distinct coalesce(profile, '–') from device order by 1`,
  choice: 'several',
};

const SILENT_AFTER: VariableSpec = {
  kind: 'custom',
  name: 'silent_after',
  label: { en: 'Silent after', fr: 'Muet après' },
  options: [
    { value: '6 hours', text: { en: '6 hours', fr: '6 heures' } },
    { value: '25 hours', text: { en: '25 hours', fr: '25 heures' } },
    { value: '3 days', text: { en: '3 days', fr: '3 jours' } },
    { value: '8 days', text: { en: '8 days', fr: '8 jours' } },
  ],
  first: '25 hours',
};

const DEVICES = `fleet as materialized (
  select d.id, d.name, d.dev_eui, coalesce(d.profile, '–') as profile, d.tags->>'street' as street, d.first_seen_at
  from device d
  where '*' in (${chosen('profile')}) or coalesce(d.profile, '–') in (${chosen('profile')})
)`;

/** The last frame of each device, of 30 days. */
const LAST = `with ${DEVICES}, heard as materialized (
  select d.*, f.received_at as heard_at, f.data_rate, f.receptions
  from fleet d left join lateral (
    select received_at, data_rate, receptions from frame
    where device_id = d.id and received_at <= ${AT} and received_at > ${AT} - interval '30 days'
    order by received_at desc limit 1
  ) f on true
)`;

const SILENT = `(heard_at is null or heard_at < ${AT} - ${chosen('silent_after')}::interval)`;

/**
 * Frame counters of the last day of the span: what stands between two that were received was lost. A leap of
 * more than 500, or backwards, is another session and no loss.
 */
const LOST = `with ${DEVICES}, counted as materialized (
  select d.id, c.received, c.lost
  from fleet d cross join lateral (
    select count(*) filter (where step <> 0 or step is null) as received,
      coalesce(sum(step - 1) filter (where step between 2 and 500), 0) as lost
    from (
      select f_cnt - lag(f_cnt) over (order by received_at, f_cnt) as step from frame
      where device_id = d.id and received_at <= ${AT} and received_at > ${AT} - interval '1 day'
    ) steps
  ) c
  where c.received > 0
)`;

export const FLEET: DashboardSpec = {
  id: 'fleet',
  title: { en: 'Veilleur – Fleet', fr: 'Veilleur – Parc' },
  description: {
    en: 'Which devices are silent, whose battery ends, whose radio is weak.',
    fr: 'Quels appareils se taisent, quelles piles s’achèvent, quelles liaisons sont faibles.',
  },
  from: 'now-7d',
  refresh: '5m',
  variables: [PROFILE, SILENT_AFTER],
  rows: [
    {
      title: { en: 'At a glance', fr: "En un coup d'œil" },
      panels: [
        {
          kind: 'stat',
          title: { en: 'Devices', fr: 'Appareils' },
          width: 6,
          sql: `with ${DEVICES} select count(*) as value from fleet where ${AT} is not null`,
        },
        {
          kind: 'stat',
          title: { en: 'Silent', fr: 'Muets' },
          width: 6,
          alarmFrom: 1,
          sql: `${LAST} select count(*) filter (where ${SILENT}) as value from heard`,
        },
        {
          kind: 'stat',
          title: { en: 'Batteries below 20 %', fr: 'Piles sous 20 %' },
          width: 6,
          alarmFrom: 1,
          sql: `with ${DEVICES}
select count(*) filter (where b.value < 20) as value
from fleet d left join lateral (${newest('battery_level', '30 days')}) b on true`,
        },
        {
          kind: 'stat',
          title: { en: 'Frames lost in a day', fr: 'Trames perdues en un jour' },
          description: {
            en: 'Of the last day of the span, by the frame counters.',
            fr: 'Du dernier jour de la période, d’après les compteurs de trames.',
          },
          width: 6,
          unit: 'percentunit',
          decimals: 2,
          sql: `${LOST} select sum(lost)::float8 / nullif(sum(lost + received), 0)::float8 as value from counted`,
        },
      ],
    },
    {
      title: { en: 'Heard and not', fr: 'Entendus ou non' },
      panels: [
        {
          kind: 'table',
          title: { en: 'By profile', fr: 'Par profil' },
          width: 12,
          sql: `${LAST}
select profile, count(*) as devices, count(*) filter (where ${SILENT}) as silent,
  count(*) filter (where heard_at is null) as not_for_a_month, max(heard_at) as last
from heard group by 1 order by 3 desc, 1`,
          columns: {
            profile: { title: { en: 'Profile', fr: 'Profil' } },
            devices: { title: { en: 'Devices', fr: 'Appareils' } },
            silent: { title: { en: 'Silent', fr: 'Muets' } },
            not_for_a_month: { title: { en: 'Not for a month', fr: 'Pas depuis un mois' } },
            last: { title: { en: 'Last heard', fr: 'Dernière trame' } },
          },
        },
        {
          kind: 'table',
          title: { en: 'Silent devices', fr: 'Appareils muets' },
          width: 12,
          sql: `${LAST}
select name as device, dev_eui, street, profile, heard_at from heard where ${SILENT}
order by heard_at nulls first, name limit 500`,
          columns: {
            ...DEVICE_COLUMNS,
            profile: { title: { en: 'Profile', fr: 'Profil' } },
            heard_at: { title: { en: 'Last heard', fr: 'Dernière trame' } },
          },
        },
      ],
    },
    {
      title: { en: 'Batteries', fr: 'Piles' },
      panels: [
        {
          kind: 'table',
          title: { en: 'Lowest batteries', fr: 'Piles les plus faibles' },
          width: 12,
          sql: `with ${DEVICES}
select d.name as device, d.dev_eui, d.street, d.profile, b.value as level, b.time
from fleet d cross join lateral (${newest('battery_level', '30 days')}) b order by b.value, d.name limit 100`,
          columns: {
            ...DEVICE_COLUMNS,
            profile: { title: { en: 'Profile', fr: 'Profil' } },
            level: { title: { en: 'Level', fr: 'Niveau' }, unit: 'percent', decimals: 0 },
            time: { title: { en: 'Told at', fr: 'Dit à' } },
          },
        },
        {
          kind: 'table',
          title: { en: 'Devices that say their battery is low', fr: 'Appareils qui disent leur pile faible' },
          width: 12,
          sql: `with ${DEVICES}
select d.name as device, d.dev_eui, d.street, d.profile, b.time
from fleet d cross join lateral (${newest('low_battery', '8 days')}) b where b.value = 1 order by b.time desc limit 500`,
          columns: {
            ...DEVICE_COLUMNS,
            profile: { title: { en: 'Profile', fr: 'Profil' } },
            time: { title: { en: 'Told at', fr: 'Dit à' } },
          },
        },
      ],
    },
    {
      title: { en: 'Radio', fr: 'Radio' },
      panels: [
        {
          kind: 'table',
          title: { en: 'Devices that lose most', fr: 'Appareils qui perdent le plus' },
          width: 12,
          sql: `${LOST}
select d.name as device, d.dev_eui, d.street, c.received, c.lost, c.lost::float8 / (c.lost + c.received)::float8 as share
from counted c join fleet d using (id) where c.lost > 0 order by c.lost desc, d.name limit 100`,
          columns: {
            ...DEVICE_COLUMNS,
            received: { title: { en: 'Received', fr: 'Reçues' } },
            lost: { title: { en: 'Lost', fr: 'Perdues' } },
            share: { title: { en: 'Share', fr: 'Part' }, unit: 'percentunit', decimals: 1 },
          },
        },
        {
          kind: 'table',
          title: { en: 'Weakest links', fr: 'Liaisons les plus faibles' },
          description: {
            en: 'Of the last frame: the gateway that heard it best.',
            fr: 'De la dernière trame : la passerelle qui l’a le mieux entendue.',
          },
          width: 12,
          sql: `${LAST}
select h.name as device, h.dev_eui, h.street, r.rssi, r.snr, jsonb_array_length(h.receptions) as gateways, h.data_rate
from heard h cross join lateral (
  select (g->>'rssi')::float8 as rssi, (g->>'snr')::float8 as snr
  from jsonb_array_elements(h.receptions) g order by (g->>'snr')::float8 desc nulls last limit 1
) r order by r.snr nulls last, h.name limit 100`,
          columns: {
            ...DEVICE_COLUMNS,
            rssi: { title: { en: 'RSSI', fr: 'RSSI' }, unit: 'dBm', decimals: 0 },
            snr: { title: { en: 'SNR', fr: 'SNR' }, unit: 'dB', decimals: 1 },
            gateways: { title: { en: 'Gateways', fr: 'Passerelles' } },
            data_rate: { title: { en: 'Data rate', fr: 'Débit (DR)' } },
          },
        },
        {
          kind: 'categories',
          title: { en: 'Devices by data rate', fr: 'Appareils par débit' },
          description: {
            en: 'In Europe DR0 is SF12 and DR5 SF7: the lower, the longer a frame is in the air.',
            fr: 'En Europe DR0 est SF12 et DR5 SF7 : plus il est bas, plus une trame occupe l’air.',
          },
          width: 12,
          sql: `${LAST}
select 'DR' || data_rate as data_rate, count(*) as devices from heard where data_rate is not null group by 1 order by 1`,
          columns: {
            data_rate: { title: { en: 'Data rate', fr: 'Débit' } },
            devices: { title: { en: 'Devices', fr: 'Appareils' } },
          },
        },
        {
          kind: 'table',
          title: { en: 'Gateways', fr: 'Passerelles' },
          description: {
            en: 'When each last heard a device, as alerting saw it, and how long it is usually silent.',
            fr: 'Quand chacune a entendu un appareil, vu par le service d’alertes, et combien de temps elle se tait d’habitude.',
          },
          width: 12,
          sql: `select gateway_id, last_heard_at, usual_gap_ms / 1000 as usual_gap,
  greatest(extract(epoch from ${AT} - last_heard_at), 0)::float8 as silent_for
from gateway_heard where last_heard_at <= ${AT} order by last_heard_at limit 500`,
          columns: {
            gateway_id: { title: { en: 'Gateway', fr: 'Passerelle' } },
            last_heard_at: { title: { en: 'Last heard', fr: 'Dernière écoute' } },
            usual_gap: { title: { en: 'Usual silence', fr: 'Silence habituel' }, unit: 's' },
            silent_for: { title: { en: 'Silent for', fr: 'Muette depuis' }, unit: 's' },
          },
        },
      ],
    },
  ],
};
