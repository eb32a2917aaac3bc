import { type Ledger, loadParseEvent } from "@farthing/ledger";
import { AppendQueue } from "../import/append-queue.ts";
import type { ImportReport } from "../import/import-report.ts";
import { type LinePlace, SkipLog } from "../import/skip.ts";
import { type Line, lineText, splitLines } from "../ndjson/split-lines.ts";
import { EventLineParser, type ParsedEventLine } from "./event-line-parser.ts";

export interface ImportEventsOptions {
  readonly ledger: Pick<Ledger, "append">;
  /** NDJSON in UTF-8, in pieces of any size. */
  readonly lines: AsyncIterable<Uint8Array>;
  /** What the report calls the input: a file's name, or `-`. */
  readonly name: string;
  /** Called about once per piece. */
  readonly onProgress?: (progress: { readonly lines: number; readonly snapshots: number }) => void;
}

/**
 * Imports events as `docs/reference/events.md` describes them. Bad lines are reported, good ones imported.
 *
 * @throws LedgerError where the ledger cannot be written to, and what `lines` throws; what was appended before stays.
 */
export async function importEvents(options: ImportEventsOptions): Promise<ImportReport> {
  const { ledger, lines, name, onProgress } = options;
  const parser = new EventLineParser(await loadParseEvent());
  const skips = new SkipLog();
  const queue = new AppendQueue(ledger, skips);
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
      if (queue.isFull) await queue.flush();
    }
    onProgress?.({ lines: number, snapshots });
  }
  await queue.flush();
  return {
    lines: number,
    snapshots,
    outcomes: queue.counts,
    skipped: skips.report(),
    unknownModels: queue.unknownModels,
  };
}

function parse({ bytes }: Line, parser: EventLineParser): ParsedEventLine {
  if (bytes !== null) return parser.parse(lineText(bytes));
  return { kind: "skipped", skip: { reason: "line-too-long", field: null, why: "the line is longer than 256 MiB" } };
}
