import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LONG_PROMPT_TOKENS, TTL_MS, type Answer } from "./answer.ts";

/** The part of @duckdb/node-api that is used. */
export interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options?: Readonly<Record<string, string>>,
    ): Promise<{
      connect(): Promise<DuckDbConnection>;
      closeSync(): void;
    }>;
  };
}

interface DuckDbConnection {
  runAndReadAll(sql: string): Promise<{ getRowsJS(): readonly (readonly unknown[])[] }>;
  closeSync(): void;
}

/**
 * Its own table over the same log, loaded once: one column for each field that is asked about, and the identifiers.
 *
 * The log's duplicates are in it, which spares it the merging that a ledger does.
 */
export async function loadDuckDb({ DuckDBInstance }: DuckDb, ledger: string, database: string): Promise<void> {
  if (existsSync(database)) return;
  const making = `${database}.making`;
  rmSync(making, { force: true });
  const instance = await DuckDBInstance.create(making);
  const connection = await instance.connect();
  await connection.runAndReadAll(`
    CREATE TABLE requests AS
    SELECT event.id AS id, event.occurredAt::TIMESTAMP AS occurred_at, event.timing.startedAt::TIMESTAMP AS started_at,
      event.type AS type, event.billedTo AS billed_to, event.stopReason AS stop_reason, event.servedModel AS model,
      coalesce(event.labels.workload, event.context.service) AS workload, event.labels.tenant AS tenant,
      event.context.service AS service, event.context.session AS session, event.context.host AS host,
      event.context.release AS release, event.ids.message AS message, event.ids.request AS request,
      event.ids.previousMessage AS previous_message, event.usage.serviceTier AS tier, event.usage.speed AS speed,
      event.usage.inferenceGeo AS geography, event.usage.parts[1].tokens.uncachedInput AS uncached_input,
      event.usage.parts[1].tokens.cacheWrite5m AS cache_write_5m, event.usage.parts[1].tokens.cacheWrite1h AS cache_write_1h,
      event.usage.parts[1].tokens.cacheRead AS cache_read, event.usage.parts[1].tokens.output AS output
    FROM read_ndjson('${join(ledger, "segments", "*.ndjson")}', columns = { event: 'STRUCT(
      id VARCHAR, occurredAt VARCHAR, type VARCHAR, billedTo VARCHAR, stopReason VARCHAR, servedModel VARCHAR,
      timing STRUCT(startedAt VARCHAR), labels STRUCT(workload VARCHAR, tenant VARCHAR),
      context STRUCT(service VARCHAR, session VARCHAR, host VARCHAR, release VARCHAR),
      ids STRUCT(message VARCHAR, request VARCHAR, previousMessage VARCHAR),
      usage STRUCT(serviceTier VARCHAR, speed VARCHAR, inferenceGeo VARCHAR, parts STRUCT(tokens STRUCT(
        uncachedInput INTEGER, cacheWrite5m INTEGER, cacheWrite1h INTEGER, cacheRead INTEGER, output INTEGER))[]))' })`);
  connection.closeSync();
  instance.closeSync();
  renameSync(making, database);
}

/** The rollup, and the simulation as a window over the requests of each series. */
export async function fromDuckDb(
  { DuckDBInstance }: DuckDb,
  database: string,
  threads: number,
  withHits: boolean,
): Promise<Answer> {
  const instance = await DuckDBInstance.create(database, { threads: String(threads), access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const counted = "type = 'RequestCompleted' AND billed_to = 'self'";
  const groups = await connection.runAndReadAll(`
    SELECT count(*), sum(requests), sum(a + b + c + d + e) FROM (
      SELECT date_trunc('hour', occurred_at) AS hour, workload, model, tier, speed, geography,
        uncached_input + cache_write_5m + cache_write_1h + cache_read > ${String(LONG_PROMPT_TOKENS)} AS long,
        count(*) AS requests, sum(uncached_input) AS a, sum(cache_write_5m) AS b, sum(cache_write_1h) AS c,
        sum(cache_read) AS d, sum(output) AS e
      FROM requests WHERE ${counted} GROUP BY ALL)`);
  const hits = withHits
    ? await connection.runAndReadAll(`
        SELECT count(*) FROM (
          SELECT started_at - lag(started_at) OVER (PARTITION BY coalesce(session, workload || ' ' || model) ORDER BY started_at) AS gap
          FROM requests WHERE ${counted})
        WHERE gap < INTERVAL ${String(TTL_MS)} MILLISECONDS`)
    : null;
  const [row = []] = groups.getRowsJS();
  const answer = {
    groups: Number(row[0]),
    requests: Number(row[1]),
    tokens: Number(row[2]),
    hits: hits === null ? null : Number(hits.getRowsJS()[0]?.[0]),
  };
  connection.closeSync();
  instance.closeSync();
  return answer;
}
