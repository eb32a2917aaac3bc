import { formatUsd, totalTokens, workloadOf, type RequestRow } from "@farthing/ledger";
import { tokensToJson } from "./spend-json.ts";

/** One billed response as JSON. */
export function requestToJson({ response, cost }: RequestRow): object {
  const { context, timing, usage } = response;
  return {
    id: response.id,
    at: response.occurredAt,
    startedAt: timing.startedAt,
    startedAtProvenance: timing.startedAtProvenance,
    model: response.servedModel,
    requestedModel: response.requestedModel,
    usd: cost.total === null ? null : formatUsd(cost.total),
    ...(cost.reason === null ? {} : { reason: cost.reason }),
    ...(cost.notional ? { notional: true } : {}),
    outputIsLowerBound: response.output === "lower-bound",
    tokens: tokensToJson({ ...totalTokens(usage), thinking: usage.thinkingTokens ?? 0 }),
    webSearchRequests: usage.webSearchRequests,
    stopReason: response.stopReason,
    workload: workloadOf(response),
    session: context.session,
    project: context.project,
    agent: context.agent,
    service: context.service,
    branch: context.gitBranch,
    callSite: context.callSite,
    labels: response.labels,
    sources: response.sources,
    ids: response.ids,
  };
}
