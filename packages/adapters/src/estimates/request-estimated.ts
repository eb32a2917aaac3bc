import {
  eventIdOf,
  formatInstant,
  formatUsd,
  NO_CONTEXT,
  type BoundedRange,
  type LedgerKey,
  type Money,
  type RequestEstimated,
} from "@farthing/ledger";
import type { EventSink } from "../capture/event-sink.ts";
import { promptHash, type PromptDigest } from "../prompts/index.ts";
import type { Estimate, EstimateOptions } from "./estimate-api.ts";

/** Records what was said of a request; returns the id of the event, also where there is nothing to record to. */
export async function requestEstimated(
  { model, basis, promptTokens, outputTokens, usd }: Omit<Estimate, "id">,
  digest: PromptDigest | null,
  sink: EventSink | null,
  { id = `estimate:${eventIdOf({})}`, key = null, labels = {}, context = {}, now = Date.now }: EstimateOptions,
): Promise<string> {
  if (sink === null) return id;
  const known = key ?? (await keyOf(sink));
  const event: RequestEstimated = {
    type: "RequestEstimated",
    version: 1,
    id,
    occurredAt: formatInstant(now()),
    sources: ["estimate"],
    model,
    basis,
    promptTokens,
    outputTokens,
    usd: usd === null ? null : decimals(usd),
    prompt: known === null || digest === null ? null : { key: known.id, hash: promptHash(digest, known) },
    context: { ...NO_CONTEXT, ...context },
    labels: { ...labels },
  };
  sink.record(event);
  return id;
}

async function keyOf(sink: EventSink): Promise<LedgerKey | null> {
  try {
    return await sink.fingerprintKey();
  } catch {
    return null;
  }
}

function decimals({ low, expected, high, bound }: BoundedRange<Money>): BoundedRange<string> {
  const decimal = (amount: Money | null): string | null => (amount === null ? null : formatUsd(amount));
  return { low: formatUsd(low), expected: decimal(expected), high: decimal(high), bound: decimal(bound) };
}
