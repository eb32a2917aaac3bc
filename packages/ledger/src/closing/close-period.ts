import { join } from "node:path";
import { v7 } from "uuid";
import { PeriodClosedError } from "../errors.ts";
import type { PeriodClosed } from "../events/event.ts";
import { formatInstant, type Instant } from "../instant.ts";
import type { Ledger } from "../ledger-api.ts";
import { formatUsd } from "../money/money.ts";
import { listPriceBook, type PriceBook } from "../pricing/price-book.ts";
import { askRows } from "../projections/ask-rows.ts";
import { withPriceSets } from "../projections/price-sets.ts";
import type { SpendResult } from "../projections/spend.ts";
import { spendProjection } from "../projections/tally-projections.ts";
import { openCheckpoints } from "../store/checkpoints/checkpoint-folder.ts";
import type { Position } from "../store/event-store.ts";
import { nodeFileSystem, type FileSystem } from "../store/file/file-system.ts";
import { refuseLost } from "../store/file/held-lock.ts";
import { takeLock } from "../store/file/lock.ts";
import { makeDurable } from "../store/file/make-durable.ts";
import { nodeProcesses, type Processes } from "../store/file/processes.ts";
import { askView } from "../store/view/open-view.ts";
import { chainHeadOf, type ClosingStatement } from "./chain-head.ts";
import { closingsIn, closingsWithin, type ClosedSpan } from "./closings.ts";
import { openItemsOf, type OpenItems } from "./open-items.ts";
import { pruneRecordHash, readLinks } from "./read-links.ts";

export interface ClosePeriodOptions extends ClosedSpan {
  /** IANA name of the zone whose days the period consists of. */
  readonly timeZone: string;
  /** The time; the period must be over by then. */
  readonly now: Instant;
  /** Only tells what would be closed. Default: false. */
  readonly dryRun?: boolean;
  /** Default: this machine's. */
  readonly fileSystem?: FileSystem;
  /** Default: this machine's. */
  readonly processes?: Processes;
  /** Names the closing. Default: UUID v7. */
  readonly newUuid?: () => string;
}

/** A period that was closed, or would be. */
export interface ClosedPeriod {
  readonly closing: PeriodClosed;
  readonly spend: SpendResult;
  readonly open: OpenItems;
}

/** Which prune begins while a period is being closed would take lines that the closing covers; it waits. */
const LOCK = "prune.lock";

/**
 * Closes the books of a period: records what it comes to by what had been recorded at one position, which others may
 * append after meanwhile.
 *
 * @throws PeriodClosedError where some of the period is closed already.
 * @throws RangeError for a period that is not over.
 * @throws LedgerLockedError while another process closes a period, or prunes.
 * @throws LedgerUnavailableError when the operating system refuses.
 */
export async function closePeriod(ledger: Ledger, options: ClosePeriodOptions): Promise<ClosedPeriod> {
  const { fileSystem = nodeFileSystem, processes = nodeProcesses, dryRun = false, until, now } = options;
  if (until > now) throw new RangeError(`the period is not over: it ends at ${formatInstant(until)}`);
  await ledger.flush();
  const lock = await takeLock(ledger.path, LOCK, { fileSystem, processes });
  try {
    const { statement, spend, open } = await askView([ledger.path], { fileSystem, processes }, async (view) => {
      refuseTwice(closingsWithin(closingsIn(view.others), options));
      const { book } = withPriceSets(listPriceBook(), view.priceSets);
      const query = { by: ["model" as const], where: [], since: options.from, until, timeZone: options.timeZone, book };
      const result = await askRows(spendProjection(query), view, openCheckpoints(ledger.path, fileSystem));
      return {
        statement: { ...sumsOf(result, book), position: view.position },
        spend: result,
        open: await openItemsOf(view, result, options),
      };
    });
    // A head that covers lines which the next loss of power takes would later prove that they are missing.
    if (!dryRun) await makeDurable(fileSystem, join(ledger.path, "segments"));
    const bound = await boundBy(ledger.path, statement.position, fileSystem);
    const closing = closingFrom({ ...statement, ...bound }, options);
    if (!dryRun) {
      refuseLost(lock, ledger.path, "close it again");
      await ledger.append([closing]);
    }
    return { closing, spend, open };
  } finally {
    await lock.release();
  }
}

function refuseTwice([closing]: readonly PeriodClosed[]): void {
  if (closing === undefined) return;
  const { from, until, timeZone = null, usd, occurredAt } = closing;
  throw new PeriodClosedError(from, until, timeZone, usd, occurredAt);
}

type Sums = Required<
  Pick<PeriodClosed, "usd" | "requests" | "unpricedRequests" | "models" | "priceBookHash" | "pricesKnownAt">
>;

function sumsOf({ total, rows }: SpendResult, book: PriceBook): Sums {
  return {
    usd: formatUsd(total.usd),
    requests: total.requests,
    unpricedRequests: total.unpricedRequests,
    models: rows.map(({ by, usd, requests, unpricedRequests }) => ({
      model: by["model"] ?? null,
      usd: formatUsd(usd),
      requests,
      unpricedRequests,
    })),
    priceBookHash: book.hash,
    // Prices of later releases are known later, so that with this the book is the same.
    pricesKnownAt: formatInstant(book.cards.reduce((newest, { knownFrom }) => Math.max(newest, knownFrom), 0)),
  };
}

type Bound = Required<Pick<PeriodClosed, "heads" | "prunes" | "pruneRecord">>;

async function boundBy(root: string, position: Position, fileSystem: FileSystem): Promise<Bound> {
  const { logs, pruned } = await readLinks(root, position, fileSystem);
  const prunes = pruned.records.length;
  return {
    heads: [...logs].flatMap(([writer, { links }]) => links.map(({ seq, chain }) => ({ writer, seq, chain }))),
    prunes,
    pruneRecord: await pruneRecordHash(root, prunes, fileSystem),
  };
}

function closingFrom(
  said: Sums & Bound & { readonly position: Position },
  { from, until, timeZone, now, newUuid = v7 }: ClosePeriodOptions,
): PeriodClosed {
  const statement: ClosingStatement = {
    type: "PeriodClosed",
    version: 1,
    id: `close:${newUuid()}`,
    occurredAt: formatInstant(now),
    sources: ["close"],
    from: formatInstant(from),
    until: formatInstant(until),
    timeZone,
    ...said,
  };
  return { ...statement, chainHead: chainHeadOf(statement) };
}
