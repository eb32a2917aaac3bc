import {
  calendarOf,
  matchModel,
  rowFilter,
  withPriceSets,
  listPriceBook,
  type Condition,
  type Ledger,
  type PriceBook,
  type RequestRows,
  type RowBatch,
  type TokenBuckets,
} from "@farthing/ledger";

/** What an earlier request was billed. */
export interface PastRequest {
  readonly tokens: TokenBuckets;
  /** How many bytes of text its prompt was; null where unknown. */
  readonly promptBytes: number | null;
}

/** What a ledger knows of requests like one that is to be estimated, the newest first, and of prices. */
export interface RequestHistory {
  readonly requests: readonly PastRequest[];
  readonly book: PriceBook;
}

/** What is read of a ledger; a `Ledger` fits as it is. */
export type HistoryLedger = Pick<Ledger, "view" | "labelToken">;

/** How many requests are looked for, and in how many column files, so that an old model does not cost reading all. */
const REQUESTS_MAX = 200;
const FILES_MAX = 8;

/** @param where What else must hold of them besides the model. */
export async function readHistory(
  ledger: HistoryLedger,
  model: string,
  where: readonly Condition[],
): Promise<RequestHistory> {
  const view = await ledger.view();
  const stored = await Promise.all(where.map(async (condition) => storedCondition(ledger, condition)));
  const wantedIn = rowFilter({ where: stored, since: null, until: null }, calendarOf("UTC"));
  const requests: PastRequest[] = [];
  const take = (batch: RowBatch): void => {
    addNewest(batch, model, wantedIn(batch.rows), requests);
  };
  for (const batch of view.tail.toReversed()) take(batch);
  for (const file of view.files.slice(-FILES_MAX).toReversed()) {
    if (requests.length >= REQUESTS_MAX) break;
    take(await file.open({ details: true }));
  }
  return { requests, book: withPriceSets(listPriceBook(), view.priceSets).book };
}

function addNewest(
  { rows, dead }: RowBatch,
  model: string,
  isWanted: (row: number) => boolean,
  requests: PastRequest[],
): void {
  const isLike = Array.from({ length: rows.terms.length }, (_, index) => isLikeIt(rows, index, model));
  for (let row = rows.count - 1; row >= 0 && requests.length < REQUESTS_MAX; row -= 1) {
    const counts = dead === null || dead[row] === 0;
    if (!counts || isLike[rows.termsOf[row] ?? 0] !== true || rows.furtherParts.has(row) || !isWanted(row)) continue;
    requests.push({ tokens: tokensOf(rows, row), promptBytes: rows.details().shape(row)?.promptBytes ?? null });
  }
}

/** Whether requests of these terms ended as they do, and were answered by the same model. */
function isLikeIt(rows: RequestRows, index: number, model: string): boolean {
  const { kind, output, billedTo, servedModel } = rows.terms.at(index);
  return (
    kind === "completed" &&
    output === "final" &&
    billedTo === "self" &&
    servedModel !== null &&
    nameOf(servedModel) === nameOf(model)
  );
}

function nameOf(model: string): string {
  return matchModel(model)?.model ?? model;
}

function tokensOf(rows: RequestRows, row: number): TokenBuckets {
  return {
    uncachedInput: rows.uncachedInput[row] ?? 0,
    cacheWrite5m: rows.cacheWrite5m[row] ?? 0,
    cacheWrite1h: rows.cacheWrite1h[row] ?? 0,
    cacheRead: rows.cacheRead[row] ?? 0,
    output: rows.output[row] ?? 0,
  };
}

/** With the value as it is stored: that of a personal label is a token. */
async function storedCondition(ledger: HistoryLedger, condition: Condition): Promise<Condition> {
  const { key, value } = condition;
  if (!key.startsWith("label:") || value === null) return condition;
  const token = await ledger.labelToken(key.slice("label:".length), value);
  return token === null ? condition : { ...condition, value: token };
}
