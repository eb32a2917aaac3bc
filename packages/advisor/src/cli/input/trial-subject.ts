import { findRecommendation } from "../../report/explain-text.ts";
import { isRecognised } from "../../strategies/recognition.ts";
import { recognitionOf } from "../../strategies/registry.ts";
import { canonicalModel } from "../../trace/model-of.ts";
import type { Sample } from "../../trial/sample.ts";
import { UsageError } from "../command-errors.ts";
import type { CommandIo } from "../io.ts";
import { askWholeReport } from "./whole-report.ts";

/** What is to be tried: which recommendation, of which workload, instead of which model. */
export interface TriedChange {
  readonly advice: string | null;
  readonly workload: string | null;
  readonly from: string;
}

export interface TriedChangeFlags {
  readonly ledger: readonly string[];
  readonly advice?: string;
  readonly workload?: string;
  readonly against?: string;
  /** The candidate. */
  readonly model: string;
}

/**
 * Puts together what flags, samples and the recommendation say of the change.
 *
 * @throws UsageError where they say nothing of the present model, or say different things.
 */
export async function triedChange(
  io: CommandIo,
  flags: TriedChangeFlags,
  samples: readonly Sample[],
): Promise<TriedChange> {
  const advised = flags.advice === undefined ? null : await recommended(io, flags, flags.advice);
  const from = presentModel(samples, flags.against ?? null, advised?.from ?? null);
  if (advised !== null && canonicalModel(from) !== advised.from) {
    throw new UsageError(`--advice: it is about ${advised.from}, and the samples are sent to ${from}`);
  }
  const to = advised?.to ?? null;
  if (to !== null && canonicalModel(flags.model) !== to) {
    throw new UsageError(`--model: the recommendation is to ask ${to}; leave out --advice to try another`);
  }
  if (advised !== null && flags.workload !== undefined && flags.workload !== advised.workload) {
    throw new UsageError(`--workload: the recommendation is about ${advised.workload}; leave out one of the two`);
  }
  return { advice: advised?.id ?? null, workload: advised?.workload ?? flags.workload ?? null, from };
}

interface Advised {
  readonly id: string;
  readonly workload: string;
  readonly from: string;
  readonly to: string | null;
}

async function recommended(io: CommandIo, flags: TriedChangeFlags, name: string): Promise<Advised> {
  const { answer: report } = await askWholeReport(io, { ledger: flags.ledger });
  const found = findRecommendation(report, name);
  if (found === null) {
    throw new UsageError(`--advice: the report has no recommendation "${name}"; give its number or id, as it shows it`);
  }
  const { strategy, workload, subject, target } = found.plan;
  const recognition = recognitionOf(strategy, { subject, target: target ?? "" });
  if (!isRecognised(recognition) || recognition.without?.model !== subject) {
    throw new UsageError(`--advice: "${found.plan.title}" is no change of model, and there is nothing to try`);
  }
  return { id: found.id, workload, from: subject, to: target ?? null };
}

/** The model that all samples are sent to at present. */
function presentModel(samples: readonly Sample[], against: string | null, advised: string | null): string {
  const given = against ?? advised;
  const named = new Map(samples.flatMap(({ model, line }) => (model === null ? [] : [[model, line]])));
  const [first, second] = [...named.keys()];
  if (second !== undefined && against === null) {
    throw new UsageError(
      `the samples name several models, such as ${first ?? ""} and ${second} (line ${String(named.get(second))}): ` +
        "say with --against which one to try the candidate against, or split the file",
    );
  }
  const model = against ?? first ?? given;
  if (model !== null) return model;
  throw new UsageError("--against: the samples name no model; say which one they are sent to at present");
}
