/**
 * What was spent by day, model and workload, kept up to date by `rollUpSpend`: each roll-up adds what has changed since
 * the one before, so nothing is ever changed or removed, and `farthing.spend` is the sum. Each price book has a full set
 * of its own, and the one that was rolled up last is shown.
 *
 * `farthing_roller` can select everything, and insert into these two tables and nothing else.
 */
export const SPEND = `
create table farthing.roll_up (
  number bigint generated always as identity primary key,
  made_at timestamptz not null default transaction_timestamp(),
  price_book text not null,
  farthing text not null,
  era smallint not null,
  transaction xid8 not null,
  ordinal integer not null
);
comment on table farthing.roll_up is 'When spend was rolled up: the newest row tells as of which place, and at which prices';
comment on column farthing.roll_up.price_book is 'Hash of all rate cards: figures with the same hash were computed from the same prices';
comment on column farthing.roll_up.farthing is 'The release that reckoned';
comment on column farthing.roll_up.transaction is 'With era and ordinal, the newest row of farthing.event that is counted';

create table farthing.spend_delta (
  roll_up bigint not null references farthing.roll_up,
  day date not null,
  model text,
  workload text,
  requests bigint not null,
  unpriced_requests bigint not null,
  uncached_input bigint not null,
  cache_write_5m bigint not null,
  cache_write_1h bigint not null,
  cache_read bigint not null,
  output_tokens bigint not null,
  thinking_tokens bigint not null,
  usd numeric not null
);
comment on table farthing.spend_delta is 'What a roll-up found to be more, or less, than those before it had come to';
create index spend_delta_roll_up on farthing.spend_delta (roll_up);

create view farthing.spend as
select d.day, d.model, d.workload, sum(d.requests)::bigint as requests,
  sum(d.unpriced_requests)::bigint as unpriced_requests, sum(d.uncached_input)::bigint as uncached_input,
  sum(d.cache_write_5m)::bigint as cache_write_5m, sum(d.cache_write_1h)::bigint as cache_write_1h,
  sum(d.cache_read)::bigint as cache_read, sum(d.output_tokens)::bigint as output_tokens,
  sum(d.thinking_tokens)::bigint as thinking_tokens, trim_scale(sum(d.usd)) as usd
from farthing.spend_delta d join farthing.roll_up r on r.number = d.roll_up
where r.price_book = (select price_book from farthing.roll_up order by number desc limit 1)
group by d.day, d.model, d.workload
having sum(d.requests) > 0;
comment on view farthing.spend is 'Billed responses by day, model and workload as of the newest roll-up; usd is exact, in US dollars at list prices';
comment on column farthing.spend.day is 'UTC';
comment on column farthing.spend.workload is 'Null where nothing is known: see farthing.response.workload';
comment on column farthing.spend.unpriced_requests is 'Requests without a price; they are in requests and tokens, and nothing of them is in usd';
comment on column farthing.spend.thinking_tokens is 'Part of output_tokens';

do $$
begin
  if not exists (select from pg_roles where rolname = 'farthing_roller') then
    create role farthing_roller nologin;
  end if;
exception
  when duplicate_object or unique_violation then
    null;
  when insufficient_privilege then
    raise exception 'this user may not create the role farthing_roller; have one who may run: create role farthing_roller nologin';
end
$$;

grant usage on schema farthing to farthing_roller;
grant execute on function farthing.joined(), farthing.server_identity(), farthing.timeline() to farthing_roller;
grant select on all tables in schema farthing to farthing_roller;
grant insert on farthing.roll_up, farthing.spend_delta to farthing_roller;
grant select on farthing.roll_up, farthing.spend_delta, farthing.spend to farthing_reader;
`;
