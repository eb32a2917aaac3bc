import { MODELS, type Model } from "@farthing/ledger";
import { MODERATE_WORK, SIMPLE_WORK, type PlainWork } from "../thresholds.ts";
import type { TraceRequest } from "../trace/trace.ts";
import { unmet } from "./criteria.ts";
import {
  accepts,
  isDirect,
  isOffered,
  modelChangePlan,
  recogniseModelChange,
  requestsByModel,
} from "./model-change.ts";
import { costsMorePerSuccess } from "./measured-success.ts";
import { shortName, type ModelChange } from "./model-change-words.ts";
import { plainWorkCriteria } from "./plain-work.ts";
import { isPlan, type Abstention, type Plan, type Situation, type Strategy } from "./strategy.ts";

/** From which lines to which, and for what work. The smallest step comes last. */
const STEPS_DOWN: readonly {
  readonly to: Model["line"];
  readonly from: readonly Model["line"][];
  readonly work: PlainWork;
}[] = [
  { to: "haiku", from: ["fable", "mythos", "opus", "sonnet"], work: SIMPLE_WORK },
  { to: "sonnet", from: ["opus"], work: MODERATE_WORK },
];

/**
 * Sends a workload's requests to a model of a cheaper line: Haiku for simple work, Sonnet for what Opus does and does
 * not need Opus for.
 *
 * Work counts as simple by what is recorded of it, never by its text: short answers, no tools, next to no thinking, no
 * high effort, hardly ever cut off; for Haiku also single requests that are all asked alike. That makes a quality test
 * worth its while, and does not replace it.
 */
export const cheaperModel: Strategy = {
  name: "cheaper-model",
  prepare(situation) {
    return [...requestsByModel(situation)].flatMap(([model, requests]) =>
      proposalsFor(situation, model, requests.filter(isDirect)),
    );
  },
  recognise: recogniseModelChange,
};

function proposalsFor(
  situation: Situation,
  from: Model,
  requests: readonly TraceRequest[],
): readonly (Plan | Abstention)[] {
  if (requests.length === 0 || !isOffered(from, situation)) return [];
  const proposals = STEPS_DOWN.filter((step) => step.from.includes(from.line)).flatMap(({ to, work }) => {
    const candidate = newestOf(to, requests, situation);
    return candidate === null ? [] : [proposalFor(situation, { from, to: candidate, requests }, work)];
  });
  const plans = proposals.filter(isPlan);
  // Why not the larger step is of no interest beside the smaller one.
  return plans.length > 0 ? plans : proposals.slice(-1);
}

function proposalFor(
  situation: Situation,
  { from, to, requests }: Omit<ModelChange, "strategy">,
  work: PlainWork,
): Plan | Abstention {
  const change: ModelChange = { strategy: "cheaper-model", from, to, requests };
  const dearer = costsMorePerSuccess(situation, change);
  if (dearer !== null) return dearer;
  const abstention = unmet("cheaper-model", situation.workload, plainWorkCriteria(situation.trace, requests, work));
  return abstention === null
    ? modelChangePlan(situation, change)
    : { ...abstention, observed: `${shortName(from)} -> ${shortName(to)}: ${abstention.observed}` };
}

/** The newest model of a line that takes the requests as they are asked; null where there is none. */
function newestOf(line: Model["line"], requests: readonly TraceRequest[], situation: Situation): Model | null {
  const offered = MODELS.filter((model) => model.line === line && isOffered(model, situation));
  return offered.find((model) => requests.every((request) => accepts(model, request))) ?? null;
}
