-- ChirpStack's tables search names by trigrams; hstore is asked for by earlier migrations of its own.
create extension if not exists pg_trgm;
create extension if not exists hstore;
