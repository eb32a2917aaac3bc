import { byTimeThenId, correctionsInForce, type CorrectedEvent } from "../events/corrections.ts";
import type {
  BatchResultRecorded,
  EventType,
  KnownEvent,
  LedgerEvent,
  PriceSet,
  RequestFailed,
  ResponseRecorded,
  UsageRolledUp,
} from "../events/event.ts";
import { isEventOf, isFoundByIdOnly, isKnownEvent, isRequest, isResponse } from "../events/known-event.ts";
import { merge } from "../events/merge.ts";

/** Types that are not requests and have a list of their own in an account. */
const HAVE_A_LIST: readonly EventType[] = ["PriceSet", "UsageRolledUp"];

/**
 * What a ledger says once every event is merged with those of its id and corrections are applied.
 *
 * Every list is ordered by occurredAt, then id, so that equal ledgers have equal accounts.
 */
export interface Account {
  /** Billed responses; corrected ones are left out. */
  readonly responses: readonly ResponseRecorded[];
  /** Attempts without an answer, and items of batches that were not billed. */
  readonly failures: readonly (RequestFailed | BatchResultRecorded)[];
  readonly priceSets: readonly PriceSet[];
  /** What requests came to that were pruned; they are in none of the other lists. */
  readonly rollups: readonly UsageRolledUp[];
  /** Every other known event, corrections included; without those of `isFoundByIdOnly`. */
  readonly others: readonly KnownEvent[];
  readonly corrected: readonly CorrectedEvent[];
  /** Those of `responses` of which final snapshots disagree. */
  readonly conflicts: readonly ResponseRecorded[];
  /** Events of newer releases: how many, by `Type@version`. */
  readonly unknownTypes: ReadonlyMap<string, number>;
}

/** What an account is made from. Grows with the number of different ids. */
export interface AccountState {
  /** Known events by id, merged. */
  readonly known: Map<string, KnownEvent>;
  /** `Type@version` of every event this release does not know, by type, version and id. */
  readonly unknown: Map<string, string>;
}

export function newAccountState(): AccountState {
  return { known: new Map(), unknown: new Map() };
}

/** Takes an event into a state, which is changed in place. Order and repetition make no difference. */
export function evolveAccount(state: AccountState, event: LedgerEvent): void {
  if (!isKnownEvent(event)) {
    const kind = `${event.type}@${String(event.version)}`;
    state.unknown.set(`${kind} ${event.id}`, kind);
    return;
  }
  const held = state.known.get(event.id);
  const merged = held === undefined ? event : merge(held, event);
  if (isKnownEvent(merged)) state.known.set(event.id, merged);
}

/** The account of the events taken in so far. */
export function accountOf(state: AccountState): Account {
  const events = [...state.known.values()].sort(byTimeThenId);
  const corrections = correctionsInForce(events);
  const standing = events.filter(({ id }) => !corrections.has(id));
  const responses = standing.filter(isResponse);
  return {
    responses,
    failures: standing.filter(isRequest).filter((event) => !isResponse(event)),
    priceSets: standing.filter((event) => isEventOf(event, "PriceSet")),
    rollups: standing.filter((event) => isEventOf(event, "UsageRolledUp")),
    others: standing.filter(
      (event) => !isRequest(event) && !isFoundByIdOnly(event) && !HAVE_A_LIST.includes(event.type),
    ),
    corrected: events.flatMap((event) => {
      const correction = corrections.get(event.id);
      return correction === undefined ? [] : [{ event, correction }];
    }),
    conflicts: responses.filter(({ conflicts }) => conflicts.length > 0),
    unknownTypes: countBy([...state.unknown.values()].sort()),
  };
}

export function foldAccount(events: Iterable<LedgerEvent>): Account {
  const state = newAccountState();
  for (const event of events) evolveAccount(state, event);
  return accountOf(state);
}

function countBy(kinds: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
