import {
  formatUsd,
  isEventOf,
  isResponse,
  listPriceBook,
  type Ledger,
  type LedgerEvent,
  type PriceBook,
  type ResponseRecorded,
} from "@farthing/ledger";
import { AppendQueue } from "../import/append-queue.ts";
import type { ImportReport } from "../import/import-report.ts";
import { reportedDifferences, type ReportedDifference } from "../import/reported-difference.ts";
import { type LinePlace, SkipLog } from "../import/skip.ts";
import { isJsonObject, type JsonObject, ownText, parseJson } from "../ndjson/json-object.ts";
import { unrecordedCost } from "./unrecorded-cost.ts";
import { AgentStreamReader } from "./stream-reader.ts";

export interface ImportAgentSdkOptions {
  readonly ledger: Pick<Ledger, "append" | "find">;
  /** The messages of one stream: a JSON array of them, one message, or one in each line. */
  readonly text: string;
  /** What the report calls the input. */
  readonly name: string;
  /** When the messages are taken to have come that tell no time, in milliseconds since 1970. */
  readonly at: number;
  /** What clients' figures are held against. Default: list prices. */
  readonly book?: PriceBook;
}

export interface AgentSdkReport extends ImportReport {
  /** Results with a cost. */
  readonly results: number;
  /** Models that a client priced otherwise. */
  readonly differences: readonly ReportedDifference[];
  /** What the tokens cost that results tell, in decimal US dollars; those without a price are left out. */
  readonly reportedUsd: string;
  /** Of that, what no response of the streams tells, or tells only in part: it is in no total. */
  readonly unrecordedUsd: string;
  /** Responses whose output is told as "at least": several shared one result. */
  readonly lowerBounds: number;
}

/**
 * Imports what a recorded stream of the Claude Agent SDK was billed. Repeating it changes nothing.
 *
 * @throws LedgerError where the ledger cannot be written to.
 */
export async function importAgentSdk(options: ImportAgentSdkOptions): Promise<AgentSdkReport> {
  const { ledger, text, name, at, book = listPriceBook() } = options;
  const skips = new SkipLog();
  const queue = new AppendQueue(ledger, skips);
  const reader = new AgentStreamReader({ now: () => at, nowProvenance: "estimated" });
  const brought: { readonly event: LedgerEvent; readonly place: LinePlace }[] = [];
  const lines = messagesIn(text);
  if (lines.length > 1 && !lines.some(({ value }) => isJsonObject(value))) {
    const why = `neither a JSON array of messages nor one message in each of its ${String(lines.length)} lines`;
    skips.add({ reason: "unknown-format", field: null, why }, { file: name, line: 1 });
    lines.length = 0;
  }
  for (const { line, value } of lines) {
    const place = { file: name, line };
    if (!isJsonObject(value)) {
      const reason = value === undefined ? "malformed-json" : "not-an-object";
      skips.add({ reason, field: null, why: "a message must be a JSON object" }, place);
      continue;
    }
    if (ownText(value, "type") === null) {
      skips.add({ reason: "unknown-format", field: "type", why: "no message of the Agent SDK: it has no type" }, place);
      continue;
    }
    const { events, skip } = reader.take(value);
    if (skip !== null) skips.add(skip, place);
    brought.push(...events.map((event) => ({ event, place })));
  }
  const held = await ledger.find(new Set(brought.map(({ event }) => event.id)));
  for (const { event, place } of brought) queue.add(atTimeHeld(event, held.get(event.id)), place);
  await queue.flush();
  const costs = brought.flatMap(({ event }) => (isEventOf(event, "CostReported") ? [event] : []));
  const responses = new Map<string, ResponseRecorded>();
  for (const { event } of brought) {
    if (isResponse(event) && responses.get(event.id)?.output !== "final") responses.set(event.id, event);
  }
  const { reported, unrecorded } = unrecordedCost(costs, responses, book);
  return {
    lines: lines.length,
    snapshots: brought.length,
    outcomes: queue.counts,
    skipped: skips.report(),
    unknownModels: queue.unknownModels,
    results: costs.length,
    differences: costs.flatMap((event) => reportedDifferences(event, book)),
    reportedUsd: formatUsd(reported),
    unrecordedUsd: formatUsd(unrecorded),
    lowerBounds: [...responses.values()].filter(({ output }) => output !== "final").length,
  };
}

/** A time that was guessed says nothing against one that is recorded. */
function atTimeHeld(event: LedgerEvent, held: LedgerEvent | undefined): LedgerEvent {
  if (held === undefined) return event;
  if (!isResponse(event)) return { ...event, occurredAt: held.occurredAt };
  if (!isResponse(held) || event.timing.occurredAtProvenance !== "estimated") return event;
  const { occurredAt } = held;
  return { ...event, occurredAt, timing: { ...event.timing, startedAt: held.timing.startedAt ?? occurredAt } };
}

function messagesIn(text: string): { readonly line: number; readonly value: unknown }[] {
  const whole = parseJson(text);
  if (Array.isArray(whole)) return whole.map((value: unknown, index) => ({ line: index + 1, value }));
  if (isJsonObject(whole)) return [{ line: 1, value: whole satisfies JsonObject }];
  return text.split("\n").flatMap((line, index) => {
    return line.trim() === "" ? [] : [{ line: index + 1, value: parseJson(line) }];
  });
}
