import type { Instant, RequestShape } from "@farthing/ledger";
import type { Random } from "./random.ts";
import type { Period } from "./traffic.ts";
import type { TrueRequest } from "./true-request.ts";

export type ExampleServiceName =
  | "rag-answers"
  | "support-chat"
  | "code-agent"
  | "nightly-digest"
  | "doc-review"
  | "ticket-search"
  | "invoice-extract"
  | "doc-extract";

/** A version of a service and when it went live. */
interface Release {
  readonly name: string;
  readonly from: Instant;
}

/** One deployment of an invented service: how it shows itself in events, and what it sends. */
export interface ExampleService {
  readonly name: ExampleServiceName;
  readonly environment: "production" | "canary";
  /** `file:line` of the call in its invented code. */
  readonly callSite: string;
  readonly hosts: readonly [string, ...string[]];
  /** Ascending by `from`; the first is live throughout. */
  readonly releases: readonly [Release, ...Release[]];
  /** What every request asks for; its breakpoints are those of the prompts. */
  readonly shape: RequestShape;
  /** Everything it sends whose conversation or job begins within the period, in no particular order. */
  requests(random: Random, period: Period): TrueRequest[];
}

/** What most services ask for: a streamed answer with adaptive thinking at medium effort, without caching. */
export const USUAL_SHAPE: RequestShape = {
  maxTokens: 16_000,
  thinking: "adaptive",
  thinkingBudgetTokens: null,
  effort: "medium",
  stream: true,
  toolCount: 0,
  cacheBreakpoints: [],
  temperature: null,
};
