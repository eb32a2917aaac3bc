import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeEvent, foldAccount, type LedgerEvent, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventLists } from "../support/arbitraries.ts";
import { aRequestCompleted, aUsage, aUsageCorrected, NO_CONTEXT } from "../support/builders.ts";
import { describeWithAnyPostgres } from "../support/describe-with-postgres.ts";
import { REPOSITORY } from "../support/repository.ts";
import { postgresLedger, shownText, type PostgresLedger } from "../support/postgres-ledger.ts";

describeWithAnyPostgres("farthing.response", (server) => {
  let ledger: PostgresLedger;
  beforeAll(async () => {
    ledger = await postgresLedger(server());
  });
  afterAll(() => ledger.close());

  it("has the responses of an account, whatever was recorded", async () => {
    // Many lists at once, each with ids of its own: a question costs more than the rows.
    const manyLists = fc.array(eventLists, { maxLength: 12 }).map((lists) => lists.flatMap(withIdsOfOwn));
    await fc.assert(
      fc.asyncProperty(manyLists, async (events) => {
        expect(await rowsOf(ledger, events)).toEqual(rowsOfAccount(events));
      }),
      { numRuns: 12 },
    );
  });

  it("has the snapshot that counts and what is known beside it, whatever texts decide", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(alikeSightings, { maxLength: 30 }), async (lists) => {
        const events = lists.flatMap(withIdsOfOwn);
        expect(await rowsOf(ledger, events)).toEqual(rowsOfAccount(events));
      }),
      { numRuns: 12 },
    );
  });

  it("has the columns that the reference says, with their types, in its order", async () => {
    const page = readFileSync(join(REPOSITORY, "docs/reference/response-columns.md"), "utf8");
    const told = [...page.matchAll(/^\| `(\w+)` \| ([a-z ]+) \| \S/gm)].map(([, name, type]) => ({ name, type }));
    const columns = `select attname::text as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = 'farthing.response'::regclass and attnum > 0 order by attnum`;
    expect(told).toEqual(await ledger.sql(columns));
  });

  it("orders texts, and their JSON, as everywhere else", async () => {
    const texts = [...HARD, "\u{10FFFF}\u{10000}", "\uE000\u{10000}", "\u0001", "ab", "\\a", "\0a"];
    // An order that is right for neighbours is right for all.
    const byText = neighbours(texts, (text) => text).map(([one, id]) => aRequestCompleted({ id, servedModel: one }));
    const byJson = neighbours(texts, JSON.stringify).map(([one, id]) =>
      aRequestCompleted({ id: `${id} of JSON`, usage: aUsage({}, { raw: one }), context: { service: one } }),
    );
    const events = [...byText, ...byJson];
    expect(await rowsOf(ledger, events)).toEqual(rowsOfAccount(events));
    const lines = await ledger.sql("select line from farthing.response join farthing.event on digest = snapshot");
    const counted = lines.map(({ line }) => decodeEvent(String(line)) as ResponseRecorded);
    const rawsById = (responses: readonly ResponseRecorded[]): ReadonlyMap<string, unknown> =>
      new Map(responses.map(({ id, usage }) => [id, usage.raw]));
    expect(rawsById(counted)).toEqual(rawsById(foldAccount(events).responses));
  });

  it("respects the corrections in force, whatever corrects what", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(corrections, { maxLength: 30 }), async (lists) => {
        const events = lists.flatMap(withIdsOfOwn);
        expect(await rowsOf(ledger, events)).toEqual(rowsOfAccount(events));
      }),
      { numRuns: 12 },
    );
  });

  it("names the line whose usage counts, and how many lines tell of it", async () => {
    const partial = aRequestCompleted({ usage: aUsage({ output: 10 }), occurredAt: "2026-10-01T00:00:00.000Z" });
    const whole = aRequestCompleted({ usage: aUsage({ output: 40 }), occurredAt: "2026-10-01T00:00:01.000Z" });
    await rowsOf(ledger, [whole, partial]);
    const rows = await ledger.sql(
      "select sightings, output_tokens, line::json ->> 'occurredAt' as at from farthing.response join farthing.event on digest = snapshot",
    );
    expect(rows).toEqual([{ sightings: "2", output_tokens: "40", at: "2026-10-01T00:00:01.000Z" }]);
  });

  it("has what a correction took back again once that is corrected itself, by a later one alone", async () => {
    const response = aRequestCompleted({ id: "msg:1" });
    const wrong = aUsageCorrected({ id: "c:1", corrects: "msg:1", occurredAt: "2026-10-02T00:00:00.000Z" });
    const later = aUsageCorrected({ id: "c:2", corrects: "c:1", occurredAt: "2026-10-03T00:00:00.000Z" });
    expect(await rowsOf(ledger, [response, wrong])).toEqual([]);
    expect(await rowsOf(ledger, [response, wrong, later])).toHaveLength(1);
    const earlier = { ...later, occurredAt: "2026-10-01T00:00:00.000Z" };
    expect(await rowsOf(ledger, [response, wrong, earlier])).toEqual([]);
  });

  it("has responses of the first year there is, and those of two ids that share a hash", async () => {
    const early = aRequestCompleted({ occurredAt: "0000-02-03T04:05:06.007Z" });
    expect(await rowsOf(ledger, [early])).toMatchObject([{ occurred_at: new Date("0000-02-03T04:05:06.007Z") }]);
    await rowsOf(ledger, [aRequestCompleted({ id: "msg:1" }), aRequestCompleted({ id: "msg:2" })]);
    await ledger.sql("update farthing.event set id_hash = 7");
    expect(await ledger.sql("select id, sightings from farthing.response order by id")).toEqual([
      { id: "msg:1", sightings: "1" },
      { id: "msg:2", sightings: "1" },
    ]);
  });

  it("can be selected by a reader, and not by a writer", async () => {
    const login = await server().newLogin();
    await ledger.sql(`grant farthing_reader to ${login.user}`);
    const asLogin = (): Promise<unknown> =>
      ledger.sql(`set role ${login.user}; select count(*) from farthing.response`);
    await asLogin();
    await ledger.sql(`reset role; revoke farthing_reader from ${login.user}; grant farthing_writer to ${login.user}`);
    await expect(asLogin()).rejects.toThrow(/permission denied/);
    await ledger.sql("reset role");
  });
});

/**
 * Each two texts that follow each other in an order by something, with an id for both. The first comes first: behind the
 * other one it would say nothing new, and not be kept.
 */
function neighbours(texts: readonly string[], by: (text: string) => string): (readonly [text: string, id: string])[] {
  const inOrder = texts.toSorted((a, b) => (by(a) < by(b) ? -1 : 1));
  return inOrder.slice(1).flatMap((text, index) => {
    const id = `msg:${String(index)}`;
    return [[inOrder[index] ?? "", id] as const, [text, id] as const];
  });
}

const FIELDS_OF_IDS = ["id", "corrects"] as const;

/** The events with their ids in a name space of their own. */
function withIdsOfOwn(events: readonly LedgerEvent[], list: number): LedgerEvent[] {
  return events.map((event) => {
    const own = FIELDS_OF_IDS.filter((field) => field in event).map((field) => [
      field,
      `${String(list)}/${String((event as Readonly<Record<string, unknown>>)[field])}`,
    ]);
    return { ...event, ...Object.fromEntries(own) } as LedgerEvent;
  });
}

/** What text can be hard to order: by UTF-16 code units, escaped or not, or because PostgreSQL cannot hold it. */
const HARD = [
  "a",
  "\0",
  "\n",
  '"',
  "\\",
  "\\u0000",
  "\\ufffd",
  "\u007F",
  "\uD7FF",
  "\uD800",
  "\uDFFF",
  "\uE000",
  "\uFFFD",
  "\uFFFF",
  "\u{10000}",
  "\u{10FFFF}",
];

const hardTexts = fc
  .array(fc.constantFrom(...HARD), { minLength: 1, maxLength: 3 })
  .map((characters) => characters.join(""));

const TOKENS = ["~1c291ca3.Vb6QIzYqJ2y1l0b8yX4s5w", "~1c291ca3.aa6QIzYqJ2y1l0b8yX4s5w"];

/** Sightings of responses, of one most of all, that differ in little, and in texts above all. */
const alikeSightings: fc.Arbitrary<LedgerEvent[]> = fc.array(
  fc
    .record({
      id: fc.oneof({ weight: 3, arbitrary: fc.constant("msg:1") }, { weight: 1, arbitrary: hardTexts }),
      servedModel: fc.oneof(fc.constant("m"), hardTexts),
      stopReason: fc.oneof(fc.constant(null), hardTexts),
      raw: fc.oneof(
        fc.constant(null),
        hardTexts,
        fc.dictionary(hardTexts, hardTexts, { maxKeys: 2, noNullPrototype: true }),
      ),
      speed: fc.oneof(fc.constantFrom(null, ""), hardTexts),
      service: fc.oneof(fc.constant(null), hardTexts),
      project: fc.oneof(fc.constant(null), hardTexts),
      workload: fc.oneof(fc.constantFrom(null, ...TOKENS), hardTexts),
      sources: fc.oneof(
        fc.constantFrom(["claude-code"], ["a", "claude-code"], []),
        hardTexts.map((source) => [source]),
      ),
      billedTo: fc.constantFrom("self" as const, "nobody" as const),
    })
    .map(({ raw, speed, service, project, workload, ...fields }) =>
      aRequestCompleted({
        ...fields,
        usage: aUsage({}, { raw, speed }),
        context: { ...NO_CONTEXT, service, project },
        labels: workload === null ? {} : { workload },
      }),
    ),
  { minLength: 1, maxLength: 4 },
);

const CORRECTED = ["msg:1", "msg:2"];
const CORRECTING = ["c", "c\0", "c\uE000", "c\u{10000}", "c\uD800"];

/** Two responses, and corrections of them and of each other, some of which have two sightings. */
const corrections: fc.Arbitrary<LedgerEvent[]> = fc
  .array(
    fc
      .record({
        id: fc.constantFrom(...CORRECTING),
        corrects: fc.constantFrom(...CORRECTED, ...CORRECTING),
        occurredAt: fc.constantFrom("2026-10-02T00:00:00.000Z", "2026-10-03T00:00:00.000Z"),
        reason: fc.oneof(fc.constant("a"), hardTexts),
        sources: fc.constantFrom(["a"], ["z"]),
      })
      .map((fields) => aUsageCorrected(fields)),
    { maxLength: 7 },
  )
  .map((events) => [...CORRECTED.map((id) => aRequestCompleted({ id })), ...events]);

async function rowsOf({ store, sql }: PostgresLedger, events: readonly LedgerEvent[]): Promise<unknown[]> {
  await sql("delete from farthing.event");
  await Promise.all(events.map((event) => store.append([event])));
  const rows = await sql("select * from farthing.response");
  return rows.map(({ snapshot: _snapshot, sightings: _sightings, ...row }) => row).sort(byId);
}

function rowsOfAccount(events: readonly LedgerEvent[]): unknown[] {
  return foldAccount(events).responses.map(rowOf).sort(byId);
}

function byId(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number {
  return String(a["id"]) < String(b["id"]) ? -1 : 1;
}

function rowOf(event: ResponseRecorded): Readonly<Record<string, unknown>> {
  const { usage, context, timing } = event;
  const shown = (text: string | null): string | null => (text === null ? null : shownText(text));
  const sum = (bucket: keyof (typeof usage.parts)[number]["tokens"]): string =>
    String(usage.parts.reduce((total, { tokens }) => total + tokens[bucket], 0));
  const project = event.sources.includes("claude-code") ? context.project : null;
  return {
    id: shownText(event.id),
    type: event.type,
    served_model: shown(event.servedModel),
    requested_model: shown(event.requestedModel),
    finality: event.finality,
    output: event.output,
    stop_reason: shown(event.stopReason),
    billed_to: event.billedTo,
    uncached_input: sum("uncachedInput"),
    cache_write_5m: sum("cacheWrite5m"),
    cache_write_1h: sum("cacheWrite1h"),
    cache_read: sum("cacheRead"),
    output_tokens: sum("output"),
    thinking_tokens: usage.thinkingTokens === null ? null : String(usage.thinkingTokens),
    web_searches: String(usage.webSearchRequests),
    web_fetches: String(usage.webFetchRequests),
    service_tier: shown(usage.serviceTier),
    inference_geo: shown(usage.inferenceGeo),
    speed: shown(usage.speed),
    occurred_at: new Date(event.occurredAt),
    started_at: timing.startedAt === null ? null : new Date(timing.startedAt),
    workload: shown(event.labels["workload"] ?? context.service ?? project),
    service: shown(context.service),
    project: shown(context.project),
    session: shown(context.session),
    agent: shown(context.agent),
    environment: shown(context.environment),
    call_site: shown(context.callSite),
    source: shown(event.sources.join("+")),
    requests: "1",
  };
}
