import { createReadStream, readdirSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { installRivals } from "../rivals.ts";
import type { Answer, Measured } from "./answer.ts";
import { fromDuckDb, loadDuckDb, type DuckDb } from "./from-duckdb.ts";
import { fromNdjson } from "./from-ndjson.ts";
import { fromView } from "./from-view.ts";

// One way of replaying, in a process of its own, so that its memory is its own: `program.js <way> <ledger> <database>`.
const [, , way = "", ledger = "", database = ""] = process.argv;

const WAYS: Readonly<Record<string, () => Promise<Answer | null>>> = {
  columns: async () => fromView(ledger, "build", false),
  "columns+sim": async () => fromView(ledger, "build", true),
  log: async () => fromView(ledger, "ignore", false),
  ndjson: async () => Promise.resolve(fromNdjson(ledger, false)),
  "ndjson+sim": async () => Promise.resolve(fromNdjson(ledger, true)),
  "duckdb-load": async () => {
    await loadDuckDb(await duckDb(), ledger, database);
    return null;
  },
  "duckdb-1": async () => fromDuckDb(await duckDb(), database, 1, false),
  "duckdb-1+sim": async () => fromDuckDb(await duckDb(), database, 1, true),
  "duckdb-2": async () => fromDuckDb(await duckDb(), database, 2, false),
  "duckdb-2+sim": async () => fromDuckDb(await duckDb(), database, 2, true),
  hash: async () => {
    await hashBytes(join(ledger, "segments"));
    return null;
  },
};

const replay = WAYS[way];
if (replay === undefined) throw new Error(`there is no way "${way}" to replay`);
const startedAt = performance.now();
const answer = await replay();
const measured: Measured = {
  seconds: (performance.now() - startedAt) / 1000,
  peakMB: process.resourceUsage().maxRSS / 1024,
  answer,
};
console.log(JSON.stringify(measured));

async function duckDb(): Promise<DuckDb> {
  const loaded = await installRivals((line) => {
    console.error(line);
  }).load<DuckDb>("@duckdb/node-api");
  if (loaded === null) throw new Error("DuckDB is not installed");
  return loaded;
}

/** The floor of every check of a chain of SHA-256: the same bytes, hashed as one. */
async function hashBytes(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(join(folder, name), { highWaterMark: 1_048_576 })) {
      hash.update(chunk as Buffer);
    }
    hash.digest("hex");
  }
}
