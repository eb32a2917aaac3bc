import type { ModelMatch } from "@farthing/ledger";

/**
 * The names that metrics have, and no others.
 *
 * `gen_ai.*` are in development: they follow `docs/gen-ai/gen-ai-metrics.md` of the semantic conventions at release 1.37, which
 * SDKs and dashboards know; drafts since then replace the histogram of tokens. There is no convention for cost, so that the rest has
 * a namespace of its own.
 */
export const METRICS = {
  tokenUsage: {
    name: "gen_ai.client.token.usage",
    unit: "{token}",
    description: "Tokens billed, of a prompt with what was read from and written to the cache, or of an answer.",
    boundaries: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  },
  duration: {
    name: "gen_ai.client.operation.duration",
    unit: "s",
    description: "From sending a request to the end of its answer, or to its failure.",
    boundaries: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  },
  cost: {
    name: "farthing.cost",
    unit: "USD",
    description: "What responses cost at list prices; the exact figures are in the ledger.",
  },
  tokens: {
    name: "farthing.tokens",
    unit: "{token}",
    description: "Tokens billed, by the price they are billed at; each token is counted once.",
  },
  unpriced: {
    name: "farthing.unpriced.responses",
    unit: "{response}",
    description: "Responses without a known price; they are not in the cost.",
  },
  unanswered: {
    name: "farthing.unanswered.attempts",
    unit: "{attempt}",
    description: "Attempts without an answer that may have been billed; they are not in the cost.",
  },
} as const;

export const ATTRIBUTES = {
  operation: "gen_ai.operation.name",
  provider: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  responseModel: "gen_ai.response.model",
  tokenType: "gen_ai.token.type",
  errorType: "error.type",
  /** Who called, as the ledger knows it. */
  service: "farthing.service",
  /** As the API answered it. What `priority` costs is prepaid: its list price is not what it cost. */
  tier: "farthing.service_tier",
  /** `final`, or `lower-bound` where the end of the answer was not seen. */
  output: "farthing.output",
  /** One of the token buckets of a ledger, such as `cacheRead`. */
  bucket: "farthing.token.bucket",
  /** Why there is no price. */
  reason: "farthing.unpriced.reason",
} as const;

/** Before the name of a label that was opted in. */
export const LABEL_PREFIX = "farthing.label.";

/** `gen_ai.operation.name` of the Messages API. */
export const CHAT = "chat";

/** `gen_ai.provider.name` by platform. */
export const PROVIDERS: Readonly<Record<ModelMatch["platform"], string>> = {
  anthropic: "anthropic",
  bedrock: "aws.bedrock",
  vertex: "gcp.vertex_ai",
};
