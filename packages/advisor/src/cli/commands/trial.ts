import { existsSync } from "node:fs";
import {
  eventIdOf,
  listPriceBook,
  parseUsd,
  ZERO,
  type Ledger,
  type Money,
  type PriceBook,
  type TrialRecorded,
} from "@farthing/ledger";
import { dryRun } from "../../trial/dry-run.ts";
import { withAnswersOf } from "../../trial/own-answers.ts";
import { runTrial } from "../../trial/run-trial.ts";
import { trialEvent, type TrialSubject } from "../../trial/trial-event.ts";
import type { TrialPlan } from "../../trial/trial-plan.ts";
import { trialResult, type TrialResult } from "../../trial/trial-result.ts";
import { modelOf } from "../../trace/model-of.ts";
import { UsageError } from "../command-errors.ts";
import { describeFailure } from "../describe-failure.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { openToWrite } from "../input/open-to-write.ts";
import { chooseAgreement } from "../input/choose-agreement.ts";
import { priceBookFor } from "../input/price-book-for.ts";
import { readSamples } from "../input/sample-lines.ts";
import { loadTrialClientClass, openTrialClient, trialKey } from "../input/trial-client.ts";
import { triedChange, type TriedChange } from "../input/trial-subject.ts";
import type { CommandIo } from "../io.ts";
import { warn } from "../messages.ts";
import { displayQuantity } from "../output/format-values.ts";
import { columnsOf, writeJson, writeLines } from "../output/output.ts";
import { createProgress } from "../output/progress.ts";
import { renderDryRun, renderTrial } from "../output/render-trial.ts";
import { dryRunToJson, trialToJson } from "../output/trial-json.ts";

export interface TrialFlags {
  readonly ledger: readonly string[];
  readonly samples: string;
  readonly model: string;
  readonly budget?: string;
  readonly dryRun?: true;
  readonly against?: string;
  readonly advice?: string;
  readonly workload?: string;
  readonly agree: string;
  readonly fields?: string;
  readonly concurrency: number;
  readonly repeat: number;
  readonly format: "text" | "json";
}

/**
 * `farthing trial`: sends a user's own samples to another model, within a budget, and records what was measured.
 *
 * Nothing is sent without a budget and a key. Exits with 1 where both models answered no sample to the end, and with 3 where
 * what was measured could not be recorded: it is shown all the same.
 */
export async function trial(io: CommandIo, flags: TrialFlags): Promise<ExitCode> {
  const budget = budgetOf(flags);
  if (flags.dryRun !== true) trialKey(io);
  const agreement = await chooseAgreement(io, flags.agree, flags.fields);
  const read = await readSamples(io, flags.samples);
  const change = await triedChange(io, flags, read);
  const { samples, dropped } = withAnswersOf(change.from, read);
  if (dropped > 0) {
    warn(io, `${displayQuantity(dropped, "answer")} in the samples came from another model: ${change.from} is asked`);
  }
  const plan: TrialPlan = {
    samples,
    from: change.from,
    to: flags.model,
    candidate: modelOf(flags.model),
    repeat: flags.repeat,
    agreement,
    book: await bookFor(io, ledgerToWrite(flags.ledger, io)),
    now: io.now,
  };
  checkModels(plan);
  if (flags.dryRun === true) return tryDry(io, flags, plan, budget);
  const tried = await tryInEarnest(io, flags, { plan, change, budget: budget ?? ZERO });
  const { result, event, ledger, notRecorded } = tried;
  if (notRecorded !== null) warn(io, `the trial could not be recorded: ${notRecorded}`);
  if (flags.format === "json") writeJson(io.stdout, trialToJson(result, event, ledger));
  else writeLines(io.stdout, renderTrial(result, { event, ledger, notRecorded, columns: columnsOf(io) }));
  if (notRecorded !== null) return EXIT.badInput;
  return result.answeredByBoth > 0 ? EXIT.done : EXIT.checkFailed;
}

/** The ledger is made with the first trial: until then there are the list's prices alone. */
async function bookFor(io: CommandIo, ledger: string): Promise<PriceBook> {
  return existsSync(ledger) ? priceBookFor(io, { ledger: [ledger] }) : listPriceBook();
}

/** Null where none was given, which only a dry run may do. */
function budgetOf({ budget, dryRun: isDry }: TrialFlags): Money | null {
  if (budget === undefined && isDry === true) return null;
  if (budget === undefined) {
    throw new UsageError("--budget: say how many US dollars may be spent, such as --budget 2; --dry-run needs none");
  }
  const amount = parseUsd(budget.replace(/^\$/, ""));
  if (amount <= ZERO) throw new UsageError("--budget: expected an amount above zero, such as 2 or 0.50");
  return amount;
}

function checkModels(plan: TrialPlan): void {
  const { from, to, candidate, book } = plan;
  const at = plan.now();
  if ((candidate?.id ?? to) === (modelOf(from)?.id ?? from)) {
    throw new UsageError(`--model: ${to} is what the samples are sent to at present`);
  }
  if (candidate !== null && candidate.retiredAt !== null && candidate.retiredAt <= at) {
    throw new UsageError(`--model: ${to} was retired on ${new Date(candidate.retiredAt).toISOString().slice(0, 10)}`);
  }
  requirePrice(to, at, book);
}

/** What has no price could cost anything. */
function requirePrice(model: string, at: number, book: PriceBook): void {
  const found = book.rateCardAt(modelOf(model)?.id ?? model, at);
  if ("card" in found && found.card.rates !== null) return;
  throw new UsageError(`--model: ${model} has no price, so no budget can be kept; see \`farthing prices set\``);
}

async function tryDry(io: CommandIo, flags: TrialFlags, plan: TrialPlan, budget: Money | null): Promise<ExitCode> {
  const found = await dryRun(plan);
  if (flags.format === "json") writeJson(io.stdout, dryRunToJson(found, plan, budget));
  else writeLines(io.stdout, renderDryRun(found, plan, { budget, columns: columnsOf(io) }));
  return EXIT.done;
}

interface Earnest {
  readonly plan: TrialPlan;
  readonly change: TriedChange;
  readonly budget: Money;
}

interface Tried {
  readonly result: TrialResult;
  readonly event: TrialRecorded;
  readonly ledger: string;
  /** Why it is not in the ledger; null where it is. */
  readonly notRecorded: string | null;
}

async function tryInEarnest(io: CommandIo, flags: TrialFlags, { plan, change, budget }: Earnest): Promise<Tried> {
  const clientClass = await loadTrialClientClass(io);
  const path = ledgerToWrite(flags.ledger, io);
  const subject: TrialSubject = { id: `trial:${eventIdOf({})}`, workload: change.workload, advice: change.advice };
  const ledger = await openToWrite(path, io, { create: true });
  const progress = createProgress(io);
  const client = openTrialClient(clientClass, subject.id, ledger, io);
  const over = (): void => {
    client.close();
    progress.clear();
  };
  try {
    const outcomes = await runTrial(
      plan,
      { budget, concurrency: flags.concurrency },
      {
        ...client,
        onProgress: (done, all) => {
          progress.show(`${String(done)} of ${String(all)} asked`, { done, total: all });
        },
      },
    ).finally(over);
    const result = trialResult(plan, budget, outcomes);
    const event = trialEvent(result, subject, plan.now());
    return { result, event, ledger: path, notRecorded: await whyNotRecorded(ledger, event) };
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

/** Records a trial and closes its ledger. What was paid for is shown even where it cannot be kept. */
async function whyNotRecorded(ledger: Ledger, event: TrialRecorded): Promise<string | null> {
  const reasons: string[] = [];
  for (const step of [() => ledger.append([event]), () => ledger.close()]) {
    try {
      await step();
    } catch (error) {
      reasons.push(describeFailure(error).message);
    }
  }
  return reasons[0] ?? null;
}
