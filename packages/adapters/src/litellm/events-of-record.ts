import type { PriceBook, RequestFailed } from "@farthing/ledger";
import { failureOfStatus } from "../capture/failures.ts";
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
import { type LitellmRecord, readLitellmRecord } from "./record.ts";
import { usageOfLitellm } from "./usage-of-record.ts";

/** Counting tokens is free. */
const IS_FREE = /count_tokens|token_counter/;

/** One row stands for all requests of a batch when its results are fetched. */
const IS_OF_BATCH = /batch/;

/** The events that a row of LiteLLM stands for. */
export function eventsOfLitellm(row: JsonObject, book: PriceBook): RecordReading {
  const record = readLitellmRecord(row);
  if ("reason" in record) return skippedRecord(record.reason, record.why);
  if (IS_FREE.test(record.callType)) return skippedRecord("not-a-call", `${record.callType} is free`);
  if (record.isCacheHit) return skippedRecord("gateway-cache", "answered from LiteLLM's own cache");
  const usage = usageOf(record, book);
  if (record.isFailure && "reason" in usage) return failed(record);
  const { call } = record;
  if ("reason" in usage) {
    const event = unansweredCall(call, UNCLEAR_USAGE);
    const stated = statedBy(record, null);
    return { ...broughtCall(event, stated), unclear: usage };
  }
  const event = record.isFailure ? brokenCall(call, usage) : answeredCall(call, usage);
  return broughtCall(event, statedBy(record, usage.usage));
}

function usageOf(record: LitellmRecord, book: PriceBook): ReturnType<typeof usageOfLitellm> {
  if (!IS_OF_BATCH.test(record.callType)) return usageOfLitellm(record, book);
  const why = `${record.callType} sums up a batch; import its results for what each request used`;
  return { reason: "sum-of-batch", field: null, why } satisfies Unclear;
}

/** What it answered is told by a number alone; what it said is left out. */
function failed({ call, errorStatus, errorClass }: LitellmRecord): RecordReading {
  const failure: Pick<RequestFailed, "cost" | "status" | "errorType"> =
    errorStatus === null
      ? {
          cost: "unknown",
          status: null,
          errorType: errorClass !== null && /^\w+$/.test(errorClass) ? errorClass : "unknown_error",
        }
      : { ...failureOfStatus(errorStatus, null), status: errorStatus };
  return broughtCall(unansweredCall(call, failure), null);
}

/** LiteLLM writes 0 where it knows no price: that states nothing. */
function statedBy({ call, stated }: LitellmRecord, usage: Parameters<typeof statedCost>[2]): RecordReading["stated"] {
  const usd = decimalUsd(stated);
  return usd === null || usd === "0" ? null : statedCost(call, usd, usage);
}
