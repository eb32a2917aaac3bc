import type { RequestEstimated } from "@farthing/ledger";
import { NO_CONTEXT } from "./builders.ts";
import { override, type DeepPartial } from "./override.ts";

/** An estimate of a request of 100 prompt tokens and about 10 output tokens. */
export function aRequestEstimated(overrides: DeepPartial<RequestEstimated> = {}): RequestEstimated {
  return override<RequestEstimated>(
    {
      type: "RequestEstimated",
      version: 1,
      id: "estimate:1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      model: "claude-opus-5",
      basis: "counted",
      promptTokens: { low: 100, expected: 100, high: 100 },
      outputTokens: { low: 5, expected: 10, high: 20, bound: 1_024 },
      usd: { low: "0.000625", expected: "0.00075", high: "0.001", bound: "0.0261" },
      prompt: { key: "0123abcd", hash: "0123456789abcdef" },
      context: NO_CONTEXT,
      labels: {},
    },
    overrides,
  );
}
