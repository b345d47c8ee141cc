-- Rules of several devices of one site, and where a rule came from.

-- Partitions share out devices, so the devices of one site are told to several of them. Each notes here, in the
-- transaction that moves its checkpoint, since when a site has news; whoever takes the row evaluates the site,
-- from what is stored, in one transaction. So nothing of it is lost, and nobody needs to remember anything.
create table site_watch (
  -- Its code.
  site text primary key,
  -- The earliest measurement that nobody has evaluated; null: there is none.
  news_from timestamptz,
  -- When time alone changes something; null: never.
  due_at timestamptz,
  -- All that had an effect by then is in the alerts.
  evaluated_to timestamptz not null
);
create index on site_watch (site) where news_from is not null;
create index on site_watch (due_at);

-- Where a rule came from: RULES_FILE, a person's `veilleur rules load`, or a first start without either. The file
-- takes the place of what it said before; what a person loaded stays. What was shipped goes with the first of them.
alter table rule add column origin text not null default 'hand' check (origin in ('shipped', 'file', 'hand'));
-- Which of the two it was nobody wrote down; the next start with a file makes it the file's.
update rule set origin = 'shipped' where recorded_by = 'file';
