/**
 * The tables of a ledger.
 *
 * `event` holds every line that was ever said of an event, each once: `digest` is the first half of the line's SHA-256.
 * No constraint of it crosses shards (`id_hash`) or partitions (`month`), and no number is shared between
 * writers: rows are ordered by the transaction that wrote them, and within it by `ordinal`. Each writes one batch.
 *
 * `era` counts how often the numbers of transactions began anew, as they do where a copy of the database is restored.
 */
export const EVENTS = `
create table farthing.ledger (
  id text primary key,
  made_at timestamptz not null default now()
);
comment on table farthing.ledger is 'One row: the ledger that this database holds';

-- Null where the server does not tell.
create function farthing.server_identity() returns text language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (select system_identifier from pg_control_system());
exception when others then
  return null;
end
$$;
create function farthing.timeline() returns text language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
  return (select timeline_id from pg_control_checkpoint());
exception when others then
  return null;
end
$$;

create table farthing.era (number smallint primary key, server text);
comment on column farthing.era.server is 'The server whose transactions it is ordered by';
insert into farthing.era values (1, farthing.server_identity());

create table farthing.event (
  id_hash bigint not null,
  transaction xid8 not null default pg_current_xact_id(),
  recorded_at timestamptz not null default transaction_timestamp(),
  digest uuid not null,
  month integer not null,
  ordinal integer not null check (ordinal > 0),
  era smallint not null default 1,
  line text not null check (line like '{%}' and strpos(line, E'\\n') = 0),
  primary key (id_hash, digest, month)
) partition by range (month);
comment on column farthing.event.month is 'Month in which it occurred, UTC, as 100 * year + month';
comment on column farthing.event.line is 'The event as canonical JSON';
-- Lines of more than 2 KB are compressed, which with PostgreSQL's own method takes a server longer than all else it does.
do $$
begin
  alter table farthing.event alter column line set compression lz4;
exception when others then
  raise notice 'this server has no lz4';
end
$$;
create index event_order on farthing.event (era, transaction, ordinal);
create table farthing.event_other partition of farthing.event default;

create table farthing.setting (
  version integer primary key,
  settings text not null,
  made_at timestamptz not null default now()
);
comment on table farthing.setting is 'What the ledger is told about itself, as JSON: the newest version counts';

create table farthing.outbox (
  outbox text not null,
  reported_at timestamptz not null default now(),
  host text not null,
  forwarded bigint not null,
  waiting bigint not null,
  newest_at timestamptz check (isfinite(newest_at)),
  primary key (outbox, reported_at)
);
comment on table farthing.outbox is 'How many events each host has forwarded, and has waiting: the newest row of an outbox counts';
`;
