import type { PriceBook } from "@farthing/ledger";
import { decimalUsd } from "../import/decimal-usd.ts";
import { answeredCall, brokenCall, statedCost, unansweredCall } from "../import/imported-call.ts";
import {
  broughtCall,
  type RecordReading,
  skippedRecord,
  UNCLEAR_USAGE,
  type Unclear,
} from "../import/record-reading.ts";
import type { JsonObject } from "../ndjson/json-object.ts";
import { type LangfuseGeneration, readGeneration } from "./observation.ts";
import type { CountsOthers } from "./sums.ts";
import { usageOfGeneration } from "./usage-of-generation.ts";

const CALL_OR_SUM: Unclear = {
  reason: "call-or-sum",
  field: null,
  why: "it may be a call, or count generations in it once more",
};

/**
 * The events that an observation of Langfuse stands for.
 *
 * @param sums ids of generations that are no calls of their own, as far as the files tell
 */
export function eventsOfGeneration(
  row: JsonObject,
  sums: ReadonlyMap<string, CountsOthers>,
  book: PriceBook,
): RecordReading {
  const generation = readGeneration(row);
  if ("reason" in generation) return skippedRecord(generation.reason, generation.why);
  const { call, isError, isCacheHit } = generation;
  if (isCacheHit) return skippedRecord("gateway-cache", "answered from a cache of the gateway");
  const counts = sums.get(generation.id);
  if (counts === "sum") return skippedRecord("sum-of-others", "it counts what the generations in it count");
  const usage = counts === "unclear" ? CALL_OR_SUM : usageOfGeneration(generation, book);
  if ("reason" in usage) {
    if (isError && usage.reason === "no-usage") {
      // What it answered is told in words alone, and they are left out.
      return broughtCall(unansweredCall(call, { cost: "unknown", status: null, errorType: "unknown_error" }), null);
    }
    return { ...broughtCall(unansweredCall(call, UNCLEAR_USAGE), stated(generation, null)), unclear: usage };
  }
  const { converted, cacheUntold } = usage;
  const event = isError ? brokenCall(call, converted) : answeredCall(call, converted);
  return { ...broughtCall(event, stated(generation, converted.usage)), cacheUntold };
}

/** 0 is what is shown where no price is known: that states nothing. */
function stated(
  { call, shown, provided }: LangfuseGeneration,
  usage: Parameters<typeof statedCost>[2],
): RecordReading["stated"] {
  const usd = decimalUsd(shown ?? provided);
  return usd === null || usd === "0" ? null : statedCost(call, usd, usage);
}
