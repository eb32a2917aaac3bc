import type { Instant, Money, UnpricedReason } from "@farthing/ledger";
import type { ChargedItem } from "../reconcile/reconciliation.ts";

/** What every ceiling is marked with. */
export const CEILING_MARK = "ceiling, no request evidence";

/**
 * What amounts rest on: list amounts of a cost report, as `listFrom` of a reconciliation tells them; tokens of a usage
 * report times list prices; or one amount that somebody stated.
 */
export type AmountBasis = "bill" | "discount-setting" | "billed-amount" | "tokens" | "stated";

/** What of a workspace reports leave out where it is the default one. */
export const DEFAULT_WORKSPACE = "default";

/** What a bill can be told apart by, that is of use before anything is recorded. */
export const TOLD = ["model", "item", "apiKey", "workspace", "serviceTier"] as const;

export type Told = (typeof TOLD)[number];

/** A single change of which arithmetic alone says the most it could save. */
export type Lever = "cache-reads" | "cache-writes-5m" | "batch" | "model";

/** The most a lever could save of a row, if it could be pulled for every token of it. No request says that it can. */
export interface Ceiling {
  readonly lever: Lever;
  /** Never more than the row's amount. */
  readonly usd: Money;
  /** Which model would answer; null where that stays. */
  readonly model: string | null;
}

/** Why usage has no amount. */
export type NoAmountReason = UnpricedReason | "model-not-told" | "prepaid-priority";

/** Why a row has no ceiling. */
export type NoCeilingReason =
  | "not-charged"
  | "kind-not-told"
  | "model-not-told"
  | "no-price"
  | "amount-at-least"
  | "no-lever";

/** What is alike in model, kind of token, key and workspace. Null in one of these: the report does not tell it. */
export interface RankedRow {
  readonly model: string | null;
  readonly item: ChargedItem;
  readonly apiKey: string | null;
  readonly workspace: string | null;
  /** Null where usage has no price. */
  readonly usd: Money | null;
  /** Null where amounts alone are told. */
  readonly tokens: number | null;
  /** Whether the price rises with the prompt's length, and the report does not tell that. */
  readonly atLeast: boolean;
  /** Set exactly where `usd` is null. */
  readonly noAmount: NoAmountReason | null;
  /** Largest first. They overlap, so no two are added. */
  readonly ceilings: readonly Ceiling[];
  /** Set exactly where there are none. */
  readonly noCeiling: NoCeilingReason | null;
}

/** What was billed of one key or workspace; a null id is what has none. */
interface BilledService {
  readonly id: string | null;
  readonly usd: Money;
}

/** What is nearest to services in a bill. */
export interface BilledServices {
  readonly by: "apiKey" | "workspace";
  /** Of the report that tells them, which can be another than that of the ranking. */
  readonly basis: AmountBasis;
  readonly usd: Money;
  /** By amount, largest first. */
  readonly rows: readonly BilledService[];
  /** Whether others used what has no price: how much is not known. */
  readonly hasUnpriced: boolean;
  /** The one to attach first: the largest that has an id, since what has none is nobody's to attach. */
  readonly first: { readonly id: string; readonly usd: Money; readonly largest: RankedRow };
}

/** What a bill alone says of a ledger that holds no call. */
export interface DayZero {
  readonly from: Instant;
  readonly until: Instant;
  /** Of which less may be told than lies between its ends. */
  readonly coveredMs: number;
  /** False where further rows of some of this time may be missing. */
  readonly complete: boolean;
  readonly basis: AmountBasis;
  /** What has a price, at `basis`; of rows their exact sum. Null where nothing has. */
  readonly usd: Money | null;
  /** After discounts; null where the bill does not tell it apart from `usd`. */
  readonly billedUsd: Money | null;
  /** What somebody read from an invoice of this time; null where nobody did. */
  readonly statedUsd: Money | null;
  /** Rows of other reports of the same times. */
  readonly linesLeftOut: number;
  /** Rows of usage of times that the cost report does not tell. */
  readonly usageLeftOut: number;
  readonly told: readonly Told[];
  /** By amount, largest first; what has no amount is last. Empty where only an amount was stated. */
  readonly rows: readonly RankedRow[];
  /** Null where neither keys nor workspaces are told. */
  readonly services: BilledServices | null;
  /** In which its ends are ends of days. */
  readonly timeZone: string;
  readonly now: Instant;
}
