import { queryRequests, type LedgerView, type RequestOrder, type RequestRow } from "@farthing/ledger";
import { asOfText } from "../../report/words.ts";
import type { ExitCode } from "../exit-codes.ts";
import type { CommandIo } from "../io.ts";
import { commandLine } from "../output/command-line.ts";
import { bold, columnsOf, toNdjson, writeJson, writeLines } from "../output/output.ts";
import { sameQuestion } from "../output/pinned-flags.ts";
import { renderRequests } from "../output/render-requests.ts";
import { requestToJson } from "../output/requests-json.ts";
import { askSelected, type FilterFlags } from "../flags/selection.ts";

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
  const { answer, exitCode } = await askSelected(io, flags, async (selection) => {
    const query = { ...selection, sort: flags.sort, limit: flags.limit ?? null };
    const { view } = selection.contents;
    return { selection, pruned: prunedIn(view), result: await queryRequests(view.batches({ details: true }), query) };
  });
  const { selection, pruned, result } = answer;
  if (flags.format === "json") {
    const { rows, matched } = result;
    const asOf = selection.asOf === null ? null : asOfText(selection.asOf);
    const command = commandLine(["requests", ...orderFlags(flags), ...sameQuestion(selection), "--format", "json"]);
    writeJson(io.stdout, {
      command,
      matched,
      pruned,
      asOf,
      priceBook: selection.book.hash,
      requests: rows.map(requestToJson),
    });
  } else if (flags.format === "ndjson") {
    writeNdjson(io, result.rows);
  } else {
    const columns = flags.wide === true ? Infinity : columnsOf(io);
    const { timeZone, asOf } = selection;
    writeLines(io.stdout, renderRequests(result, { columns, timeZone, asOf, pruned, bold: (text) => bold(io, text) }));
  }
  return exitCode;
}

function orderFlags({ sort, limit }: RequestsFlags): readonly string[] {
  return ["--sort", sort, ...(limit === undefined ? [] : ["--limit", String(limit)])];
}

/** Billed responses of which only sums are left. */
function prunedIn({ rollups }: LedgerView): number {
  const billed = rollups.filter(({ outcome, billedTo }) => outcome === "response" && billedTo === "self");
  return billed.reduce((sum, { requests }) => sum + requests, 0);
}

function writeNdjson(io: CommandIo, rows: readonly RequestRow[]): void {
  for (let start = 0; start < rows.length; start += LINES_PER_WRITE) {
    const lines = rows.slice(start, start + LINES_PER_WRITE).map((row) => toNdjson(requestToJson(row)));
    io.stdout.write(lines.join(""));
  }
}
