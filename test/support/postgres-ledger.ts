import { randomUUID } from "node:crypto";
import pg from "pg";
import { connect, migrate, parsePostgresUrl, PostgresEventStore } from "@farthing/ledger/postgres";
import type { AnyPostgres } from "./describe-with-postgres.ts";

/** An empty ledger in a database. */
export interface PostgresLedger {
  /** For the superuser, who owns it. */
  readonly url: string;
  readonly store: PostgresEventStore;
  /** Runs statements as the superuser, and returns the rows of the last one. */
  readonly sql: (statement: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;
  readonly close: () => Promise<void>;
}

/** Without partitions by month, with which it takes longer to plan a question than to answer it. */
export async function postgresLedger(server: AnyPostgres): Promise<PostgresLedger> {
  const url = await server.newDatabase();
  const database = await connect(parsePostgresUrl(url));
  await migrate(database, { newUuid: randomUUID, now: () => 0 });
  const client = new pg.Client(url);
  await client.connect();
  await client.query(DROP_PARTITIONS);
  const store = new PostgresEventStore(database);
  return {
    url,
    store,
    sql: async (statement) => (await client.query<Record<string, unknown>>(statement)).rows,
    close: async () => {
      await client.end();
      await store.close();
    },
  };
}

const DROP_PARTITIONS = `do $$
declare
  name text;
begin
  for name in select relname from pg_class where relnamespace = 'farthing'::regnamespace and relname ~ '^event_[0-9]+$' loop
    execute format('drop table farthing.%I', name);
  end loop;
end $$`;

/** How a text looks in PostgreSQL, which cannot hold all of them. */
export function shownText(text: string): string {
  return text.replaceAll(/\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, (unit) => {
    return `\uFFFD${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
