/**
 * Some rows as each version of the schema could hold them, by the migration that made their tables: SQL that
 * fits that version and every later one.
 */
export const ROWS_OF_VERSIONS: Readonly<Record<string, string>> = {
  '0001_editions.sql': '',
  '0002_devices_and_profiles.sql': `
    insert into quantity (name, kind, unit, obis, label_en, label_fr)
      values ('retired_quantity', 'gauge', 'V', null, 'Retired', 'Retirée');
    insert into profile_version (profile, digest, vendor, name, medium)
      values ('axioma/qalcosonic-w1', 'd1', 'Axioma', 'Qalcosonic W1', 'water');
    insert into device (dev_eui, name, tags, matched_profile, assigned_profile, latitude, longitude)
      values ('70b3d5e75e000001', 'Mairie, eau froide', '{"site": "mairie"}', 'axioma/qalcosonic-w1', null, 47.75, 7.33),
             ('70b3d5e75e000002', null, '{}', 'adeunis/pulse', 'own/pulse', null, null);`,
  '0003_frames.sql': `
    call ensure_partitions('frame', array[timestamptz '2025-01-31T23:59:00Z', '2026-03-01T06:00:00Z']);
    call ensure_partitions('device_event', array[timestamptz '2026-03-01T05:59:00Z']);
    insert into frame (device_id, received_at, f_cnt, fingerprint, session_key, f_port, payload, encrypted, confirmed,
        data_rate, frequency_hz, receptions, lns, decoding, decoding_reason)
      values (1, '2025-01-31T23:59:00Z', 4294967295, -5, '01020304', 1, '\\x00ff', false, true, 5, 868100000,
              '[{"gatewayId": "g1", "rssiDbm": -101}]', 'chirpstack-v4-json', 'decoded', null),
             (2, '2026-03-01T06:00:00Z', 0, 6, '', null, '', true, false, null, null, '[]', 'ttn', 'failed', 'no such port');
    insert into device_event (device_id, occurred_at, kind, fingerprint, detail, lns)
      values (1, '2026-03-01T05:59:00Z', 'join', 7, '{"devAddr": "01020304"}', 'chirpstack-v4-json');
    insert into quarantine (digest, topic, payload, code, reason, received_at)
      values ('\\x01', 'application/1/device/x/event/up', '\\x7b', 'event_malformed', 'no object', '2026-03-01T06:00:00Z');`,
  '0004_measurements.sql': `
    call ensure_partitions('measurement', array[timestamptz '2025-01-31T23:00:00Z', '2026-03-01T06:00:00Z']);
    insert into measurement (time, value, device_id, quantity_id, channel, quality, reported_at)
      values ('2025-01-31T23:00:00Z', 12.345, 1, 1, 0, 0, '2025-01-31T23:59:00Z'),
             ('2026-03-01T06:00:00Z', -0.1, 2, 1, 3, 2, '2026-03-01T06:00:00Z');`,
  '0005_restatements.sql': `
    insert into restatement (device_id, cause, profile_version_id, from_time, to_time, changed, added, removed)
      values (1, 'redecode', 1, '2025-01-31T23:00:00Z', '2026-03-01T06:00:00Z', 1, 0, 2);`,
  '0006_tail.sql': `
    insert into change (xid, cause, device_ids, reported_at, f_cnts, from_times, to_times)
      select pg_current_xact_id(), 'arrival', '{1,2}', array[now(), now()], '{4294967295,-1}',
        array[timestamptz '2026-03-01T06:00:00Z', 'infinity'], array[timestamptz '2026-03-01T06:00:00Z', '-infinity'];
    insert into tail_checkpoint (consumer, partition, partitions, start_at, seen, seen_to, history_after)
      values ('consumption', 0, 2, 'beginning', '10:20:10,14', 3, 1), ('consumption', 1, 2, 'beginning', '10:20:', 3, null);
    insert into tail_dead_letter (consumer, partition, device_id, change, error)
      values ('alerting', 0, 2, '{"fCnt": 0}', 'no such rule');`,
  '0007_device_restatements.sql': 'update device set restatements = 3 where id = 1;',
  '0008_metering_points.sql': `
    insert into operator (code, name) values ('enedis', 'Enedis');
    insert into site (code, name, kind, time_zone, attributes) values ('ville', 'Ville', 'city', 'Europe/Paris', '{}'),
      ('mairie', 'Mairie', 'building', null, '{"area_m2": 1200}');
    update site set parent_id = 1 where code = 'mairie';
    insert into metering_point (code, name, kind, quantity_id, operator_id, site_id)
      values ('12345678901234', 'Mairie', 'prm', 1, 1, 2), ('W-1', null, 'own', 1, null, 2);
    update metering_point set parent_id = 1 where code = 'W-1';
    insert into installation (point_id, device_id, device_quantity_id, quantity_id, from_time, factor_numerator,
        factor_denominator, digits, start_index, meter_index, reason, recorded_at)
      values (2, 1, 1, 1, '-infinity', 1, 100, 8, 0, 12345678, 'first', '2025-01-01T00:00:00Z');
    insert into import_run (source, format, digest, readings, started_at)
      values ('r50.xml', 'enedis-r50', 'abc', 1, '2026-03-01T00:00:00Z');
    call ensure_partitions('operator_reading', array[timestamptz '2026-02-01T00:00:00Z']);
    insert into operator_reading (point_id, quantity, channel, register, kind, from_time, to_time, value, quality, published,
        starts, key, import_id, source_line, known_at)
      values (1, 'active_energy_import', 0, '1', 'index', '2026-02-01T00:00:00Z', '2026-02-01T00:00:00Z', 9007199254740991,
              'final', false, true, 'k1', 1, 12, '2026-03-01T00:00:00Z');
    insert into operator_fact (point_id, key, fact, detail, import_id, known_at)
      values (1, 'power', 'subscribed_power', '{"kVA": 36}', 1, '2026-03-01T00:00:00Z');
    insert into consumption_register (point_id, quantity_id, channel, first_reading, last_reading, maximum_rate, step_ms,
        settled_until, settled_at)
      values (2, 1, 0, '2025-01-31T23:00:00Z', '2026-03-01T06:00:00Z', 4194304, 3600000, '2026-03-01T06:00:00Z', now());
    call ensure_partitions('consumption_hour', array[timestamptz '2026-03-01T05:00:00Z']);
    call ensure_partitions('consumption_revision', array[timestamptz '2026-03-01T05:00:00Z']);
    insert into consumption_hour values (2, 1, 0, '2026-03-01T05:00:00Z', 10000, 0, 'index', '2026-03-01T06:00:01Z');
    insert into consumption_day (point_id, quantity_id, channel, from_time, value, quality, method, known_from)
      values (2, 1, 0, '2026-02-28T23:00:00Z', null, 3, 'unknown', '2026-03-01T06:00:01Z');
    insert into consumption_month (point_id, quantity_id, channel, from_time, value, quality, method, known_from)
      values (2, 1, 0, '2026-01-31T23:00:00Z', 240000, 1, 'similar_days', '2026-03-01T06:00:01Z');
    insert into consumption_revision values (2, 1, 0, 'hour', '2026-03-01T05:00:00Z', 9000, 1, 'line',
      '2026-03-01T05:30:00Z', '2026-03-01T06:00:01Z');
    insert into consumption_finding values (2, 1, 0, 'falls', '2026-03-01T05:00:00Z', '{"by": 3}', now());
    insert into consumption_dirty (point_id, from_time, to_time, since, error)
      values (1, '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z', '2026-03-01T00:00:00Z', 'no room');
    insert into job_run (job, started_at, ended_at, outcome, detail)
      values ('retention', '2026-03-01T02:41:00Z', '2026-03-01T02:41:09Z', 'done', '{"changes": 5}');`,
  '0009_reference.sql': `
    insert into tariff (code, from_date, terms) values ('bleu', '2026-02-01', '{"kind": "flat", "unit": "kWh"}');
    insert into contract (point_id, from_date, tariff_code) values (1, '2026-02-01', 'bleu');
    insert into emission_factor values ('active_energy_import', '2026-01-01', null, 'kWh', 52.1, 'ADEME');
    insert into gas_coefficient (from_date, energy, source) values ('2026-01-01', 11200000, 'GRDF');
    insert into tempo_day values ('2026-01-15', 'red');
    insert into outdoor_temperature values ('07299', '2026-01-15', -7.2, 1.5);
    insert into site_reference (site_id, station) values (2, '07299');`,
  '0010_balance.sql': `
    update consumption_month set uncertainty = 2000;`,
  '0011_alerts.sql': `
    insert into rule (name, definition, source, recorded_at, recorded_by)
      values ('leak', '{"kind": "threshold"}', 'city.yaml', now(), 'cli');
    insert into alert (rule, subject, device_id, severity, began_at, opened_at, known_at, changed_at)
      values ('leak', '70b3d5e75e000001', 1, 'warning', now(), now(), now(), now());
    insert into alert_step (alert_id, kind, at, recorded_at, by) values (1, 'raised', now(), now(), 'engine');
    insert into silence (matching, from_time, to_time, comment, created_by, created_at)
      values ('{}', now(), now() + interval '1 hour', 'works', 'Anne', now());
    insert into notification (key, channel, alert_ids, step, body, created_at, not_before)
      values ('k', 'mail', '{1}', 'raised', '{}', now(), now());
    insert into gateway_heard values ('g1', now(), 60000);
    insert into alert_partition values (0, 7, now());`,
  '0012_api_keys.sql': `
    insert into api_key (name, scope, prefix, sha256, created_at, created_by)
      values ('dashboard', 'read', 'abc', decode(repeat('00', 32), 'hex'), now(), 'cli');
    insert into audit (at, by, key_id, source, action) values (now(), 'dashboard', 1, '127.0.0.1', 'key.add');`,
  '0013_site_rules.sql': `
    insert into site_watch (site, news_from, due_at, evaluated_to) values ('mairie', now(), null, now());`,
  '0014_change_statistics.sql': '',
};
