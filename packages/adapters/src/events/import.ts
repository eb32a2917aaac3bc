import { isEventOf, isResponse, type Ledger, type LedgerEvent, loadParseEvent } from "@farthing/ledger";
import { joinRecorded } from "../batches/join-recorded.ts";
import { AppendQueue } from "../import/append-queue.ts";
import type { ImportReport } from "../import/import-report.ts";
import { type LinePlace, SkipLog } from "../import/skip.ts";
import { type Line, lineText, splitLines } from "../ndjson/split-lines.ts";
import { EventLineParser, type ParsedEventLine } from "./event-line-parser.ts";

export interface ImportEventsOptions {
  /** One without `view` is not read: results of batches are then not joined to their requests. */
  readonly ledger: Pick<Ledger, "append"> & Partial<Pick<Ledger, "view">>;
  /** NDJSON in UTF-8, in pieces of any size. */
  readonly lines: AsyncIterable<Uint8Array>;
  /** What the report calls the input: a file's name, or `-`. */
  readonly name: string;
  /** Called about once per piece. */
  readonly onProgress?: (progress: { readonly lines: number; readonly snapshots: number }) => void;
}

/**
 * Imports events as `docs/reference/events.md` describes them. Bad lines are reported, good ones imported. Results of
 * batches are joined to their requests, whichever of them were imported first.
 *
 * @throws LedgerError where the ledger cannot be written to, and what `lines` throws; what was appended before stays.
 */
export async function importEvents(options: ImportEventsOptions): Promise<ImportReport> {
  const { ledger, lines, name, onProgress } = options;
  const parser = new EventLineParser(await loadParseEvent());
  const skips = new SkipLog();
  const queue = new AppendQueue(ledger, skips);
  const batches = new Set<string>();
  let number = 0;
  let snapshots = 0;
  for await (const group of splitLines(lines)) {
    for (const line of group) {
      number += 1;
      const place: LinePlace = { file: name, line: number };
      const parsed = parse(line, parser);
      if (parsed.kind === "skipped") skips.add(parsed.skip, place);
      if (parsed.kind !== "event") continue;
      snapshots += 1;
      queue.add(parsed.event, place);
      const batch = batchToJoin(parsed.event);
      if (batch !== null) batches.add(batch);
      if (queue.isFull) await queue.flush();
    }
    onProgress?.({ lines: number, snapshots });
  }
  await queue.flush();
  const { append, view } = ledger;
  if (view !== undefined) await joinRecorded({ append: append.bind(ledger), view: view.bind(ledger) }, batches);
  return {
    lines: number,
    snapshots,
    outcomes: queue.counts,
    skipped: skips.report(),
    unknownModels: queue.unknownModels,
  };
}

/** The batch whose results may have to be joined once an event is recorded; null for most events. */
function batchToJoin(event: LedgerEvent): string | null {
  if (isEventOf(event, "BatchRequestSubmitted")) return event.batch;
  return isResponse(event) && event.requestedModel === null ? event.ids.batch : null;
}

function parse({ bytes }: Line, parser: EventLineParser): ParsedEventLine {
  if (bytes !== null) return parser.parse(lineText(bytes));
  return { kind: "skipped", skip: { reason: "line-too-long", field: null, why: "the line is longer than 256 MiB" } };
}
