import type { BilledResponse, CallIds, RequestFailed, Timing } from "../events/event.ts";
import { formatInstant } from "../instant.ts";
import type { BilledUsage, PricedUsage } from "../usage/usage.ts";
import type { RequestRows, RowTerms } from "./request-rows.ts";

/** A response as far as rows hold it. */
export type ResponseOfRow = BilledResponse & {
  /** Whether final snapshots disagree; which, only the log holds. */
  readonly hasConflicts: boolean;
};

/** A failure as far as rows hold it: all but what headers said of limits. See `asRowHolds` for items of batches. */
export type FailedOfRow = Omit<RequestFailed, "rateLimits">;

/** A request as far as rows hold it: the event, but for what only the log keeps. */
export type RequestOfRow = ResponseOfRow | FailedOfRow;

/**
 * The event a row was made from, without the API's usage object, the snapshots that lost and fields of newer releases.
 *
 * Reads the rows' details.
 */
export function requestOfRow(rows: RequestRows, row: number): RequestOfRow {
  const terms = rows.terms.at(cell(rows.termsOf, row));
  const { context, labels, sources, workspace } = rows.contexts.at(cell(rows.contextOf, row));
  const details = rows.details();
  const shared = {
    id: details.id(row),
    version: 1 as const,
    occurredAt: formatInstant(cell(rows.occurredAt, row)),
    context,
    labels,
    sources,
    requestedModel: terms.requestedModel,
    ids: { ...idsOf(rows, row), workspace },
    timing: timingOf(rows, row, terms),
    attempt: details.attempt(row),
  };
  if (terms.kind === "failed") {
    const { status, errorType } = details.failure(row);
    return { ...shared, type: "RequestFailed", cost: terms.cost ?? "unknown", status, errorType: errorType ?? "" };
  }
  const prompt = details.prompt(row);
  const response = {
    ...shared,
    servedModel: terms.servedModel ?? "",
    usage: usageOfRow(rows, row),
    stopReason: terms.stopReason,
    billedTo: terms.billedTo,
    output: terms.output,
    request: details.shape(row),
    cacheMissReason: details.cacheMissReason(row),
    ...(prompt === null ? {} : { prompt }),
    hasConflicts: terms.hasConflicts,
  };
  return terms.kind === "interrupted"
    ? {
        ...response,
        type: "RequestInterrupted",
        finality: "interrupted",
        observedCharacters: details.observedCharacters(row),
      }
    : {
        ...response,
        type: "RequestCompleted",
        finality: terms.finality === "placeholder" ? "placeholder" : "complete",
      };
}

/** The usage of a row's response, without the API's own object. Reads the rows' details. */
export function usageOfRow(rows: RequestRows, row: number): BilledUsage {
  const thinking = cell(rows.thinking, row);
  return {
    ...pricedUsageOfRow(rows, row),
    thinkingTokens: thinking < 0 ? null : thinking,
    webFetchRequests: rows.details().webFetchRequests(row),
  };
}

/** What decides the price of a row's response. Does not read details. */
export function pricedUsageOfRow(rows: RequestRows, row: number): PricedUsage {
  const { part, serviceTier, inferenceGeo, speed, notes } = rows.terms.at(cell(rows.termsOf, row));
  const tokens = {
    uncachedInput: cell(rows.uncachedInput, row),
    cacheWrite5m: cell(rows.cacheWrite5m, row),
    cacheWrite1h: cell(rows.cacheWrite1h, row),
    cacheRead: cell(rows.cacheRead, row),
    output: cell(rows.output, row),
  };
  return {
    parts: [{ ...part, tokens }, ...(rows.furtherParts.get(row) ?? [])],
    webSearchRequests: cell(rows.webSearchRequests, row),
    serviceTier,
    inferenceGeo,
    speed,
    notes,
  };
}

function idsOf(rows: RequestRows, row: number): Omit<CallIds, "workspace"> {
  const details = rows.details();
  return {
    message: details.message(row),
    request: details.request(row),
    ...details.otherIds(row),
    previousMessage: details.previousMessage(row),
  };
}

function timingOf(rows: RequestRows, row: number, terms: RowTerms): Timing {
  const { startedAtProvenance, occurredAtProvenance } = terms;
  const startedAt = cell(rows.startedAt, row);
  const firstTokenAt = rows.details().firstTokenAt(row);
  return {
    startedAt: Number.isNaN(startedAt) ? null : formatInstant(startedAt),
    startedAtProvenance,
    occurredAtProvenance,
    firstTokenAt: firstTokenAt === null ? null : formatInstant(firstTokenAt),
  };
}

function cell(column: Uint32Array | Int32Array | Float64Array, row: number): number {
  const value = column[row];
  if (value === undefined) throw new RangeError(`there is no row ${String(row)}`);
  return value;
}
