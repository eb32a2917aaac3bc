import { formatUsd, type Instant, type Money, type UnpricedReason } from "@farthing/ledger";
import { displayCount, displayIsoDay, displayQuantity } from "./format-values.ts";
import { renderTable } from "./table.ts";

/** What traffic comes to. */
export interface Simulation {
  readonly requests: number;
  readonly blocks: number;
  readonly readBlocks: number;
  readonly tokens: { readonly read: number; readonly write: number; readonly plain: number; readonly output: number };
  /** Null where one of the requests has no price. */
  readonly usd: Money | null;
  readonly reason: UnpricedReason | null;
}

interface Terms {
  readonly model: string;
  readonly ttl: string;
  readonly blockTokens: number;
  readonly at: Instant;
}

export function renderSimulation(simulation: Simulation, { model, ttl, blockTokens, at }: Terms): string[] {
  const { requests, blocks, readBlocks, tokens, usd, reason } = simulation;
  const caching = ttl === "none" ? "without caching" : `with prefixes cached for ${ttl}`;
  const rows = [
    ["read", displayCount(tokens.read)],
    [ttl === "none" ? "written" : `written for ${ttl}`, displayCount(tokens.write)],
    ["neither", displayCount(tokens.plain)],
    ["output", displayCount(tokens.output)],
  ];
  const columns = [
    { title: "tokens", align: "left" },
    { title: "", align: "right" },
  ] as const;
  return [
    `${model} ${caching}, at list prices of ${displayIsoDay(at)}`,
    `${displayQuantity(requests, "request")}; ${displayCount(readBlocks)} of ${displayQuantity(blocks, "block")} of ${displayCount(blockTokens)} tokens read from the cache`,
    ...renderTable(columns, rows, 80).map((line) => `  ${line}`),
    usd === null ? `TOTAL unknown: no price (${reason ?? ""})` : `TOTAL $${formatUsd(usd)}`,
  ];
}
