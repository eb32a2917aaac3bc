import { responseQuery, time } from "./0003-responses.ts";

/**
 * What was pruned: which ids count in sums alone, and what each prune says of itself, from which copies are made.
 *
 * `farthing_pruner` is the only role that can delete: events, and what hosts said of themselves. It can update nothing.
 * Whoever prunes holds an advisory lock, and does everything in one transaction.
 *
 * A line that tells of a pruned id is left out by whoever reads, for a writer, who can read nothing, cannot know. Two
 * ids can share a hash; the first half of the SHA-256 tells them apart, and is computed of those that share one alone.
 */
const TABLES = `
create table farthing.prune (
  number integer primary key,
  id text not null unique,
  record text not null
);
comment on table farthing.prune is 'What each prune did, as JSON: the record that copies keep';
create table farthing.pruned_id (
  id_hash bigint not null,
  id_digest uuid not null,
  prune integer not null,
  primary key (id_hash, id_digest)
);
comment on table farthing.pruned_id is 'Requests that count in a sum alone';
comment on column farthing.pruned_id.id_digest is 'First half of the SHA-256 of the id';
-- Each new month looks through the default partition, while nobody else can use the table.
create table farthing.event_sums partition of farthing.event for values from (0) to (1);
comment on column farthing.event.month is 'Month in which it occurred, UTC, as 100 * year + month; 0 of sums, and of what outlived the partition of its month';
`;

const ROLE = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'farthing_pruner') then
    create role farthing_pruner nologin;
  end if;
exception
  when duplicate_object or unique_violation then
    null;
  when insufficient_privilege then
    raise exception 'this user may not create the role farthing_pruner; have one who may run: create role farthing_pruner nologin';
end
$$;

grant usage on schema farthing to farthing_pruner;
grant execute on function farthing.joined(), farthing.server_identity(), farthing.timeline() to farthing_pruner;
grant select on all tables in schema farthing to farthing_pruner;
grant insert, delete on farthing.event to farthing_pruner;
grant insert on farthing.prune, farthing.pruned_id to farthing_pruner;
grant delete on farthing.outbox to farthing_pruner;
grant select on farthing.prune, farthing.pruned_id to farthing_reader, farthing_roller;
`;

/** Not of an id that was pruned. Compared so that no plan computes the digest but of lines that share a hash. */
const NOT_PRUNED = `
    and not exists (select from farthing.pruned_id p where p.id_hash = e.id_hash
      and p.id_digest is not distinct from encode(substr(sha256(convert_to(d.id, 'UTF8')), 1, 16), 'hex')::uuid)`;

/** Sums of responses, in the columns of the others. */
const SUMS = `
union all
select s.id, s.type, s.model, null, null, s.output, null, s."billedTo", t.uncached_input, t.cache_write_5m,
  t.cache_write_1h, t.cache_read, t.output_tokens, s."thinkingTokens", s."webSearchRequests", s."webFetchRequests",
  s."serviceTier", s."inferenceGeo", s.speed, ${time(`s."occurredAt"`)}, null,
  coalesce(s.labels ->> 'workload', c.service, case when 'claude-code' = any(l.sources) then c.project end),
  c.service, c.project, null, null, c.environment, null, coalesce(array_to_string(l.sources, '+'), ''), 1, s.digest,
  s.requests
from (
  select distinct on (d.id) d.*, e.digest
  from farthing.event e
  cross join lateral (
    select d.*, farthing.masked(e.line)::json as document
    from json_to_record(farthing.masked(e.line)::json) as d(id text, type text, version text, outcome text,
      requests bigint, model text, output text, "billedTo" text, parts json, "thinkingTokens" bigint,
      "webSearchRequests" bigint, "webFetchRequests" bigint, "serviceTier" text, "inferenceGeo" text, speed text,
      "occurredAt" text, sources json, context json, labels json)
    where d.version = '1' and d.type = 'UsageRolledUp' and d.outcome = 'response'
    offset 0
  ) d
  where e.line like '%"type":"UsageRolledUp"%'
  order by d.id, farthing.json_order(d.document) desc
) s
cross join lateral (
  select coalesce(sum(t."uncachedInput"), 0)::bigint as uncached_input,
    coalesce(sum(t."cacheWrite5m"), 0)::bigint as cache_write_5m,
    coalesce(sum(t."cacheWrite1h"), 0)::bigint as cache_write_1h, coalesce(sum(t."cacheRead"), 0)::bigint as cache_read,
    coalesce(sum(t.output), 0)::bigint as output_tokens
  from json_to_recordset(s.parts) as p(tokens json)
  cross join lateral json_to_record(p.tokens) as t("uncachedInput" bigint, "cacheWrite5m" bigint,
    "cacheWrite1h" bigint, "cacheRead" bigint, output bigint)
) t
cross join lateral json_to_record(s.context) as c(service text, project text, environment text)
cross join lateral (
  select array_agg(value order by ordinality) as sources
  from json_array_elements_text(s.sources) with ordinality
) l
where s.id not in (select corrected.id from corrected)`;

const RESPONSES = `
create or replace view farthing.response as
${responseQuery({ condition: NOT_PRUNED, columns: ", 1::bigint as requests", more: SUMS })};
comment on view farthing.response is 'Each response that counts, once: the snapshot that tells most, and what all sightings of it say of its time and context; and sums of those whose detail was pruned';
comment on column farthing.response.requests is '1 for a response; of a sum, whose type is UsageRolledUp, how many responses it stands for';
`;

export const PRUNE: string = `${TABLES}${RESPONSES}${ROLE}`;
