import { join } from "node:path";
import type { Instant } from "./instant.ts";
import { listPriceBook } from "./pricing/price-book.ts";
import { askRows } from "./projections/ask-rows.ts";
import { projectEvents, type EventProjection, type PositionedEvents } from "./projections/event-projection.ts";
import type { Condition, RequestFilter } from "./projections/filters.ts";
import type { GroupKey } from "./projections/group-keys.ts";
import { withPriceSets } from "./projections/price-sets.ts";
import { queryRequests, type RequestOrder, type RequestsResult } from "./projections/requests.ts";
import type { RowProjection } from "./projections/row-projection.ts";
import type { SpendQuery, SpendResult } from "./projections/spend.ts";
import { spendProjection } from "./projections/tally-projections.ts";
import type { LedgerSettings } from "./settings/settings.ts";
import { openCheckpoints } from "./store/checkpoints/checkpoint-folder.ts";
import type { Position } from "./store/event-store.ts";
import { makeDurable } from "./store/file/make-durable.ts";
import type { FileSystem } from "./store/file/file-system.ts";
import type { Processes } from "./store/file/processes.ts";
import { askView } from "./store/view/open-view.ts";
import type { LedgerView } from "./store/view/view.ts";

/** Which responses a question is about, and at which prices. Everything may be left out. */
export interface LedgerQuestion {
  /** All must hold. Default: none. */
  readonly where?: readonly Condition[];
  /** Inclusive, by completion. Default: no limit. */
  readonly since?: Instant | null;
  /** Exclusive, by completion. Default: no limit. */
  readonly until?: Instant | null;
  /** IANA zone that cuts hours, days and months. Default: the ledger's setting. */
  readonly timeZone?: string;
  /** What had been recorded by then, itself included. Default: all there is. */
  readonly asOf?: Position | Instant | null;
  /** Prices as they were known then. Default: as they are known now. */
  readonly pricesKnownAt?: Instant | null;
}

export interface SpendQuestion extends LedgerQuestion {
  /** Dimensions to group by, in order. Default: none, for the total alone. */
  readonly by?: readonly GroupKey[];
}

export interface RequestsQuestion extends LedgerQuestion {
  /** Default: `time`. */
  readonly sort?: RequestOrder;
  /** At most this many, from the front; null for all, which are then held in memory. Default: 100. */
  readonly limit?: number | null;
}

const REQUESTS_LIMIT = 100;

/** What the questions to a ledger need of it. */
export interface Questioned extends PositionedEvents<Position> {
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly processes: Processes;
  settings(): Promise<LedgerSettings>;
  /** The value of a label as it is stored; null where that cannot be told. */
  labelToken(name: string, value: string): Promise<string | null>;
}

/** See `Ledger.spend`. */
export async function spendOf(ledger: Questioned, { by = [], ...question }: SpendQuestion): Promise<SpendResult> {
  const { asOf = null } = question;
  return askLedger(ledger, asOf, async (view) => {
    const query = { ...(await queryOf(ledger, question, view)), by };
    return askRows(
      spendProjection(query),
      view,
      asOf === null ? openCheckpoints(ledger.path, ledger.fileSystem) : null,
    );
  });
}

/** See `Ledger.requests`. */
export async function requestsOf(
  ledger: Questioned,
  { sort = "time", limit = REQUESTS_LIMIT, ...question }: RequestsQuestion,
): Promise<RequestsResult> {
  return askLedger(ledger, question.asOf ?? null, async (view) => {
    const query = { ...(await queryOf(ledger, question, view)), sort, limit };
    return queryRequests(view.batches({ details: true }), query);
  });
}

/** See `Ledger.ask`. */
export async function resultOf<Result>(ledger: Questioned, projection: RowProjection<Result>): Promise<Result> {
  const checkpoints = openCheckpoints(ledger.path, ledger.fileSystem);
  return askLedger(ledger, null, async (view) => askRows(projection, view, checkpoints));
}

/** See `Ledger.project`. */
export async function stateOf<State>(ledger: Questioned, projection: EventProjection<State>): Promise<State> {
  const { path, fileSystem } = ledger;
  const checkpoints = openCheckpoints(path, fileSystem);
  return projectEvents(projection, ledger, {
    read: (name) => checkpoints.read(name),
    // A position behind lines that a loss of power takes is, later on, one in the middle of others.
    write: async (name, pieces) => {
      if (await makeDurable(fileSystem, join(path, "segments"))) await checkpoints.write(name, pieces);
    },
  });
}

async function askLedger<T>(
  { path, fileSystem, processes }: Questioned,
  asOf: Position | Instant | null,
  ask: (view: LedgerView) => Promise<T>,
): Promise<T> {
  return askView([path], { asOf, fileSystem, processes }, ask);
}

async function queryOf(
  ledger: Questioned,
  question: LedgerQuestion,
  { priceSets }: LedgerView,
): Promise<Omit<SpendQuery, "by">> {
  const { since = null, until = null, pricesKnownAt = null } = question;
  const { book } = withPriceSets(listPriceBook(), priceSets);
  return {
    where: await storedConditions(ledger, question.where ?? []),
    since,
    until,
    timeZone: question.timeZone ?? (await ledger.settings()).timeZone,
    book: pricesKnownAt === null ? book : book.knownAt(pricesKnownAt),
  };
}

/** Conditions on labels, with the values as they are stored: those of personal labels are tokens. */
async function storedConditions(ledger: Questioned, where: readonly Condition[]): Promise<RequestFilter["where"]> {
  const stored: Condition[] = [];
  for (const condition of where) {
    const { key, value } = condition;
    const isLabel = key.startsWith("label:") && value !== null;
    const token = isLabel ? await ledger.labelToken(key.slice("label:".length), value) : null;
    // Without the key no value of a personal label can be looked for: the value itself is then nowhere.
    stored.push(token === null ? condition : { ...condition, value: token });
  }
  return stored;
}
