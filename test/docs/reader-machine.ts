import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { openLoopbackApi } from "../support/loopback-api.ts";
import { REPOSITORY } from "../support/repository.ts";
import { apiOfReaders } from "./api-of-readers.ts";
import type { DatabaseOfReaders } from "./database-of-readers.ts";
import { runInClickHouse } from "./clickhouse-of-readers.ts";
import { runInDuckDb } from "./duckdb-of-readers.ts";
import { folderFor } from "./examples.ts";
import { compiledExample } from "./run-example.ts";

/** The machine of a reader who follows a document from its top, in the folder /home/ada/shop. */
export interface ReaderMachine {
  /** Runs a command line and returns what a terminal would show. */
  run(command: string): Promise<Outcome>;
  /** Compiles a program of TypeScript and runs it; returns the same. */
  runProgram(source: string): Promise<Outcome>;
  /** Runs statements in one of these programs; returns the rows. */
  query(statements: string, program: "duckdb" | "clickhouse"): Promise<Outcome>;
  remove(): Promise<void>;
}

/** What became of a command. */
export interface Outcome {
  readonly exitCode: number;
  readonly shown: string;
}

/**
 * A fresh machine: Claude Code has been used in the shop, `usage.ndjson` holds calls of a service and `samples.ndjson`
 * requests of it, and for the API stands a server on this machine. It reaches the database, where there is one, as the
 * document names it.
 */
export async function newReaderMachine(database: DatabaseOfReaders | null = null): Promise<ReaderMachine> {
  const api = await openLoopbackApi(apiOfReaders());
  const root = realpathSync(mkdtempSync(join(tmpdir(), "farthing-docs-")));
  const home = join(root, "home/ada");
  const shop = join(home, "shop");
  const programs = join(root, "bin");
  const fixture = join(REPOSITORY, "test/docs/fixture");
  mkdirSync(shop, { recursive: true });
  mkdirSync(programs);
  cpSync(join(fixture, "projects"), join(home, ".claude/projects"), { recursive: true });
  cpSync(join(fixture, "shop"), shop, { recursive: true });
  const farthing = join(REPOSITORY, "packages/advisor/bin/farthing.js");
  writeFileSync(join(programs, "farthing"), `#!/bin/sh\nexec "${process.execPath}" "${farthing}" "$@"\n`);
  chmodSync(join(programs, "farthing"), 0o755);
  const env = {
    HOME: home,
    PATH: [programs, database?.programs, process.env["PATH"]].filter(Boolean).join(delimiter),
    TZ: "UTC",
    LANG: "C.UTF-8",
    NO_COLOR: "1",
    ANTHROPIC_API_KEY: "sk-ant-test",
    ANTHROPIC_BASE_URL: api.url,
    ...database?.env,
  };
  const reaching = (text: string): string => database?.reaching(text) ?? text;
  const run = async (command: string): Promise<Outcome> => {
    const { exitCode, printed } = await runInShell(`{ ${reaching(command)}\n} 2>&1`, { cwd: shop, env });
    const shown = printed.replaceAll(root, "");
    return { exitCode, shown: database?.asShown(shown) ?? shown };
  };
  return {
    run,
    async runProgram(source) {
      mkdirSync(folderFor([]), { recursive: true });
      const folder = mkdtempSync(join(folderFor([]), "program-"));
      try {
        writeFileSync(join(folder, "source.ts"), `${reaching(source)}\nexport {};\n`);
        return await run(`"${process.execPath}" "${await compiledExample(folder, false)}"`);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    query: async (statements, program) => ({
      exitCode: 0,
      shown: program === "duckdb" ? await runInDuckDb(statements, shop) : runInClickHouse(statements, shop),
    }),
    async remove() {
      await api[Symbol.asyncDispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Runs a command line to its end without a terminal, while this process answers it as the API. */
async function runInShell(
  command: string,
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<{ readonly exitCode: number; readonly printed: string }> {
  const shell = spawn("sh", ["-c", command], { ...options, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number>((resolve, reject) => {
    shell.on("error", reject).on("close", (code) => {
      resolve(code ?? 128);
    });
  });
  const chunks: Buffer[] = [];
  for await (const chunk of shell.stdout) chunks.push(Buffer.from(chunk as Uint8Array));
  return { exitCode: await ended, printed: Buffer.concat(chunks).toString("utf8") };
}
