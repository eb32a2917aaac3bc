import { matchModel } from "@farthing/ledger";
import { findRecommendation } from "../../report/explain-text.ts";
import type { Sample } from "../../trial/sample.ts";
import { UsageError } from "../command-errors.ts";
import { askSelected } from "../flags/selection.ts";
import type { CommandIo } from "../io.ts";
import { readDecisions } from "./read-decisions.ts";
import { reportOnLedgers } from "./report-on-ledgers.ts";

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

/** Strategies that send requests to another model. */
const MODEL_STRATEGIES = ["cheaper-model", "newer-model"];

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
  if (advised !== null && canonical(from) !== advised.from) {
    throw new UsageError(`--advice: it is about ${advised.from}, and the samples are sent to ${from}`);
  }
  const to = advised?.to ?? null;
  if (to !== null && canonical(flags.model) !== to) {
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
  const { answer: report } = await askSelected(io, { ledger: flags.ledger, where: [] }, async (selection) => {
    const build = await reportOnLedgers(selection, {
      fresh: false,
      limits: null,
      everySession: false,
      overTime: false,
      decisions: await readDecisions(io, selection.contents.view.others),
      onUnsaved: () => undefined,
    });
    return build(null);
  });
  const found = findRecommendation(report, name);
  if (found === null) {
    throw new UsageError(`--advice: the report has no recommendation "${name}"; give its number or id, as it shows it`);
  }
  const { strategy, workload, subject, target } = found.plan;
  if (!MODEL_STRATEGIES.includes(strategy)) {
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

function canonical(model: string): string {
  return matchModel(model)?.model ?? model;
}
