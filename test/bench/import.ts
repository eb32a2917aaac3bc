import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BenchContext, Benchmark } from "./benchmark.ts";
import { FARTHING } from "./farthing.ts";
import { apiId, uuid } from "./ledger/names.ts";
import { Random } from "./ledger/random.ts";
import { inTurns, runProcess, type ProcessRun } from "./measure.ts";
import { figure, size, table, times } from "./show.ts";

/** ccusage 18 holds 10 GB at a million records, so it is asked for fewer. */
const RECORDS = { few: 100_000, many: 1_000_000 } as const;
const RECORDS_PER_FILE = 1_000;

/** Import of Claude Code transcripts: farthing keeps them exactly, ccusage adds them up. */
export const importBenchmark: Benchmark = {
  name: "import",
  title: "Import of Claude Code transcripts",
  async run(context) {
    const few = transcripts(context, RECORDS.few);
    const script = context.rivals.file("ccusage-18", "dist/index.js");
    const native = nativeCcusage(context);
    const peaks = new Map<string, number>();
    const measure = (name: string, run: () => Promise<ProcessRun>) => async () => {
      const { seconds, peakMB } = await run();
      peaks.set(name, Math.max(peaks.get(name) ?? 0, peakMB ?? NaN));
      return seconds;
    };
    const rows = [["", "records", "s", "records/s", "peak MB", "to farthing"]];
    const show = (name: string, records: number, taken: number, farthing: number): void => {
      const peak = figure(peaks.get(`${name} ${String(records)}`) ?? NaN);
      rows.push([name, size(records), figure(taken), figure(records / taken), peak, times(taken, farthing)]);
    };
    const compare = async (records: number, folder: string, rounds: number, withScript: boolean) => {
      const key = (name: string): string => `${name} ${String(records)}`;
      const taken = await inTurns(rounds, {
        farthing: measure(key("farthing"), () => farthingImport(context, folder, "first")),
        again: measure(key("farthing again"), () => farthingImport(context, folder, "second")),
        native: native === null ? () => NaN : measure(key("ccusage 20, native"), () => ccusage(native, [], folder)),
        script:
          script === null || !withScript
            ? () => NaN
            : measure(key("ccusage 18"), () => ccusage(process.execPath, [script], folder)),
      });
      show("farthing", records, taken.farthing, taken.farthing);
      show("farthing again", records, taken.again, taken.farthing);
      show("ccusage 20, native", records, taken.native, taken.farthing);
      if (withScript) show("ccusage 18", records, taken.script, taken.farthing);
      return taken;
    };
    const small = await compare(RECORDS.few, few, Math.min(3, context.rounds), true);
    const large = await compare(RECORDS.many, transcripts(context, RECORDS.many), Math.min(2, context.rounds), false);
    for (const line of table(rows)) context.print(line);
    report(
      context,
      small,
      large,
      (peaks.get("farthing 1000000") ?? NaN) / (peaks.get("ccusage 20, native 1000000") ?? NaN),
    );
  },
};

function report(
  context: BenchContext,
  small: Readonly<Record<"farthing" | "script", number>>,
  large: Readonly<Record<"farthing" | "again" | "native", number>>,
  memory: number,
): void {
  const found = (row: string, goal: string, value: number, holds: boolean): void => {
    context.found({ row, goal, figure: `${figure(value)}x`, holds: Number.isNaN(value) ? null : holds });
  };
  const faster = small.script / small.farthing;
  found("15", "import at least 15x as fast as ccusage 18 (100k)", faster, faster >= 15);
  const share = large.farthing / large.native;
  found("15", "import at most 1.0x the time of native ccusage 20 (1M)", share, share <= 1);
  found("15", "memory at most 0.35x of native ccusage 20 (1M)", memory, memory <= 0.35);
  const again = large.again / large.farthing;
  found("16", "a second import at most 0.05x of the first (1M)", again, again <= 0.05);
}

/** The first import makes a ledger; the second one finds it. */
async function farthingImport(context: BenchContext, folder: string, which: "first" | "second"): Promise<ProcessRun> {
  const ledger = join(context.folder, "imported");
  if (which === "first") rmSync(ledger, { recursive: true, force: true });
  const run = await runProcess(process.execPath, [FARTHING, "import", "claude-code", folder, "--ledger", ledger]);
  if (which === "second") rmSync(ledger, { recursive: true, force: true });
  return run;
}

async function ccusage(command: string, args: readonly string[], folder: string): Promise<ProcessRun> {
  const env = { ...process.env, CLAUDE_CONFIG_DIR: join(folder, "..") };
  return runProcess(command, [...args, "daily", "--offline", "--json"], { env });
}

/** The program itself, without the script that starts it. */
function nativeCcusage(context: BenchContext): string | null {
  const cli = context.rivals.file("ccusage-20", "src/cli.js");
  if (cli === null) return null;
  try {
    const program = `@ccusage/ccusage-${process.platform}-${process.arch}/package.json`;
    const found = join(createRequire(realpathSync(cli)).resolve(program), "..", "bin", "ccusage");
    // As its own start script does: packages arrive without the right to be run.
    chmodSync(found, 0o755);
    return found;
  } catch (error) {
    context.print(`skipped: ccusage 20, native: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** A folder of transcripts with so many responses, kept from the last time or made now. */
function transcripts(context: BenchContext, records: number): string {
  const root = join(context.folder, `transcripts-v1-${String(context.seed)}-${String(records)}`);
  const folder = join(root, "projects");
  if (existsSync(root)) return folder;
  context.print(`making transcripts of ${size(records)} records in ${root}`);
  const made = mkdtempSync(join(context.folder, "transcripts-"));
  for (let file = 0; file * RECORDS_PER_FILE < records; file += 1) {
    const project = join(made, "projects", `-home-dev-project-${String(file % 20)}`);
    mkdirSync(project, { recursive: true });
    const random = new Random(context.seed, 7_000, file);
    const session = uuid(random);
    writeFileSync(join(project, `${session}.jsonl`), transcript(random, session, file));
  }
  renameSync(made, root);
  return folder;
}

function transcript(random: Random, session: string, file: number): string {
  let text = "";
  let at = Date.UTC(2026, 8, 1) + file * 60_000;
  for (let record = 0; record < RECORDS_PER_FILE; record += 1) {
    at += 2_000 + random.wait(8_000);
    const usage = {
      input_tokens: random.between(3, 40),
      cache_creation_input_tokens: random.between(100, 4_000),
      cache_read_input_tokens: random.between(10_000, 90_000),
      output_tokens: random.between(20, 900),
    };
    const message = {
      id: apiId("msg_01", random),
      model: "claude-opus-4-6",
      role: "assistant",
      type: "message",
      usage,
    };
    const line = {
      type: "assistant",
      sessionId: session,
      requestId: apiId("req_011", random),
      uuid: uuid(random),
      timestamp: new Date(at).toISOString(),
      cwd: "/home/dev/project",
      version: "2.1.39",
      message,
    };
    text += `${JSON.stringify(line)}\n`;
  }
  return text;
}
