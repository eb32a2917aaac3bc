import {
  canonicalJson,
  requestOfRow,
  type Account,
  type BatchResultRecorded,
  type LedgerView,
  type RequestFailed,
  type RequestRecorded,
} from "@farthing/ledger";
import { aRequestFailed } from "./builders.ts";

/** Everything a view or an account says, in the same words, so that they can be compared. */
export interface Said {
  /** The requests as far as rows hold them. */
  readonly rows: readonly string[];
  /** The whole events of the requests. */
  readonly requests: readonly string[];
  readonly priceSets: readonly string[];
  readonly rollups: readonly string[];
  readonly others: readonly string[];
  readonly corrected: readonly string[];
  readonly conflicts: readonly string[];
  readonly unknownTypes: readonly (readonly [string, number])[];
}

export async function saidByView(view: LedgerView): Promise<Said> {
  const rows: string[] = [];
  const requests: string[] = [];
  for await (const batch of view.batches({ details: true })) {
    const counted = Array.from({ length: batch.rows.count }, (_, row) => row).filter((row) => batch.dead?.[row] !== 1);
    for (const row of counted) rows.push(canonicalJson(requestOfRow(batch.rows, row)));
    for (const event of await view.events(batch, counted)) requests.push(canonicalJson(event));
  }
  return {
    rows: rows.sort(),
    requests: requests.sort(),
    priceSets: view.priceSets.map((event) => canonicalJson(event)),
    rollups: view.rollups.map((event) => canonicalJson(event)),
    others: view.others.map((event) => canonicalJson(event)),
    corrected: (await view.corrected()).map((each) => canonicalJson(each)),
    conflicts: view.conflicts.ids,
    unknownTypes: [...view.unknownTypes],
  };
}

export function saidByAccount(account: Account): Said {
  const requests = [...account.responses, ...account.failures];
  return {
    rows: requests.map((event) => canonicalJson(asFarAsRowsHold(event))).sort(),
    requests: requests.map((event) => canonicalJson(event)).sort(),
    priceSets: account.priceSets.map((event) => canonicalJson(event)),
    rollups: account.rollups.map((event) => canonicalJson(event)),
    others: account.others.map((event) => canonicalJson(event)),
    corrected: account.corrected.map((each) => canonicalJson(each)),
    conflicts: account.conflicts.map(({ id }) => id).sort(),
    unknownTypes: [...account.unknownTypes],
  };
}

/** What the log has of an event and rows have not is taken off by hand. */
export function asFarAsRowsHold(event: RequestRecorded): object {
  const { colour: _, rateLimits: _limits, ...known } = { colour: null, rateLimits: null, ...event };
  if (known.type === "BatchResultRecorded") return aFreeFailure(known);
  if (known.type === "RequestFailed") return known;
  const { conflicts, usage, ...rest } = known;
  const { raw: __, ...billed } = usage;
  return { ...rest, usage: billed, hasConflicts: conflicts.length > 0 };
}

/** What rows make of an item of a batch that was not billed. */
function aFreeFailure(item: BatchResultRecorded): RequestFailed {
  return aRequestFailed({
    id: item.id,
    occurredAt: item.occurredAt,
    sources: item.sources,
    ids: {
      request: null,
      batch: item.batch,
      custom: item.custom,
    },
    requestedModel: null,
    status: null,
    errorType: item.errorType ?? item.result,
    attempt: null,
    timing: {
      startedAt: null,
      startedAtProvenance: "missing",
      occurredAtProvenance: "derived",
    },
  });
}
