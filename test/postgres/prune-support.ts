import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { encodeEvent, openLedger, type LedgerEvent } from "@farthing/ledger";
import {
  connect,
  insertLines,
  parsePostgresUrl,
  pruneSharedLedger,
  rollUpSpend,
  type PruneSharedOptions,
  type SharedPruneResult,
} from "@farthing/ledger/postgres";
import pg from "pg";
import { figuresOf } from "../retention/support.ts";
import { aRequestCompleted, aUsage, NO_CONTEXT } from "../support/builders.ts";
import type { PostgresLedger } from "../support/postgres-ledger.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Until when most prunes of these tests go. */
export const T = "2026-11-01T00:00:00.000Z";

/** Of which everything is kept by a prune that asks for it. */
export function aCall(id: string, day: string = "2026-10-01", output: number = 10): LedgerEvent {
  return aRequestCompleted({
    id,
    occurredAt: `${day}T10:00:00.000Z`,
    usage: aUsage({ output }),
    context: { ...NO_CONTEXT, service: "search" },
  });
}

export function newCopy(): string {
  return join(temporaryFolder(), "copy");
}

const TOKENS = [
  "uncached_input",
  "cache_write_5m",
  "cache_write_1h",
  "cache_read",
  "output_tokens",
  "thinking_tokens",
  "web_searches",
];
const GROUPS = "(occurred_at at time zone 'UTC')::date::text, served_model, workload, project, source, billed_to";
const RESPONSES = `select ${GROUPS}, sum(requests) as requests,
  ${TOKENS.map((name) => `coalesce(sum(${name}), 0)::text as ${name}`).join(", ")}
  from farthing.response group by ${GROUPS} order by ${GROUPS}`;
const TABLES = ["event", "prune", "pruned_id", "roll_up", "spend_delta", "outbox"];

/** A ledger in a database, which a prune must leave as it is. */
export class PrunedDatabase {
  readonly ledger: PostgresLedger;

  constructor(ledger: PostgresLedger) {
    this.ledger = ledger;
  }

  async empty(): Promise<void> {
    await this.ledger.sql(`truncate ${TABLES.map((name) => `farthing.${name}`).join(", ")}`);
  }

  /** Records as hosts do, who do not know what is there. */
  async send(...all: readonly LedgerEvent[]): Promise<void> {
    const database = await connect(parsePostgresUrl(this.ledger.url), { connections: 1 });
    const lines = all.map((event) => ({ id: event.id, occurredAt: event.occurredAt, json: encodeEvent(event) }));
    await insertLines(database, lines);
    await database.end();
  }

  async prune(
    before: string = T,
    {
      replica = newCopy(),
      loadPg,
      url = this.ledger.url,
      ...options
    }: Partial<PruneSharedOptions> & { replica?: string; url?: string; loadPg?: () => Promise<unknown> } = {},
  ): Promise<SharedPruneResult> {
    const shared = { url, replica, ...(loadPg === undefined ? {} : { loadPg }) };
    return pruneSharedLedger(shared, { cache: temporaryFolder(), before: Date.parse(before), ...options });
  }

  /** What a copy says, which is brought up to date. */
  async inCopy(replica: string = newCopy()): Promise<object> {
    await using read = await openLedger({ url: this.ledger.url, replica }, { mode: "read" });
    const figures = figuresOf(await read.account());
    return { ...figures, damage: read.damage() };
  }

  /** What the database says itself, once it was rolled up. */
  async inDatabase(replica: string = newCopy()): Promise<object> {
    await rollUpSpend({ url: this.ledger.url, replica }, { cache: temporaryFolder(), farthing: "0.1.0" });
    return {
      responses: await this.ledger.sql(RESPONSES),
      spend: await this.ledger.sql("select * from farthing.spend order by day, model, workload"),
    };
  }

  /** Everything that a prune could change. */
  async rows(): Promise<unknown> {
    const all = [];
    for (const name of TABLES) all.push(await this.ledger.sql(`select * from farthing.${name} order by 1, 2, 3`));
    return all;
  }
}

/** The files of a copy that are the same in all copies. */
export function filesOf(replica: string): unknown {
  return [logOf(replica), contentsOf(join(replica, "pruned"))];
}

export function logOf(replica: string): unknown {
  return contentsOf(join(replica, "segments"));
}

function contentsOf(folder: string): unknown {
  return readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]);
}

/** PostgreSQL's client, with something done before each statement of a transaction; where it throws, the connection breaks. */
export function pgWith(before: (statement: string) => Promise<void> | void): () => Promise<unknown> {
  const connectTo: unknown = Reflect.get(pg.Pool.prototype, "connect");
  class Pool extends pg.Pool {
    override connect(...args: readonly unknown[]): never {
      const connected: Promise<pg.PoolClient> = Reflect.apply(connectTo as () => Promise<pg.PoolClient>, this, args);
      // Statements of their own give a callback.
      if (args.length > 0) return connected as never;
      return connected.then((client) => watched(client, before)) as never;
    }
  }
  return async () => ({ Pool });
}

function watched(client: pg.PoolClient, before: (statement: string) => Promise<void> | void): unknown {
  const { query } = client as unknown as { query: (...args: readonly unknown[]) => Promise<unknown> };
  const watch = async (statement: { readonly text: string }): Promise<unknown> => {
    try {
      await before(statement.text);
    } catch (error) {
      (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
      throw error;
    }
    return query.call(client, statement);
  };
  return new Proxy(client, {
    get: (target, name) => {
      if (name === "query") return watch;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** As `pgWith`, and with something done before each statement of its own. */
export function pgWithAll(
  before: (statement: string) => Promise<void> | void,
  alone: (statement: string) => Promise<void> | void,
): () => Promise<unknown> {
  return async () => {
    const { Pool } = (await pgWith(before)()) as { Pool: typeof pg.Pool };
    class Watched extends Pool {
      override query(...args: readonly unknown[]): never {
        const query = async (): Promise<unknown> => {
          await alone((args[0] as { readonly text: string }).text);
          return super.query(...(args as Parameters<pg.Pool["query"]>)) as unknown;
        };
        return query() as never;
      }
    }
    return { Pool: Watched };
  };
}
