import {
  listPriceBook,
  openView,
  querySpend,
  type LedgerView,
  type RequestRows,
  type RowBatch,
} from "@farthing/ledger";
import type { Answer } from "./answer.ts";
import { CacheHits } from "./cache-hits.ts";

/** As the product does it: merged, checked, priced exactly; from column files or, without them, from the log. */
export async function fromView(path: string, columns: "build" | "ignore", withHits: boolean): Promise<Answer> {
  const view = await openView([path], { columns });
  const hits = withHits ? new CacheHits() : null;
  const { rows, total } = await querySpend(hits === null ? view.batches() : seen(view, hits), {
    by: ["hour", "workload", "model"],
    where: [],
    since: null,
    until: null,
    timeZone: "UTC",
    book: listPriceBook(),
  });
  const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output } = total.tokens;
  const tokens = uncachedInput + cacheWrite5m + cacheWrite1h + cacheRead + output;
  return { groups: rows.length, requests: total.requests, tokens, hits: hits?.hits ?? null };
}

/** The batches as they pass by, each of its responses added to the simulation. */
async function* seen(view: LedgerView, hits: CacheHits): AsyncGenerator<RowBatch> {
  for await (const batch of view.batches()) {
    addHits(batch, hits);
    yield batch;
  }
}

function addHits({ rows, dead }: RowBatch, hits: CacheHits): void {
  const isBilled = Array.from({ length: rows.terms.length }, (_, index) => {
    const { kind, billedTo } = rows.terms.at(index);
    return kind === "completed" && billedTo === "self";
  });
  const [session, workload, service] = [
    columnOf(rows, "session"),
    columnOf(rows, "label:workload"),
    columnOf(rows, "service"),
  ];
  const nameOf = (context: number, terms: number): string =>
    session(context) ?? `${workload(context) ?? service(context) ?? ""} ${rows.terms.at(terms).servedModel ?? ""}`;
  const seriesOf = new Int32Array(rows.contexts.length * rows.terms.length).fill(-1);
  for (let row = 0; row < rows.count; row += 1) {
    const terms = rows.termsOf[row] ?? 0;
    if ((dead !== null && dead[row] !== 0) || isBilled[terms] !== true) continue;
    const context = rows.contextOf[row] ?? 0;
    const place = context * rows.terms.length + terms;
    let series = seriesOf[place] ?? -1;
    if (series < 0) seriesOf[place] = series = hits.seriesOf(nameOf(context, terms));
    hits.add(series, rows.startedAt[row] ?? 0);
  }
}

/** Of one field of all contexts, the value by context; read alone where it is stored alone. */
function columnOf(
  { contexts }: RequestRows,
  field: "session" | "service" | "label:workload",
): (index: number) => string | null {
  const column = contexts.column?.(field);
  if (column !== undefined) return (index) => column.value(column.numbers[index] ?? 0);
  return (index) => {
    const { context, labels } = contexts.at(index);
    return field === "label:workload" ? (labels["workload"] ?? null) : context[field];
  };
}
