/**
 * `farthing.response`: one row for each response that counts, merged from all lines that tell of it as `merge` merges
 * events, for whoever asks the database itself.
 *
 * Lines are taken apart by what PostgreSQL has for `json`, which refuses a whole line for one character that its texts
 * cannot hold. `masked` writes these, U+0000 and lone surrogates, as U+FFFD and four hexadecimal digits, and can be
 * undone, so that texts are ordered by what they were. That order is the one of UTF-16 code units, as everywhere else:
 * by bytes of UTF-8, the characters from U+E000 to U+FFFF would come before those behind U+FFFF rather than after them.
 */

/** Of the context: the column, and the field. */
const CONTEXT = [
  ["service", "service"],
  ["project", "project"],
  ["session", "session"],
  ["agent", "agent"],
  ["environment", "environment"],
  ["call_site", "callSite"],
] as const;

const FUNCTIONS = String.raw`
create function farthing.masked(line text) returns text
  language sql immutable parallel safe
  return case when strpos(line, '\u') = 0 then line else
    regexp_replace(replace(line, '\\', '\u005c'), '\\u(0000|d[89a-f][0-9a-f]{2})', '\\ufffd\1', 'g') end;
comment on function farthing.masked(text) is 'A line without what texts cannot hold: U+0000 and lone surrogates are U+FFFD and four digits';

create function farthing.json_order(part json) returns bytea
  language sql stable parallel safe
  return convert_to(regexp_replace(regexp_replace(
    case when strpos(part::text, '\u') = 0 then part::text
      else replace(replace(part::text, '\ufffd', '\u'), '\u005c', '\\') end,
    '\U0010FFFF', chr(1114111) || 'a', 'g'), '[\uE000-\uFFFF]', chr(1114111) || '\&', 'g'), 'UTF8');
comment on function farthing.json_order(json) is 'Orders parts of masked lines as their JSON is ordered by UTF-16 code units';

create function farthing.text_order(part json) returns bytea
  language sql stable parallel safe
  return (select decode(coalesce(string_agg(case
      when unit like '\\ufffd%' then substr(unit, 7)
      when unit like '\\u%' then substr(unit, 3)
      when unit like '\\%' then lpad(to_hex(ascii(translate(substr(unit, 2), 'bfnrt', E'\b\f\n\r\t'))), 4, '0')
      when ascii(unit) > 65535 then
        to_hex(55296 + ((ascii(unit) - 65536) >> 10)) || to_hex(56320 + ((ascii(unit) - 65536) & 1023))
      else lpad(to_hex(ascii(unit)), 4, '0') end, '' order by place), ''), 'hex')
    from (
      select found[1] as unit, place
      from regexp_matches(substr(part::text, 2, length(part::text) - 2),
        '(\\ufffd[0-9a-f]{4}|\\u[0-9a-f]{4}|\\.|.)', 'g') with ordinality as matches(found, place)
    ) units);
comment on function farthing.text_order(json) is 'Orders texts of masked lines by UTF-16 code units';
`;

/** What a line says of a response; nothing where it says nothing of one. Nothing is computed of lines of other types. */
const TAKEN_APART = `
  cross join lateral (
    select d.*, farthing.masked(e.line)::json as document
    from json_to_record(farthing.masked(e.line)::json) as d(id text, type text, version text, finality text,
      output text, "occurredAt" text, sources json, "requestedModel" text, "servedModel" text, usage json,
      "stopReason" text, "billedTo" text, timing json, context json, labels json)
    where d.version = '1' and d.type in ('RequestCompleted', 'RequestInterrupted')
    offset 0
  ) d
  cross join lateral json_to_record(d.usage) as u(parts json, "thinkingTokens" bigint, "webSearchRequests" bigint,
    "webFetchRequests" bigint, "serviceTier" text, "inferenceGeo" text, speed text)
  cross join lateral (
    select sum(t."uncachedInput")::bigint as uncached_input, sum(t."cacheWrite5m")::bigint as cache_write_5m,
      sum(t."cacheWrite1h")::bigint as cache_write_1h, sum(t."cacheRead")::bigint as cache_read,
      sum(t.output)::bigint as output_tokens
    from json_to_recordset(u.parts) as p(tokens json)
    cross join lateral json_to_record(p.tokens) as t("uncachedInput" bigint, "cacheWrite5m" bigint,
      "cacheWrite1h" bigint, "cacheRead" bigint, output bigint)
  ) t
  cross join lateral json_to_record(d.context) as c(${CONTEXT.map(([, field]) => `"${field}" text`).join(", ")})`;

/** What a snapshot says, which is taken whole from the one that counts. */
const SNAPSHOT = `d.id, d.type, d."servedModel" as served_model, d.finality, d.output, d."stopReason" as stop_reason,
    d."billedTo" as billed_to, t.uncached_input, t.cache_write_5m, t.cache_write_1h, t.cache_read, t.output_tokens,
    u."thinkingTokens" as thinking_tokens, u."webSearchRequests" as web_searches, u."webFetchRequests" as web_fetches,
    u."serviceTier" as service_tier, u."inferenceGeo" as inference_geo, u.speed, e.digest as snapshot`;

/** A time as text; the year 0 is the first one before Christ. */
export function time(text: string): string {
  return `(case when ${text} < '0001' then '0001' || substr(${text}, 5) || ' BC' else ${text} end)::timestamptz`;
}

const EVIDENCE = `d."requestedModel" as requested_model, ${time(`d."occurredAt"`)} as occurred_at,
    ${time(`(d.timing ->> 'startedAt')`)} as started_at, d.labels ->> 'workload' as label,
    ${CONTEXT.map(([column, field]) => `c."${field}" as ${column}`).join(", ")}`;

const COLUMNS = `id, type, served_model, requested_model, finality, output, stop_reason, billed_to, uncached_input,
  cache_write_5m, cache_write_1h, cache_read, output_tokens, thinking_tokens, web_searches, web_fetches, service_tier,
  inference_geo, speed, occurred_at, started_at,
  coalesce(label, service, case when 'claude-code' = any(sources) then project end) as workload,
  ${CONTEXT.map(([column]) => column).join(", ")}, coalesce(array_to_string(sources, '+'), '') as source, sightings, snapshot`;

const SOURCES = `(select array_agg(value order by ordinality)
      from json_array_elements_text(d.sources) with ordinality)`;

/** Of lines of one id, what is greatest by its JSON, as `joinFields` has it. */
function greatest(column: string, part: string, first: string = ""): string {
  const order = `${column} is null, ${first}farthing.json_order(${part}) desc`;
  return `first_value(${column}) over (partition by id_text order by ${order}) as united_${column}`;
}

const UNITED_SOURCES = `(select array_agg(source::json #>> '{}' order by farthing.text_order(source::json)) from (
      select distinct one::text as source
      from json_array_elements(r.all_sources) as list cross join lateral json_array_elements(list) as one
    ) each_once)`;

const TOKEN = "label ~ '^~[0-9a-f]{8}[.][A-Za-z0-9_-]{22}$'";

/**
 * Ids that were taken back, as `correctionsInForce` has them: the latest correction decides first. What `merge` leaves out to find
 * the greater of two, their sources, comes behind all that matters here.
 */
const CORRECTED = `
correction_line as (
  select d.id, d.corrects, d."occurredAt" as occurred_at, d.document -> 'id' as id_part, e.id_hash, d.document
  from farthing.event e
  cross join lateral (
    select d.*, farthing.masked(e.line)::json as document
    from json_to_record(farthing.masked(e.line)::json) as d(id text, type text, version text, corrects text, "occurredAt" text)
    where d.version = '1' and d.type = 'UsageCorrected'
    offset 0
  ) d
  where e.line like '%"type":"UsageCorrected"%'
),
correction as (
  select distinct on (l.id) l.id, l.corrects, l.occurred_at, l.id_part
  from correction_line l
  where not exists (
    select from farthing.event o
    cross join lateral json_to_record(farthing.masked(o.line)::json) as d(id text, type text, version text)
    where o.id_hash = l.id_hash and d.id = l.id and d.version = '1'
      and d.type in ('RequestCompleted', 'RequestInterrupted', 'UsageRolledUp')
  )
  order by l.id, farthing.json_order(l.document) desc
),
contested as (
  select id, corrects, row_number() over (
    order by occurred_at collate "C" desc, farthing.text_order(id_part) desc) as turn
  from correction
  where id in (select corrects from correction) or corrects in (select id from correction)
),
decided (turn, in_force) as (
  select 0::bigint, array[]::text[]
  union all
  select c.turn, case when c.id = any(d.in_force) then d.in_force else d.in_force || c.corrects end
  from decided d join contested c on c.turn = d.turn + 1
),
corrected as (
  select corrects as id from correction where id not in (select id from contested)
  union
  select unnest(in_force) from (select in_force from decided order by turn desc limit 1) last
)`;

/** What a later version of the view has more: conditions on the lines that tell of responses, and other rows. */
interface ResponseQuery {
  readonly condition?: string;
  /** Of columns that the others have at their end. */
  readonly columns?: string;
  readonly more?: string;
}

/** The query of `farthing.response`. */
export function responseQuery({ condition = "", columns = "", more = "" }: ResponseQuery = {}): string {
  return `with recursive ${CORRECTED},
several as (select id_hash from farthing.event group by id_hash having count(*) > 1),
sighting as (
  select ${SNAPSHOT}, ${EVIDENCE}, d.document, d.context, d.labels, d.sources, d.usage,
    (d.document -> 'id')::text as id_text
  from farthing.event e ${TAKEN_APART}
  where e.line like '%"type":"Request%' and e.id_hash in (select id_hash from several)${condition}
),
ranked as (
  select *, row_number() over (partition by id_text order by
    case finality when 'complete' then case output when 'final' then 3 else 2 end when 'interrupted' then 1 else 0 end desc,
    output_tokens desc,
    farthing.text_order(document -> 'servedModel') desc,
    web_searches desc,
    num_nonnulls(nullif(service_tier, ''), nullif(inference_geo, ''), nullif(speed, ''), thinking_tokens) desc,
    farthing.json_order(usage) desc,
    farthing.json_order(('[' || concat_ws(',', document -> 'type', document -> 'output', document -> 'billedTo',
      document -> 'stopReason') || ']')::json) desc,
    snapshot) as place,
    count(*) over same as sightings, max(occurred_at) over same as latest, min(started_at) over same as earliest,
    json_agg(sources) over same as all_sources,
    ${greatest("requested_model", "document -> 'requestedModel'")},
    ${greatest("label", "labels -> 'workload'", `(${TOKEN}) desc, `)},
    ${CONTEXT.map(([column, field]) => greatest(column, `context -> '${field}'`)).join(",\n    ")}
  from sighting window same as (partition by id_text)
),
counted as (
  select ${SNAPSHOT}, ${EVIDENCE}, ${SOURCES} as sources, 1::bigint as sightings
  from farthing.event e ${TAKEN_APART}
  where e.line like '%"type":"Request%' and e.id_hash not in (select id_hash from several)${condition}
  union all
  select r.id, r.type, r.served_model, r.finality, r.output, r.stop_reason, r.billed_to, r.uncached_input,
    r.cache_write_5m, r.cache_write_1h, r.cache_read, r.output_tokens, r.thinking_tokens, r.web_searches, r.web_fetches,
    r.service_tier, r.inference_geo, r.speed, r.snapshot, r.united_requested_model, r.latest, r.earliest, r.united_label,
    ${CONTEXT.map(([column]) => `r.united_${column}`).join(", ")}, ${UNITED_SOURCES}, r.sightings
  from ranked r
  where r.place = 1
)
select ${COLUMNS}${columns}
from counted where id not in (select corrected.id from corrected)${more}`;
}

const VIEW = `
create view farthing.response as
${responseQuery()};

comment on view farthing.response is 'Each response that counts, once: the snapshot that tells most, and what all sightings of it say of its time and context';
comment on column farthing.response.id is 'U+0000 and lone surrogates, here and in every text, are U+FFFD and four hexadecimal digits';
comment on column farthing.response.occurred_at is 'When it was complete; the latest that any sighting says';
comment on column farthing.response.started_at is 'When the request was sent; the earliest that any sighting says';
comment on column farthing.response.output is 'lower-bound: at least so many tokens were generated';
comment on column farthing.response.workload is 'The label workload, else the service, else the project of a Claude Code session';
comment on column farthing.response.sightings is 'How many lines of farthing.event tell of it';
comment on column farthing.response.snapshot is 'farthing.event.digest of the line whose model and usage count';
`;

export const RESPONSES: string = `${FUNCTIONS}${VIEW}
grant select on farthing.response to farthing_reader;
`;
