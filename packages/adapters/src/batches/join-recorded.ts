import {
  canonicalJson,
  isEventOf,
  isResponse,
  merge,
  type Ledger,
  type LedgerEvent,
  type LedgerView,
  type RowBatch,
} from "@farthing/ledger";
import { submissionId } from "./batch-call.ts";
import { joined } from "./join.ts";

/** Responses that are joined at once. */
const GROUP_ROWS = 1_000;

/**
 * Joins the responses of some batches that are in a ledger to their requests, where these have come since, or were never
 * looked up, because they were recorded where nothing can be: on another machine, to a file.
 *
 * @throws LedgerError where the ledger cannot be read or written to; what was joined before stays.
 */
export async function joinRecorded(
  ledger: Pick<Ledger, "append" | "view">,
  batches: ReadonlySet<string>,
): Promise<void> {
  if (batches.size === 0) return;
  const view = await ledger.view();
  for (const batch of view.tail) await joinRows(ledger, view, batch, batches);
  for (const file of view.files) {
    if (!file.batches.some(([name]) => batches.has(name))) continue;
    await joinRows(ledger, view, await file.open({ details: true }), batches);
  }
}

async function joinRows(
  ledger: Pick<Ledger, "append">,
  view: LedgerView,
  batch: RowBatch,
  batches: ReadonlySet<string>,
): Promise<void> {
  const rows = rowsToJoin(batch, batches);
  for (let start = 0; start < rows.length; start += GROUP_ROWS) {
    const group = rows.slice(start, start + GROUP_ROWS);
    const submissions = await view.find(group.map(({ submission }) => submission));
    const known = group.filter(({ submission }) => submissions.has(submission));
    const responses = await view.events(
      batch,
      known.map(({ row }) => row),
    );
    const news = known.flatMap(({ submission: id }, index): LedgerEvent[] => {
      const [response, submission] = [responses[index], submissions.get(id)];
      if (response === undefined || !isResponse(response) || submission === undefined) return [];
      if (!isEventOf(submission, "BatchRequestSubmitted")) return [];
      const event = joined(response, submission);
      return canonicalJson(merge(response, event)) === canonicalJson(response) ? [] : [event];
    });
    if (news.length > 0) await ledger.append(news);
  }
}

/** Rows that are responses of some batches and name no model that was asked for: those that are joined do. */
function rowsToJoin(
  { rows, dead }: RowBatch,
  batches: ReadonlySet<string>,
): { readonly row: number; readonly submission: string }[] {
  const found: { readonly row: number; readonly submission: string }[] = [];
  const details = rows.details();
  for (let row = 0; row < rows.count; row += 1) {
    const terms = rows.terms.at(rows.termsOf[row] ?? 0);
    if (terms.kind === "failed" || terms.requestedModel !== null || (dead !== null && dead[row] !== 0)) continue;
    const { batch, custom } = details.otherIds(row);
    if (batch !== null && custom !== null && batches.has(batch))
      found.push({ row, submission: submissionId(batch, custom) });
  }
  return found;
}
