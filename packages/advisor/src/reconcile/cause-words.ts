import type { BillItem, Reconciliation, ResidualCause, ResidualClass, ResidualPart } from "./reconciliation.ts";

const CLASS_NAMES: Readonly<Record<ResidualClass, string>> = {
  "not-captured": "not captured",
  unpriced: "unpriced",
  mispriced: "mispriced",
  late: "late",
  "double-counted": "double counted",
  rounding: "rounding",
  unexplained: "unexplained",
};

export function className(kind: ResidualClass): string {
  return CLASS_NAMES[kind];
}

const ITEM_NAMES: Readonly<Record<BillItem, string>> = {
  uncachedInput: "uncached input",
  cacheWrite5m: "cache writes 5m",
  cacheWrite1h: "cache writes 1h",
  cacheRead: "cache reads",
  output: "output",
  webSearch: "web searches",
  codeExecution: "code execution",
  unnamed: "all items",
  credit: "credits",
};

export function itemName(item: BillItem): string {
  return ITEM_NAMES[item];
}

/** What a cause is, about some part of the usage, and what to do about it. */
export function causeWords(part: ResidualPart): { readonly why: string; readonly next: string | null } {
  const { dimensions, item, reason } = part;
  const key = dimensions.apiKey === undefined ? "these calls" : `key ${dimensions.apiKey}`;
  const model = dimensions.model ?? "a model";
  const words: Readonly<Record<ResidualCause, readonly [why: string, next: string | null]>> = {
    "key-never-seen": [`${key} is on no recorded call`, `attach what uses ${key}`],
    "workspace-never-seen": [
      `workspace ${dimensions.workspace ?? ""} is on no recorded call`,
      `attach what runs in workspace ${dimensions.workspace ?? ""}`,
    ],
    "capture-off": ["a service says that it was not recording", "farthing doctor says which, and since when"],
    "hours-without-record": [
      `${dimensions.apiKey === undefined ? "nothing at all" : `nothing with ${key}`} was recorded then`,
      "find out why nothing was recorded then, and import what other records hold of it",
    ],
    "events-dropped": ["a full queue dropped events", "farthing doctor says where"],
    "streams-left-early": ["streams ended before their output was known", null],
    "not-in-responses": ["charged for what no response tells", null],
    "batch-ended-later": ["items of batches were billed before their batch had ended, when they are recorded", null],
    "batch-billed-earlier": ["items of batches that were billed at an earlier time", null],
    "batch-results-unread": [
      "results of batches were not read",
      "read them within 29 days of the batch's creation; farthing doctor lists them",
    ],
    "report-not-final": ["the report was made before this usage was in it", "fetch the report again"],
    "no-price": [
      `${model}${item === null ? "" : ` ${itemName(item)}`} has no price here (${reason ?? "unknown"})`,
      `farthing prices set a rate card for ${model}`,
    ],
    "another-price": [
      `the same ${item === null ? "usage" : itemName(item)} of ${model} was billed at another price`,
      `compare farthing prices ${model} with the bill`,
    ],
    "recorded-twice": ["responses that are recorded under two ids", "farthing requests shows them side by side"],
    "amounts-rounded": ["rows of the bill are rounded", null],
    "usage-not-reported": [
      "the bill tells amounts alone, so that usage and prices cannot be told apart",
      "farthing import cost-report and usage-report of the same days, grouped by as much as you can",
    ],
    credited: ["rows of the bill take something off: credits or corrections", null],
    unknown: ["no evidence says why", null],
  };
  const [why, next] = words[part.cause];
  return { why, next };
}

/** What to know before believing a reconciliation, one sentence each. */
export function reconciliationNotes({
  bill,
  ledger,
  unknownHere,
  comparedBy,
  period,
  coveredMs,
}: Reconciliation): readonly string[] {
  const notes: string[] = [];
  if (bill.listFrom === "discount-setting") {
    notes.push("The bill tells no list amounts: they are reckoned back from the discount in the settings.");
  }
  if (bill.listFrom === "billed-amount") {
    notes.push(
      "The bill tells no list amounts, and no discount is set: its amounts are taken for list amounts. With a discount, set it: farthing settings set discount-percent N.",
    );
  }
  if (coveredMs < period.until - period.from) {
    notes.push("The bill does not tell all of the period. Only what it tells is compared.");
  }
  if (bill.incomplete) notes.push("Rows of the bill may be missing: a page was cut off, or is not imported.");
  if (bill.linesLeftOut > 0) {
    notes.push(
      `${String(bill.linesLeftOut)} rows of other reports tell the same times in another way, and are left out.`,
    );
  }
  if (unknownHere.includes("apiKey")) {
    notes.push(notCompared("Keys", comparedBy.includes("apiKey"), 'have no label "api-key" with the id of their key'));
  }
  if (unknownHere.includes("workspace")) {
    notes.push(notCompared("Workspaces", comparedBy.includes("workspace"), "were not recorded with theirs"));
  }
  if (ledger.notionalUsd > 0n) {
    notes.push("Usage at the priority tier is prepaid and in no cost report: it is left out.");
  }
  return notes;
}

function notCompared(what: string, elsewhere: boolean, why: string): string {
  return elsewhere
    ? `${what} are not compared where recorded calls ${why}; elsewhere they are.`
    : `${what} are not compared: recorded calls ${why}.`;
}
