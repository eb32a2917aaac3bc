import { convertUsage, formatInstant, type CallContext, type RequestCompleted } from "@farthing/ledger";
import { apiUsage } from "./api-usage.ts";
import type { PromptBill } from "./billing-oracle.ts";
import type { ExampleCall } from "./example-traffic.ts";
import type { Random } from "./random.ts";

/** Shown wherever a report names its sources, so that nobody takes the example for their own data. */
export const EXAMPLE_SOURCES: readonly string[] = ["example"];

// Tens of thousands of events are kept at once, so what is equal in all of them is one object.
const NO_LABELS: RequestCompleted["labels"] = {};
const NO_CONFLICTS: RequestCompleted["conflicts"] = [];

/** What a recorder attached to the service would have written of a call. */
export function recordCall(
  call: ExampleCall,
  bill: PromptBill,
  identity: { readonly number: string; readonly attempt: number; readonly context: CallContext },
): RequestCompleted {
  const { request, service } = call;
  const message = `msg_example_${identity.number}`;
  return {
    type: "RequestCompleted",
    version: 1,
    id: `msg:${message}`,
    occurredAt: formatInstant(request.completedAt),
    sources: EXAMPLE_SOURCES,
    finality: "complete",
    requestedModel: request.model,
    servedModel: request.model,
    usage: convertUsage(apiUsage(request, bill)).usage,
    stopReason: request.stopReason,
    billedTo: "self",
    output: "final",
    ids: {
      message,
      request: `req_example_${identity.number}`,
      workspace: "wrkspc_example",
      batch: null,
      custom: null,
      previousMessage: null,
    },
    timing: {
      startedAt: formatInstant(request.startedAt),
      startedAtProvenance: "reported",
      occurredAtProvenance: "reported",
      firstTokenAt: formatInstant(request.firstTokenAt),
    },
    attempt: identity.attempt,
    request: service.shape,
    context: identity.context,
    labels: NO_LABELS,
    cacheMissReason: null,
    conflicts: NO_CONFLICTS,
  };
}

/** The caller's side of a call. A conversation stays with the process it began in, other calls go to any host. */
export function contextOf(call: ExampleCall, random: Random, conversations: Map<string, CallContext>): CallContext {
  const { request, service } = call;
  const known = request.session === null ? undefined : conversations.get(request.session);
  if (known !== undefined) return known;
  const release = service.releases.findLast(({ from }) => from <= request.startedAt) ?? service.releases[0];
  const context: CallContext = {
    session: request.session,
    project: null,
    agent: null,
    gitBranch: null,
    clientVersion: null,
    service: service.name,
    release: release.name,
    host: random.pick(service.hosts),
    environment: service.environment,
    callSite: service.callSite,
  };
  if (request.session !== null) conversations.set(request.session, context);
  return context;
}
