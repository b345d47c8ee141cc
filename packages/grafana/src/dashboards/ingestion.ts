import type { DashboardSpec, RowSpec } from './spec.ts';
import { AT, IS_OPEN } from './sql.ts';

/** Bars of at least a minute, as wide as the screen has room for. */
const every = (column: string) =>
  `date_bin(make_interval(secs => greatest($__interval_ms, 60000) / 1000), ${column}, timestamptz '2000-01-01')`;

/** What of the log of changes `c` a checkpoint `p` has not taken, as the tail itself sees it. */
const NOT_TAKEN = `(c.xid >= pg_snapshot_xmax(p.seen) or c.xid = any(array(select pg_snapshot_xip(p.seen))))
    and not (p.until is not null and c.position <= p.done_to and pg_visible_in_snapshot(c.xid, p.until))`;

const LAGS = `with lag as (
  select p.consumer, p.partition, p.moved_at, n.transactions, n.changes,
    greatest(extract(epoch from ${AT} - n.oldest), 0)::float8 as behind
  from tail_checkpoint p cross join lateral (
    select count(*) as transactions, coalesce(sum(c.size), 0) as changes, min(c.recorded_at) as oldest
    from change c where c.recorded_at <= ${AT} and ${NOT_TAKEN}
  ) n
)`;

const fromDatabase: RowSpec[] = [
  {
    title: { en: 'What comes in', fr: 'Ce qui arrive' },
    panels: [
      {
        kind: 'stat',
        title: { en: 'Frames and events of the span', fr: 'Trames et événements de la période' },
        width: 6,
        sql: `select coalesce(sum(size), 0)::float8 as value from change c
where c.cause = 'arrival' and $__timeFilter(c.recorded_at)`,
      },
      {
        kind: 'stat',
        title: { en: 'Quarantined in the span', fr: 'Mis en quarantaine sur la période' },
        width: 6,
        alarmFrom: 1,
        sql: `select count(*) as value from quarantine q where $__timeFilter(q.received_at)`,
      },
      {
        kind: 'stat',
        title: { en: 'Slowest consumer', fr: 'Consommateur le plus en retard' },
        width: 6,
        unit: 's',
        alarmFrom: 300,
        sql: `${LAGS} select coalesce(max(behind), 0) as value from lag`,
      },
      {
        kind: 'stat',
        title: { en: 'Points whose consumption waits', fr: 'Points dont la consommation attend' },
        width: 6,
        sql: `select count(*) as value from consumption_dirty d where d.since <= ${AT}`,
      },
      {
        kind: 'bars',
        title: { en: 'Stored', fr: 'Enregistré' },
        description: {
          en: 'Frames and device events as they were committed, and restatements. Kept as long as the tail is.',
          fr: 'Trames et événements tels que validés, et corrections. Gardés aussi longtemps que le journal.',
        },
        width: 12,
        sql: (language) => `select ${every('c.recorded_at')} as time,
  case c.cause when 'arrival' then '${{ en: 'frames and events', fr: 'trames et événements' }[language]}'
    else '${{ en: 'restatements', fr: 'corrections' }[language]}' end as metric, sum(c.size)::float8 as value
from change c where $__timeFilter(c.recorded_at) group by 1, 2 order by 1, 2`,
      },
      {
        kind: 'bars',
        title: { en: 'Quarantine by reason', fr: 'Quarantaine par motif' },
        width: 12,
        sql: `select ${every('q.received_at')} as time, q.code as metric, count(*) as value
from quarantine q where $__timeFilter(q.received_at) group by 1, 2 order by 1, 2`,
      },
      {
        kind: 'table',
        title: {
          en: 'Decoding of each device’s last frame',
          fr: 'Décodage de la dernière trame de chaque appareil',
        },
        width: 12,
        sql: `select coalesce(d.profile, '–') as profile, f.decoding, count(*) as devices, max(f.decoding_reason) as reason
from device d cross join lateral (
  select decoding, decoding_reason from frame
  where device_id = d.id and received_at <= ${AT} and received_at > ${AT} - interval '30 days'
  order by received_at desc limit 1
) f group by 1, 2 order by f.decoding = 'decoded', 3 desc limit 200`,
        columns: {
          profile: { title: { en: 'Profile', fr: 'Profil' } },
          decoding: { title: { en: 'Verdict', fr: 'Verdict' } },
          devices: { title: { en: 'Devices', fr: 'Appareils' } },
          reason: { title: { en: 'A reason', fr: 'Un motif' } },
        },
      },
      {
        kind: 'table',
        title: { en: 'Last in quarantine', fr: 'Derniers en quarantaine' },
        width: 12,
        sql: `select q.received_at, q.code, q.reason, q.dev_eui, q.topic from quarantine q
where $__timeFilter(q.received_at) order by q.received_at desc limit 50`,
        columns: {
          received_at: { title: { en: 'Received', fr: 'Reçu' } },
          code: { title: { en: 'Code', fr: 'Code' } },
          reason: { title: { en: 'Reason', fr: 'Motif' } },
          dev_eui: { title: { en: 'DevEUI', fr: 'DevEUI' } },
          topic: { title: { en: 'Topic', fr: 'Sujet MQTT' } },
        },
      },
    ],
  },
  {
    title: { en: 'What is made of it', fr: "Ce qu'on en fait" },
    panels: [
      {
        kind: 'table',
        title: { en: 'Consumers of the tail', fr: 'Consommateurs du journal' },
        width: 12,
        sql: `${LAGS} select consumer, partition, transactions, changes, behind, moved_at from lag order by behind desc nulls last, 1, 2`,
        columns: {
          consumer: { title: { en: 'Consumer', fr: 'Consommateur' } },
          partition: { title: { en: 'Partition', fr: 'Partition' } },
          transactions: { title: { en: 'Transactions waiting', fr: 'Transactions en attente' } },
          changes: { title: { en: 'Changes waiting', fr: 'Changements en attente' } },
          behind: { title: { en: 'Behind', fr: 'Retard' }, unit: 's' },
          moved_at: { title: { en: 'Moved', fr: 'Avancé' } },
        },
      },
      {
        kind: 'table',
        title: { en: 'Jobs', fr: 'Tâches' },
        width: 12,
        sql: `select j.job, max(j.started_at) as last, count(*) as runs, count(*) filter (where j.outcome = 'failed') as failed,
  max(extract(epoch from j.ended_at - j.started_at))::float8 as longest
from job_run j where $__timeFilter(j.started_at) group by 1 order by 4 desc, 1`,
        columns: {
          job: { title: { en: 'Job', fr: 'Tâche' } },
          last: { title: { en: 'Last', fr: 'Dernière' } },
          runs: { title: { en: 'Runs', fr: 'Exécutions' } },
          failed: { title: { en: 'Failed', fr: 'Échouées' } },
          longest: { title: { en: 'Longest', fr: 'La plus longue' }, unit: 's' },
        },
      },
      {
        kind: 'table',
        title: { en: 'Imports of operators’ files', fr: 'Imports de fichiers d’opérateurs' },
        width: 12,
        sql: `select i.started_at, i.source, i.format, i.readings, i.changed, i.problems, i.ended_at
from import_run i where $__timeFilter(i.started_at) order by i.started_at desc limit 100`,
        columns: {
          started_at: { title: { en: 'Began', fr: 'Début' } },
          source: { title: { en: 'Source', fr: 'Source' } },
          format: { title: { en: 'Format', fr: 'Format' } },
          readings: { title: { en: 'Readings', fr: 'Relevés' } },
          changed: { title: { en: 'Changed', fr: 'Modifiés' } },
          problems: { title: { en: 'Problems', fr: 'Problèmes' } },
          ended_at: { title: { en: 'Ended', fr: 'Fin' } },
        },
      },
      {
        kind: 'table',
        title: { en: 'What waits for a person', fr: 'Ce qui attend quelqu’un' },
        width: 12,
        sql: (language) => {
          const word = (en: string, fr: string) => `'${{ en, fr }[language].replaceAll("'", "''")}'`;
          return `select what, waiting, oldest from (
  select ${word('changes that no consumer could take', 'changements qu’aucun consommateur n’a pu prendre')} as what, count(*) as waiting, min(since) as oldest
  from tail_dead_letter where since <= ${AT}
  union all
  select ${word('messages that were given up', 'messages abandonnés')}, count(*), min(dead_at) from notification where dead_at <= ${AT}
  union all
  select ${word('points that cannot be settled', 'points impossibles à calculer')}, count(*), min(since) from consumption_dirty where error is not null and since <= ${AT}
  union all
  select ${word('open alerts', 'alertes ouvertes')}, count(*), min(a.opened_at) from alert a where ${IS_OPEN}
) waiting order by waiting desc`;
        },
        columns: {
          what: { title: { en: 'What', fr: 'Quoi' } },
          waiting: { title: { en: 'How many', fr: 'Combien' } },
          oldest: { title: { en: 'Oldest', fr: 'Le plus ancien' } },
        },
      },
    ],
  },
];

const fromPrometheus: RowSpec = {
  title: { en: 'Services, from Prometheus', fr: 'Services, par Prometheus' },
  panels: [
    {
      kind: 'prometheus',
      title: { en: 'Received and committed', fr: 'Reçu et validé' },
      width: 12,
      unit: 'cps',
      queries: [
        { expression: 'sum(rate(veilleur_bridge_received_total[$__rate_interval]))', legend: 'received' },
        {
          expression: 'sum by (outcome) (rate(veilleur_bridge_committed_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
    },
    {
      kind: 'prometheus',
      title: { en: 'Commit, 95 % within', fr: 'Validation, 95 % en moins de' },
      width: 12,
      unit: 's',
      queries: [
        {
          expression:
            'histogram_quantile(0.95, sum by (le) (rate(veilleur_bridge_commit_seconds_bucket[$__rate_interval])))',
          legend: 'commit',
        },
      ],
    },
    {
      kind: 'prometheus',
      title: { en: 'In flight, and the equation’s imbalance', fr: 'En vol, et déséquilibre de l’équation' },
      description: {
        en: 'received = stored + duplicate + quarantined + in flight. An imbalance other than 0 is a defect.',
        fr: 'reçu = enregistré + doublon + quarantaine + en vol. Un déséquilibre autre que 0 est un défaut.',
      },
      width: 12,
      queries: [
        { expression: 'sum by (instance) (veilleur_bridge_in_flight)', legend: 'in flight {{instance}}' },
        {
          expression: 'sum by (instance) (veilleur_bridge_conservation_imbalance)',
          legend: 'imbalance {{instance}}',
        },
      ],
    },
    {
      kind: 'prometheus',
      title: { en: 'Frame counters by state', fr: 'Compteurs de trames par état' },
      width: 12,
      queries: [{ expression: 'max by (state) (veilleur_ledger_frames)', legend: '{{state}}' }],
    },
    {
      kind: 'prometheus',
      title: { en: 'Tails behind', fr: 'Retard des journaux' },
      width: 12,
      unit: 's',
      queries: [
        { expression: 'max(veilleur_consumption_tail_behind_seconds)', legend: 'consumption' },
        { expression: 'max(veilleur_alerting_tail_behind_seconds)', legend: 'alerting' },
      ],
    },
    {
      kind: 'prometheus',
      title: { en: 'Decoders put on hold', fr: 'Décodeurs suspendus' },
      width: 12,
      queries: [{ expression: 'sum by (profile) (veilleur_codec_on_hold)', legend: '{{profile}}' }],
    },
  ],
};

export const INGESTION: DashboardSpec = {
  id: 'ingestion',
  title: { en: 'Veilleur – Ingestion', fr: 'Veilleur – Collecte' },
  description: {
    en: 'What arrives, what is refused, and how far behind whoever reads it is.',
    fr: 'Ce qui arrive, ce qui est refusé, et le retard de ceux qui le lisent.',
  },
  from: 'now-6h',
  refresh: '1m',
  variables: [],
  rows: [...fromDatabase, fromPrometheus],
};
