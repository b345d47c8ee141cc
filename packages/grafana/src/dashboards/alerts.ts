import type { Text } from '../text.ts';
import { DEVICE_COLUMNS, SEVERITY, severityIn } from './columns.ts';
import type { DashboardSpec, PanelSpec } from './spec.ts';
import { AT, chosen, IS_OPEN } from './sql.ts';

const openOf = (severity: string, title: Text, alarms: boolean): PanelSpec => ({
  kind: 'stat',
  title,
  width: 6,
  ...(alarms ? { alarmFrom: 1 } : {}),
  sql: `select count(*) as value from alert a where a.severity = '${severity}' and ${IS_OPEN}`,
});

const IN_SPAN = `a.withdrawn_at is null and $__timeFilter(a.opened_at)`;

export const ALERTS: DashboardSpec = {
  id: 'alerts',
  title: { en: 'Veilleur – Alerts', fr: 'Veilleur – Alertes' },
  description: {
    en: 'What is open, what was, how fast it was seen to, and who was told.',
    fr: 'Ce qui est ouvert, ce qui l’a été, en combien de temps on s’en est occupé, et qui a été prévenu.',
  },
  from: 'now-30d',
  refresh: '1m',
  variables: [],
  rows: [
    {
      title: { en: 'Open', fr: 'Ouvertes' },
      panels: [
        openOf('critical', { en: 'Critical', fr: 'Critiques' }, true),
        openOf('warning', { en: 'Warnings', fr: 'Avertissements' }, true),
        openOf('info', { en: 'Information', fr: 'Informations' }, false),
        {
          kind: 'stat',
          title: { en: 'Nobody has acknowledged', fr: 'Que personne n’a acquittées' },
          width: 6,
          alarmFrom: 1,
          sql: `select count(*) as value from alert a
where ${IS_OPEN} and (a.acknowledged_at is null or a.acknowledged_at > ${AT}) and a.severity <> 'info'`,
        },
        {
          kind: 'table',
          title: { en: 'Open alerts', fr: 'Alertes ouvertes' },
          width: 24,
          height: 10,
          sql: (language) => `
select a.opened_at, ${severityIn(language)} as severity, a.rule, coalesce(d.name, a.subject) as device, d.dev_eui,
  d.tags->>'street' as street, a.worst, a.acknowledged_by, a.assigned_to
from alert a left join device d on d.id = a.device_id
where ${IS_OPEN}
order by array_position(array['critical', 'warning', 'info'], a.severity), a.opened_at desc limit 500`,
          columns: {
            opened_at: { title: { en: 'Since', fr: 'Depuis' } },
            ...SEVERITY,
            rule: { title: { en: 'Rule', fr: 'Règle' } },
            ...DEVICE_COLUMNS,
            worst: { title: { en: 'Worst value', fr: 'Pire valeur' }, decimals: 2 },
            acknowledged_by: { title: { en: 'Acknowledged by', fr: 'Acquittée par' } },
            assigned_to: { title: { en: 'Assigned to', fr: 'Confiée à' } },
          },
        },
      ],
    },
    {
      title: { en: 'In the span', fr: 'Sur la période' },
      panels: [
        {
          kind: 'bars',
          title: { en: 'Opened a day, by rule', fr: 'Ouvertes par jour, par règle' },
          width: 12,
          sql: `select date_trunc('day', a.opened_at, ${chosen('zone')}) as time, a.rule as metric, count(*) as value
from alert a where ${IN_SPAN} group by 1, 2 order by 1, 2`,
        },
        {
          kind: 'table',
          title: { en: 'Rules', fr: 'Règles' },
          description: {
            en: 'Medians of what was opened in the span: until acknowledged, and how long it lasted.',
            fr: "Médianes de ce qui s'est ouvert sur la période : jusqu'à l'acquittement, et durée.",
          },
          width: 12,
          sql: `select a.rule, count(*) as opened, count(distinct a.subject) as subjects, count(*) filter (where a.cleared_at is null) as still_open,
  (percentile_cont(0.5) within group (order by extract(epoch from a.acknowledged_at - a.known_at)))::float8 as acknowledged_after,
  (percentile_cont(0.5) within group (order by extract(epoch from a.cleared_at - a.opened_at)))::float8 as lasted
from alert a where ${IN_SPAN} group by 1 order by 2 desc limit 200`,
          columns: {
            rule: { title: { en: 'Rule', fr: 'Règle' } },
            opened: { title: { en: 'Opened', fr: 'Ouvertes' } },
            subjects: { title: { en: 'Devices', fr: 'Appareils' } },
            still_open: { title: { en: 'Still open', fr: 'Encore ouvertes' } },
            acknowledged_after: { title: { en: 'Acknowledged after', fr: 'Acquittées après' }, unit: 's' },
            lasted: { title: { en: 'Lasted', fr: 'Durée' }, unit: 's' },
          },
        },
        {
          kind: 'table',
          title: { en: 'Devices that alert most', fr: 'Appareils qui alertent le plus' },
          width: 12,
          sql: `select coalesce(d.name, a.subject) as device, d.dev_eui, d.tags->>'street' as street, count(*) as opened, count(distinct a.rule) as rules
from alert a left join device d on d.id = a.device_id
where ${IN_SPAN} group by 1, 2, 3 order by 4 desc limit 50`,
          columns: {
            ...DEVICE_COLUMNS,
            opened: { title: { en: 'Opened', fr: 'Ouvertes' } },
            rules: { title: { en: 'Rules', fr: 'Règles' } },
          },
        },
        {
          kind: 'table',
          title: { en: 'Messages sent', fr: 'Messages envoyés' },
          width: 12,
          sql: `select n.channel, count(*) as planned, count(n.sent_at) as sent,
  count(*) filter (where n.sent_at is null and n.dead_at is null) as waiting, count(n.dead_at) as given_up,
  (percentile_cont(0.95) within group (order by extract(epoch from n.sent_at - n.not_before)))::float8 as late
from notification n where $__timeFilter(n.created_at) group by 1 order by 1`,
          columns: {
            channel: { title: { en: 'Channel', fr: 'Canal' } },
            planned: { title: { en: 'Planned', fr: 'Prévus' } },
            sent: { title: { en: 'Sent', fr: 'Envoyés' } },
            waiting: { title: { en: 'Waiting', fr: 'En attente' } },
            given_up: { title: { en: 'Given up', fr: 'Abandonnés' } },
            late: { title: { en: 'Delay (95 %)', fr: 'Retard (95 %)' }, unit: 's' },
          },
        },
        {
          kind: 'table',
          title: { en: 'Silences and planned work', fr: 'Silences et travaux prévus' },
          width: 24,
          sql: `select s.from_time, coalesce(s.ended_at, s.to_time) as to_time, s.comment, s.created_by, s.matching::text as matching
from silence s where s.from_time <= ${AT} and coalesce(s.ended_at, s.to_time) >= $__timeFrom()::timestamptz
order by s.from_time desc limit 200`,
          columns: {
            from_time: { title: { en: 'From', fr: 'De' } },
            to_time: { title: { en: 'Until', fr: "Jusqu'à" } },
            comment: { title: { en: 'Why', fr: 'Pourquoi' } },
            created_by: { title: { en: 'By', fr: 'Par' } },
            matching: { title: { en: 'What', fr: 'Quoi' } },
          },
        },
      ],
    },
  ],
};
