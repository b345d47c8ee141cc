-- Frames first: an uplink is stored whatever becomes of its decoding, and never changed but for the
-- verdict of the decoder and for gateways that only a duplicate names.
--
-- `fingerprint` is 64 bits of SHA-256 over session key, fPort and payload. With device, fCnt and time
-- it names a frame, so a redelivery meets the unique constraint; the same frame through another LNS
-- replica differs in time alone and is found by the same index.
call create_time_table('frame', 'received_at', '7 days', $columns$
  device_id integer not null,
  received_at timestamptz not null,
  f_cnt bigint not null check (f_cnt between 0 and 4294967295),
  fingerprint bigint not null,
  session_key text not null,
  f_port smallint,
  payload bytea not null,
  encrypted boolean not null,
  confirmed boolean not null,
  data_rate smallint,
  frequency_hz bigint,
  receptions jsonb not null,
  lns text not null,
  decoding text not null check (decoding in ('decoded', 'failed', 'waiting', 'no_profile', 'encrypted', 'no_payload')),
  decoding_reason text,
  profile_version_id integer,
  stored_at timestamptz not null default now(),
  unique (device_id, received_at, f_cnt, fingerprint)
$columns$);

-- Everything else that an LNS tells of a device: join, ack, txack, log, status, location.
call create_time_table('device_event', 'occurred_at', '7 days', $columns$
  device_id integer not null,
  occurred_at timestamptz not null,
  kind text not null,
  fingerprint bigint not null,
  detail jsonb not null,
  lns text not null,
  stored_at timestamptz not null default now(),
  unique (device_id, occurred_at, kind, fingerprint)
$columns$);

-- What could not be read, with its bytes and the reason: nothing that arrived vanishes. `digest` is
-- SHA-256 over topic and payload: the same broken message again is a duplicate.
create table quarantine (
  id bigint generated always as identity primary key,
  digest bytea not null unique,
  topic text not null,
  payload bytea not null,
  code text not null,
  reason text not null,
  dev_eui text,
  received_at timestamptz not null,
  stored_at timestamptz not null default now()
);
create index on quarantine (received_at);
