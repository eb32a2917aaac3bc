import { Option, type Command } from "commander";
import type { BacktestFlags } from "../commands/backtest.ts";
import type { SimulateFlags } from "../commands/simulate.ts";
import type { TrialFlags } from "../commands/trial.ts";
import type { Finish } from "../finish.ts";
import { withFilters, withFormat, withLedger, withPrices } from "../flags/ledger-options.ts";
import type { CommandIo } from "../io.ts";
import { parseCount, parseShare } from "./parse-values.ts";

/** The commands that try something out: caching on a trace, advice on what came later, a model on samples. */
export function addWhatIfCommands(program: Command, io: CommandIo, finish: Finish): void {
  addSimulate(program, io, finish);
  addBacktest(program, io, finish);
  addTrial(program, io, finish);
}

/** As in the traces of Mooncake. */
const BLOCK_TOKENS = 512;

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
      const { simulate } = await import("../commands/simulate.ts");
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
      const { backtest } = await import("../commands/backtest.ts");
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
      const { trial } = await import("../commands/trial.ts");
      finish(await trial(io, flags));
    });
}

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
