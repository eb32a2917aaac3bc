import type { Instant, LineItemName, Money, UnpricedReason } from "@farthing/ledger";

/** What is charged for: a line item of ours, code execution, of which responses tell nothing, or what a bill does not say. */
export type ChargedItem = LineItemName | "codeExecution" | "unnamed";

/** The same, or what a row of a bill takes off. */
export type BillItem = ChargedItem | "credit";

/** What a bill and the ledger can both tell usage apart by. */
export const DIMENSIONS = [
  "model",
  "serviceTier",
  "inferenceGeo",
  "speed",
  "contextWindow",
  "apiKey",
  "workspace",
] as const;

export type Dimension = (typeof DIMENSIONS)[number];

/** A value in each dimension that both sides tell, there and then; the others are absent. */
export type DimensionValues = Readonly<Partial<Record<Dimension, string>>>;

/** A UTC hour or day. */
export interface Slice {
  /** Inclusive. */
  readonly from: Instant;
  /** Exclusive. */
  readonly until: Instant;
}

/** Why the bill is not what the ledger says. */
export type ResidualClass =
  | "not-captured"
  | "unpriced"
  | "mispriced"
  | "late"
  | "double-counted"
  | "rounding"
  | "unexplained";

/** In the order in which they are shown. */
export const RESIDUAL_CLASSES: readonly ResidualClass[] = [
  "not-captured",
  "unpriced",
  "mispriced",
  "late",
  "double-counted",
  "rounding",
  "unexplained",
];

/**
 * What is known of why.
 *
 * Not captured: the key or workspace is on no recorded call; nothing was recording, or nothing was recorded at all, in
 * these hours; a full queue dropped events; streams ended before their output was known; the charge is in no response.
 * Late: the bill counts items of a batch when they are done, the ledger when their batch had ended; results were not
 * read yet; the report was made before the usage was in it. Others have no cause besides their class.
 */
export type ResidualCause =
  | "key-never-seen"
  | "workspace-never-seen"
  | "capture-off"
  | "hours-without-record"
  | "events-dropped"
  | "streams-left-early"
  | "not-in-responses"
  | "batch-ended-later"
  | "batch-billed-earlier"
  | "batch-results-unread"
  | "report-not-final"
  | "no-price"
  | "another-price"
  | "recorded-twice"
  | "amounts-rounded"
  | "usage-not-reported"
  | "credited"
  | "unknown";

/** A part of the residual with one cause. */
export interface ResidualPart {
  readonly class: ResidualClass;
  readonly cause: ResidualCause;
  /** What it is about; empty where it concerns everything. */
  readonly dimensions: DimensionValues;
  /** Null where several items are together. */
  readonly item: BillItem | null;
  /** At list prices; negative where the ledger holds more than was billed. */
  readonly usd: Money;
  /** Tokens, or requests of a search, that are billed and not recorded, or negative; null where amounts alone tell it. */
  readonly quantity: bigint | null;
  /** Why there is no price, where that is the class. */
  readonly reason: UnpricedReason | null;
  /** Hours or days it is in. */
  readonly slices: number;
  /** From the first to the last of these. */
  readonly span: Slice;
}

/** The bill and the ledger of what is alike in some dimensions. */
export interface ReconciledRow {
  readonly dimensions: DimensionValues;
  readonly item: BillItem;
  readonly billedUsd: Money;
  readonly recordedUsd: Money;
  /** Null where the bill tells amounts alone. */
  readonly billedQuantity: bigint | null;
  readonly recordedQuantity: bigint;
}

/** A bill held against the ledger, at list prices. */
export interface Reconciliation {
  readonly period: Slice;
  /** Whether both sides are compared by the hour or by the day, in UTC; `whole` where only an amount is known. */
  readonly by: "hour" | "day" | "whole";
  /** How much of the period the bill tells, in milliseconds. The rest is not compared. */
  readonly coveredMs: number;
  readonly bill: {
    /** Before discounts. */
    readonly listUsd: Money;
    /** After discounts and before credits; null where the bill does not tell it apart from `listUsd`. */
    readonly billedUsd: Money | null;
    /** Whether list amounts are the bill's own, or were reckoned back from the discount in the settings. */
    readonly listFrom: "bill" | "discount-setting" | "billed-amount";
    readonly source: "analytics" | "admin" | "stated";
    /** When the report was made; null where it does not say. */
    readonly refreshedAt: Instant | null;
    /** Whether usage was reported beside amounts. */
    readonly hasUsage: boolean;
    /** Whether rows of some of this time may be missing. */
    readonly incomplete: boolean;
    /** Rows of other reports of the same time, which tell the same in another way. */
    readonly linesLeftOut: number;
    /** What somebody read from an invoice of this period; null where nobody did. */
    readonly statedUsd: Money | null;
  };
  readonly ledger: {
    readonly usd: Money;
    readonly requests: number;
    /** Priced usage at the priority tier, which no cost report holds: left out. */
    readonly notionalUsd: Money;
    /** Recorded in the period at times that the bill does not tell: left out. */
    readonly notComparedUsd: Money;
  };
  /** `bill.listUsd` less `ledger.usd`. */
  readonly residualUsd: Money;
  /** Their sum is the residual. Largest first, by class. */
  readonly parts: readonly ResidualPart[];
  /** Dimensions that both sides tell. */
  readonly comparedBy: readonly Dimension[];
  /** Dimensions that the bill tells and not every recorded request: where one does not, they are not compared. */
  readonly unknownHere: readonly Dimension[];
  /** By amount, largest first. */
  readonly rows: readonly ReconciledRow[];
}
