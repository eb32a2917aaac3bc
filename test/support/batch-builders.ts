import type { BatchRequestSubmitted } from "@farthing/ledger";
import { NO_CONTEXT, NO_SHAPE } from "./builders.ts";
import { override, type DeepPartial } from "./override.ts";

export function aBatchRequestSubmitted(overrides: DeepPartial<BatchRequestSubmitted> = {}): BatchRequestSubmitted {
  return override<BatchRequestSubmitted>(
    {
      type: "BatchRequestSubmitted",
      version: 1,
      id: "batch-request:msgbatch_1/item-1",
      occurredAt: "2026-10-01T10:00:00.000Z",
      sources: ["test"],
      batch: "msgbatch_1",
      custom: "item-1",
      requestedModel: "claude-opus-5",
      request: { ...NO_SHAPE, maxTokens: 1_024 },
      context: NO_CONTEXT,
      labels: {},
    },
    overrides,
  );
}
