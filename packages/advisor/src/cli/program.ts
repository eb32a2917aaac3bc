import { Command, InvalidArgumentError, Option } from "commander";
import { EFFORTS, RISKS } from "../strategies/strategy.ts";
import type { BacktestFlags } from "./commands/backtest.ts";
import type { ImportFlags } from "./commands/import-claude-code.ts";
import type { DoctorFlags } from "./commands/doctor.ts";
import type { PriceFlags } from "./commands/price.ts";
import type { PricesFlags } from "./commands/prices.ts";
import type { PruneFlags } from "./commands/prune.ts";
import type { ReportFlags } from "./commands/report.ts";
import type { RequestsFlags } from "./commands/requests.ts";
import type { SettingsFlags } from "./commands/settings.ts";
import type { SimulateFlags } from "./commands/simulate.ts";
import type { SpendFlags } from "./commands/spend.ts";
import type { TrialFlags } from "./commands/trial.ts";
import type { VerifyFlags } from "./commands/verify.ts";
import type { Finish } from "./finish.ts";
import type { CommandIo } from "./io.ts";
import { addAdvice } from "./advice-program.ts";
import { addRepeatable, withFilters, withFormat, withLedger, withPrices } from "./flags/ledger-options.ts";
import { addChangeCommands } from "./change-commands.ts";
import { addImportsNotThereYet, addNotThereYet } from "./not-there-yet.ts";
import { SETTING_NAMES } from "./flags/setting-names.ts";
import { FARTHING_VERSION } from "./version.ts";

const EXIT_CODES_HELP = `
Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 missing, damaged or
unreadable input, 130 interrupted.`;

/** The command line: names, flags and help. Each command's module is loaded when it is called, no other. */
export function createProgram(io: CommandIo, finish: Finish): Command {
  const program = new Command("farthing")
    .description("What your Claude API calls cost, exactly, and what would have cost less.")
    .version(FARTHING_VERSION)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: (text, write) => {
        write(text.replace(/^error: /, "farthing: "));
      },
    })
    .addHelpText("after", EXIT_CODES_HELP);
  addReport(program, io, finish);
  addAdvice(program, io, finish);
  addSpend(program, io, finish);
  addRequests(program, io, finish);
  addChangeCommands(program, io, finish);
  addImport(program, io, finish);
  addPrice(program, io, finish);
  addPrices(program, io, finish);
  addSimulate(program, io, finish);
  addBacktest(program, io, finish);
  addTrial(program, io, finish);
  addSettings(program, io, finish);
  addVerify(program, io, finish);
  addDoctor(program, io, finish);
  addPrune(program, io, finish);
  addNotThereYet(program);
  return program;
}

function addReport(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withFilters(program.command("report")), ["text", "markdown", "json", "html"])
    .description("where the money goes, and what would have cost less")
    .option("--output <file>", "write to a file instead of stdout")
    .option("--explain <id>", "one recommendation in full")
    .option("--only <ids>", "replay these recommendations alone, separated by commas")
    .addOption(new Option("--risk <most>", "propose only what risks no more").choices(RISKS))
    .addOption(new Option("--effort <most>", "propose only what takes no more").choices(EFFORTS))
    .option("--fresh", "compute again rather than reuse an earlier result")
    .option("--example", "report over bundled EXAMPLE DATA instead of a ledger")
    .action(async (flags: ReportFlags) => {
      const { report } = await import("./commands/report.ts");
      finish(await report(io, flags));
    });
}

function addSpend(program: Command, io: CommandIo, finish: Finish): void {
  const spendCommand = withFormat(withFilters(program.command("spend")), ["text", "json"]);
  addRepeatable(spendCommand, "--by <keys>", "group by these, separated by commas; see below")
    .description("what recorded responses cost, in total and by group")
    .addHelpText("after", BY_HELP)
    .action(async (flags: SpendFlags) => {
      const { spend } = await import("./commands/spend.ts");
      finish(await spend(io, flags));
    });
}

function addRequests(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withFilters(program.command("requests")), ["text", "json", "ndjson"])
    .description("one line per billed response")
    .addOption(
      new Option("--sort <order>", "largest, or earliest, first").choices(["usd", "time", "tokens"]).default("time"),
    )
    .option("--limit <count>", "at most this many", parseCount)
    .option("--wide", "never cut ids to the width of the screen")
    .action(async (flags: RequestsFlags) => {
      const { requests } = await import("./commands/requests.ts");
      finish(await requests(io, flags));
    });
}

function addImport(program: Command, io: CommandIo, finish: Finish): void {
  const imports = program.command("import").description("bring usage into a ledger; repeating it changes nothing");
  withFormat(withLedger(imports.command("claude-code [paths...]")), ["text", "json"])
    .description("transcripts of Claude Code; without PATH those of this user")
    .action(async (paths: string[], flags: ImportFlags) => {
      const { importTranscripts } = await import("./commands/import-claude-code.ts");
      finish(await importTranscripts(io, paths, flags));
    });
  withFormat(withLedger(imports.command("events [file]")), ["text", "json"])
    .description("events as NDJSON, from a file or, as - or without FILE, from stdin")
    .action(async (file: string | undefined, flags: ImportFlags) => {
      const { importEventLines } = await import("./commands/import-events.ts");
      finish(await importEventLines(io, file ?? "-", flags));
    });
  addImportsNotThereYet(imports);
}

function addPrice(program: Command, io: CommandIo, finish: Finish): void {
  withPrices(program.command("price [model]"))
    .description("what one usage object costs, as JSON")
    .option("--usage <json>", "the usage object of an API response")
    .option("--at <time>", "when it was used; a date is 00:00 UTC; default: now")
    .option("--stdin", 'price each line {"model","usage","at"?} of stdin')
    .action(async (model: string | undefined, flags: PriceFlags) => {
      const { price } = await import("./commands/price.ts");
      finish(await price(io, model, flags));
    });
}

function addPrices(program: Command, io: CommandIo, finish: Finish): void {
  const prices = withFormat(withPrices(program.command("prices [model]")), ["text", "json"])
    .description("prices in force, with their sources; `prices set FILE` records your own")
    .option("--at <time>", "as of then; a date is 00:00 UTC; default: now")
    .action(async (model: string | undefined, flags: PricesFlags) => {
      const { prices: showPrices } = await import("./commands/prices.ts");
      finish(await showPrices(io, model, flags));
    });
  prices
    .command("set <file>")
    .description("record the rate cards of a JSON file, one or a list, as your own prices")
    .action(async (file: string, _flags: object, command: Command) => {
      const { setPrices } = await import("./commands/prices-set.ts");
      finish(await setPrices(io, file, command.optsWithGlobals<PricesFlags>()));
    });
}

function addSimulate(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withPrices(program.command("simulate")), ["text", "json"])
    .description("what traffic known by its blocks would cost with caching")
    .requiredOption("--trace <file>", "requests in order of time, a JSON line each; - is stdin")
    .requiredOption("--model <model>", "whose prices and smallest cached prefix to use")
    .addOption(
      new Option("--ttl <lifetime>", "how long cached prefixes live since they were used last")
        .choices(["5m", "1h", "none"])
        .makeOptionMandatory(),
    )
    .option("--block-tokens <count>", "tokens of a block", parseCount, BLOCK_TOKENS)
    .option("--at <time>", "prices of then; a date is 00:00 UTC; default: now")
    .addHelpText("after", SIMULATE_HELP)
    .action(async (flags: SimulateFlags) => {
      const { simulate } = await import("./commands/simulate.ts");
      finish(await simulate(io, flags));
    });
}

function addBacktest(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withFilters(program.command("backtest")), ["text", "json"])
    .description("advice on the first part of the requests, held against the rest")
    .option("--split <time>", "advise on what started before; a date is 00:00 in the time zone")
    .option("--train-share <share>", "advise on this share of the responses, in whole days; default: 0.6", parseShare)
    .option("--example", "on bundled EXAMPLE DATA instead of a ledger")
    .addHelpText("after", BACKTEST_HELP)
    .action(async (flags: BacktestFlags) => {
      const { backtest } = await import("./commands/backtest.ts");
      finish(await backtest(io, flags));
    });
}

function addTrial(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("trial")), ["text", "json"])
    .description("another model on samples of your own, within a budget")
    .requiredOption("--samples <file>", "requests to send, a JSON line each; - is stdin")
    .requiredOption("--model <model>", "the candidate")
    .option("--budget <usd>", "the most it may spend; without one nothing is sent")
    .option("--dry-run", "only tell what it would cost at most; sends nothing")
    .option("--against <model>", "the present model, where the samples do not say")
    .option("--advice <id>", "the recommendation to try, by its number or id")
    .option("--workload <name>", "what the samples are of, as the report names it")
    .option("--agree <how>", "exact, json-fields, or a module of your own", "exact")
    .option("--fields <names>", "for json-fields: these alone, separated by commas")
    .option("--concurrency <count>", "samples under way at a time", parseCount, 4)
    .option("--repeat <count>", "how often each sample is asked", parseCount, 1)
    .addHelpText("after", TRIAL_HELP)
    .action(async (flags: TrialFlags) => {
      const { trial } = await import("./commands/trial.ts");
      finish(await trial(io, flags));
    });
}

function addSettings(program: Command, io: CommandIo, finish: Finish): void {
  const settings = program
    .command("settings")
    .description("what a ledger should know about how you pay")
    .addHelpText("after", SETTINGS_HELP);
  withFormat(withLedger(settings.command("get [key]")), ["text", "json"])
    .description("one setting, or all")
    .action(async (key: string | undefined, flags: SettingsFlags) => {
      const { getSettings } = await import("./commands/settings.ts");
      finish(await getSettings(io, key, flags));
    });
  withFormat(withLedger(settings.command("set <key> <value>")), ["text", "json"])
    .description("change one setting")
    .action(async (key: string, value: string, flags: SettingsFlags) => {
      const { setSetting } = await import("./commands/settings.ts");
      finish(await setSetting(io, key, value, flags));
    });
}

function addVerify(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("verify")), ["text", "json"])
    .description("whether every byte of a ledger is as it was written")
    .option("--repair", "put right what an interrupted process left; no good line is touched")
    .option("--deep", "also read the event of every line")
    .action(async (flags: VerifyFlags) => {
      const { verify } = await import("./commands/verify.ts");
      finish(await verify(io, flags));
    });
}

function addDoctor(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("doctor")), ["text", "json"])
    .description("whether everything is being recorded, and what to do where it is not")
    .option("--now <time>", "take this as the current time")
    .action(async (flags: DoctorFlags) => {
      const { doctor } = await import("./commands/doctor.ts");
      finish(await doctor(io, flags));
    });
}

function addPrune(program: Command, io: CommandIo, finish: Finish): void {
  withFormat(withLedger(program.command("prune")), ["text", "json"])
    .description("replace old detail by sums; no total changes")
    .option("--before <time>", "what was complete before; default: as the disk limit asks")
    .option("--dry-run", "only tell what would be done")
    .option("--now <time>", "take this as the current time")
    .action(async (flags: PruneFlags) => {
      const { prune } = await import("./commands/prune.ts");
      finish(await prune(io, flags));
    });
}

/** As in the traces of Mooncake. */
const BLOCK_TOKENS = 512;

const SIMULATE_HELP = `
A line of the trace: {"timestamp": ms, "input_length": tokens, "output_length":
tokens, "hash_ids": [one for each block, equal where prompts are up to there]}.

Example: farthing simulate --trace requests.jsonl --model claude-opus-5 --ttl 5m`;

const BACKTEST_HELP = `
Realised means replayed on requests that the advice never saw. No bill has
measured it.

Example: farthing backtest --where service=search --split 2026-11-10`;

const TRIAL_HELP = `
A line of the samples: {"params": as messages.create takes them, "answer": what
the present model answered, "usage": of that answer}. Without an answer the
present model is asked as well, which counts. Calls are sent with the key in
ANTHROPIC_API_KEY and recorded; text is not.

Example: farthing trial --samples samples.ndjson --model claude-haiku-4-5 \\
  --budget 2 --advice 3`;

const SETTINGS_HELP = `\nSettings:\n${SETTING_NAMES.map(({ name, meaning }) => `  ${name.padEnd(24)}${meaning}`).join("\n")}`;

const BY_HELP = `
Keys of --by and --where: hour, day, month, model, workload, service, session,
project, agent, branch, source, release, host, environment, label:NAME.
--where KEY= keeps requests without a value.`;

function parseShare(text: string): number {
  const share = Number(text);
  if (!/^(?:0?\.\d+)$/.test(text) || share <= 0 || share >= 1) {
    throw new InvalidArgumentError("expected a number between 0 and 1, such as 0.6");
  }
  return share;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count === 0) {
    throw new InvalidArgumentError("expected a whole number above zero");
  }
  return count;
}
