import { existsSync } from "node:fs";
import {
  eventIdOf,
  listPriceBook,
  openLedger,
  parseUsd,
  ZERO,
  type Ledger,
  type Money,
  type PriceBook,
} from "@farthing/ledger";
import { dryRun } from "../../trial/dry-run.ts";
import { runTrial } from "../../trial/run-trial.ts";
import { trialEvent, type TrialSubject } from "../../trial/trial-event.ts";
import type { TrialPlan } from "../../trial/trial-plan.ts";
import { trialResult, type TrialResult } from "../../trial/trial-result.ts";
import { modelOf } from "../../trace/model-of.ts";
import { UsageError } from "../command-errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { keyOf } from "../flags/key.ts";
import { ledgerToWrite } from "../flags/locate-ledger.ts";
import { chooseAgreement } from "../input/choose-agreement.ts";
import { priceBookFor } from "../input/price-book-for.ts";
import { readSamples } from "../input/sample-lines.ts";
import { loadClientClass, openTrialClient, trialKey } from "../input/trial-client.ts";
import { triedChange, type TriedChange } from "../input/trial-subject.ts";
import type { CommandIo } from "../io.ts";
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
 * Nothing is sent without a budget and a key. Exits with 1 where no sample was answered by both models.
 */
export async function trial(io: CommandIo, flags: TrialFlags): Promise<ExitCode> {
  const budget = budgetOf(flags);
  if (flags.dryRun !== true) trialKey(io);
  const agreement = await chooseAgreement(io, flags.agree, flags.fields);
  const samples = await readSamples(io, flags.samples);
  const change = await triedChange(io, flags, samples);
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
  const { result, subject, ledger } = await tryInEarnest(io, flags, { plan, change, budget: budget ?? ZERO });
  if (flags.format === "json") writeJson(io.stdout, trialToJson(result, subject, ledger));
  else writeLines(io.stdout, renderTrial(result, { subject, ledger, columns: columnsOf(io) }));
  return result.from.answers > 0 && result.to.answers > 0 ? EXIT.done : EXIT.checkFailed;
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
  readonly subject: TrialSubject;
  readonly ledger: string;
}

async function tryInEarnest(io: CommandIo, flags: TrialFlags, { plan, change, budget }: Earnest): Promise<Tried> {
  const clientClass = await loadClientClass(io);
  const path = ledgerToWrite(flags.ledger, io);
  const subject: TrialSubject = { id: `trial:${eventIdOf({})}`, workload: change.workload, advice: change.advice };
  await using ledger: Ledger = await openLedger(path, { mode: "write", create: true, key: keyOf(io.env) });
  const progress = createProgress(io.stderr);
  const client = openTrialClient(clientClass, subject.id, ledger, io);
  try {
    const outcomes = await runTrial(
      plan,
      { budget, concurrency: flags.concurrency },
      {
        ...client,
        onProgress: (done, all) => {
          progress.show(`${String(done)} of ${String(all)} asked`);
        },
      },
    );
    const result = trialResult(plan, budget, outcomes);
    await ledger.append([trialEvent(result, subject, plan.now())]);
    return { result, subject, ledger: path };
  } finally {
    client.close();
    progress.clear();
  }
}
