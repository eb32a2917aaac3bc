import { matchModel } from "@farthing/ledger";
import type { TraceRequest } from "../trace/trace.ts";
import { placeOf } from "./cache-levers.ts";
import { asBilledBut } from "./recognition.ts";
import type { Plan, Situation, Strategy } from "./strategy.ts";

/** Ids of Amazon Bedrock that name a region to run in, or leave it open: `global.` names none, and costs a tenth less. */
const REGION = /^(?:(?:us|eu|au|jp|apac)\.)?(?=anthropic\.)/;

/**
 * Lets requests run anywhere, instead of in one region for a tenth more.
 *
 * Where data may be processed is for an administrator to say, and no record shows why a region was chosen.
 *
 * Source: https://platform.claude.com/docs/en/about-claude/pricing, checked 2026-11-22.
 */
export const premiumGeo: Strategy = {
  name: "premium-geo",
  prepare(situation) {
    const bound = boundRequests(situation);
    const [first] = bound;
    if (first === undefined) return [];
    const onBedrock = matchModel(first.model)?.platform === "bedrock";
    const plan: Plan = {
      strategy: "premium-geo",
      workload: situation.workload,
      subject: "",
      title: `any region for ${bound.length.toLocaleString("en-US")} requests`,
      lever: "administrator",
      risk: "none",
      effort: "setting",
      change: onBedrock
        ? `In ${placeOf(first)}, use the model id that begins with "global."; ask first whether data may leave the region.`
        : `In ${placeOf(first)}, set inference_geo to "global", or change the workspace's default; ask first whether data may leave the US.`,
      undo: onBedrock ? "Use the region's model id again." : 'Set inference_geo, or the default, to "us" again.',
      uncertainty: "none beyond the days themselves",
      needsReplay: false,
      target: onBedrock ? first.model : "",
      conflictGroup: null,
      forAnyRequest: true,
      rewrite: (request) => [
        {
          ...request,
          model: request.model.replace(REGION, "global."),
          terms: request.terms.inferenceGeo === "us" ? { ...request.terms, inferenceGeo: "global" } : request.terms,
        },
      ],
      breakEven: () => null,
    };
    return [plan];
  },
  recognise: ({ target }) => ({
    carries: ({ usage: { inferenceGeo }, model }) => inferenceGeo !== "us" && !REGION.test(model),
    // The target is how the model was called where it costs more.
    without: asBilledBut(target === "" ? { terms: { inferenceGeo: "us" } } : { model: target }),
  }),
};

function boundRequests({ trace, members }: Situation): readonly TraceRequest[] {
  return members.flatMap((index) => {
    const request = trace.requests[index];
    return request !== undefined && (request.usage.inferenceGeo === "us" || REGION.test(request.model))
      ? [request]
      : [];
  });
}
