import type { BillLine, BillReport } from "@farthing/ledger";

export function aBillReport(overrides: Partial<BillReport> = {}): BillReport {
  return {
    kind: "analytics-cost",
    groupedBy: ["model", "token_type"],
    complete: true,
    lines: [aBillLine()],
    ...overrides,
  };
}

function aBillLine(overrides: Partial<BillLine> = {}): BillLine {
  return {
    dimensions: { model: "claude-opus-5", token_type: "output_tokens" },
    usd: "12.5",
    listUsd: null,
    tokens: null,
    webSearchRequests: null,
    requests: null,
    ...overrides,
  };
}
