-- Who may ask the API for what, and what was done with it.

-- A key is shown once, when it is made; what is kept cannot be turned back into it. Its secret is 32 random
-- bytes, so nobody guesses it, and one round of SHA-256 is enough: scrypt and its like slow down guesses at
-- passwords that people choose, and would let a stranger keep our processors busy, a request at a time.
create table api_key (
  id integer generated always as identity primary key,
  name text not null check (name <> ''),
  scope text not null check (scope in ('read', 'operate', 'engineer', 'admin')),
  -- The part of the key that is no secret: it is found, shown and logged by it.
  prefix text not null unique,
  sha256 bytea not null check (octet_length(sha256) = 32),
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz check (expires_at > created_at),
  -- To the minute.
  last_used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  check ((revoked_at is null) = (revoked_by is null))
);
-- What people did is kept under the name of the key: at any moment it is one key's.
create unique index on api_key (name) where revoked_at is null;

-- Every write that was asked of the API, and every change of keys. Rows are added before the deed, so that
-- none is without its row; `status` follows with the answer, and stays null where no answer was given.
create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  by text not null,
  -- Null: somebody on this machine, without a key.
  key_id integer references api_key,
  -- The network address, or `command line`.
  source text not null,
  -- Such as `key.add`, or `POST /api/alerts/:id/acknowledge`.
  action text not null,
  detail jsonb not null default '{}',
  status integer
);
create index on audit (at);
create index on audit (key_id, id);
