import { queryRequests, type RequestOrder, type RequestRow } from "@farthing/ledger";
import type { ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { bold, columnsOf, toNdjson, writeJson, writeLines } from "../output/output.ts";
import { renderRequests } from "../output/render-requests.ts";
import { requestToJson } from "../output/requests-json.ts";
import { select, type FilterFlags } from "../flags/selection.ts";

export interface RequestsFlags extends FilterFlags {
  readonly sort: RequestOrder;
  readonly limit?: number;
  readonly format: "text" | "json" | "ndjson";
  readonly wide?: true;
}

/** Lines handed to the operating system in one write. */
const LINES_PER_WRITE = 500;

/** `farthing requests`: one line per billed response. */
export async function requests(io: CommandIo, flags: RequestsFlags): Promise<ExitCode> {
  const selection = await select(io, flags);
  const result = queryRequests(selection.contents.account, {
    ...selection,
    sort: flags.sort,
    limit: flags.limit ?? null,
  });
  if (flags.format === "json") {
    const { rows, matched } = result;
    writeJson(io.stdout, { matched, priceBook: selection.book.hash, requests: rows.map(requestToJson) });
  } else if (flags.format === "ndjson") {
    writeNdjson(io, result.rows);
  } else {
    const columns = flags.wide === true ? Infinity : columnsOf(io);
    const { timeZone } = selection;
    writeLines(io.stdout, renderRequests(result, { columns, timeZone, bold: (text) => bold(io, text) }));
  }
  return selection.exitCode;
}

function writeNdjson(io: CommandIo, rows: readonly RequestRow[]): void {
  for (let start = 0; start < rows.length; start += LINES_PER_WRITE) {
    const lines = rows.slice(start, start + LINES_PER_WRITE).map((row) => toNdjson(requestToJson(row)));
    io.stdout.write(lines.join(""));
  }
}
