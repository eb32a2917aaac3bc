import { calendarOf, displayUsd, ratio } from "@farthing/ledger";
import { itemName } from "../reconcile/cause-words.ts";
import { LIST_WORDS } from "../report/bill-coverage.ts";
import { percent } from "../report/text-layout.ts";
import { countWords, dayWords, grouped, usdWords } from "../report/words.ts";
import { DEFAULT_WORKSPACE } from "./day-zero.ts";
import type {
  AmountBasis,
  BilledServices,
  Ceiling,
  DayZero,
  NoAmountReason,
  NoCeilingReason,
  RankedRow,
} from "./day-zero.ts";

const DAY_MS = 86_400_000;
const NOT_TOLD = "not told by the report";

/** `1 Oct - 31 Oct 2026, 31 days, UTC`, and where days of it are not told. */
export function billedTimeWords({ from, until, coveredMs, timeZone }: DayZero): string {
  const [first, last] = [dayWords(from, timeZone, true), dayWords(until - 1, timeZone, true)];
  const sameYear = first.slice(-4) === last.slice(-4);
  const ends = first === last ? last : `${sameYear ? first.slice(0, -5) : first} - ${last}`;
  const days = Math.round((until - from) / DAY_MS);
  const told = coveredMs === until - from ? "" : ` of which ${hoursOrDays(coveredMs)} are told`;
  return `${ends}, ${countWords(Math.max(days, 1), "day")}${told}, ${timeZone}`;
}

function hoursOrDays(ms: number): string {
  return ms % DAY_MS === 0 ? countWords(ms / DAY_MS, "day") : countWords(Math.round(ms / 3_600_000), "hour");
}

/** What the amounts are. */
export const BASIS_WORDS: Readonly<Record<AmountBasis, string>> = {
  ...LIST_WORDS,
  tokens: "tokens x list price: the usage report tells no amounts",
  stated: "as stated",
};

/** Where only usage is reported, nobody says that it was billed. */
export function totalName({ basis }: DayZero): "BILLED" | "USED" {
  return basis === "tokens" ? "USED" : "BILLED";
}

/** `BILLED $41,204.11 at list prices`. */
export function totalWords(zero: DayZero): string {
  const { usd, basis } = zero;
  return `${totalName(zero)} ${usd === null ? "unpriced" : `${displayUsd(usd)} ${BASIS_WORDS[basis]}`}`;
}

/** What a row is of: model, kind of token, key and workspace, as far as the report tells these. */
export function rowWords(row: RankedRow, zero: Pick<DayZero, "told">): string {
  return [modelWords(row, zero), itemWords(row), ...ownerParts(row, zero)].join(", ");
}

export function modelWords({ model, item }: RankedRow, { told }: Pick<DayZero, "told">): string {
  if (model !== null) return model;
  return told.includes("model") || item === "webSearch" || item === "codeExecution" ? "no model" : `model ${NOT_TOLD}`;
}

export function itemWords({ item }: RankedRow): string {
  return item === "unnamed" ? `kind of token ${NOT_TOLD}` : itemName(item);
}

/** A report without keys or workspaces says so once for all rows. */
function ownerParts({ apiKey, workspace }: RankedRow, { told }: Pick<DayZero, "told">): readonly string[] {
  return [
    ...(told.includes("apiKey") ? [ownerWords("apiKey", apiKey)] : []),
    ...(told.includes("workspace") ? [ownerWords("workspace", workspace)] : []),
  ];
}

/** What has no key in a report that tells keys is the Console's own. */
export function ownerWords(by: BilledServices["by"], id: string | null): string {
  if (by === "workspace" && id === DEFAULT_WORKSPACE) return "workspace default";
  return id ?? `no ${OWNER_WORDS[by]}`;
}

/** What of keys and workspaces no row can say; null where the report tells both. */
export function notToldWords({ told, basis }: DayZero): string | null {
  if (basis === "stated") return null;
  const names = [
    told.includes("apiKey") ? null : "key",
    told.includes("workspace") ? null : "workspace",
    told.includes("serviceTier") ? null : "service tier (so no ceiling of batches is named)",
  ].filter((name) => name !== null);
  return names.length === 0 ? null : `${sentenceCase(names.join(", "))}: ${NOT_TOLD}.`;
}

/** The largest ceiling of a row that leaves answers as they are, and the largest that does not. */
export function ceilingParts({ ceilings }: RankedRow): readonly Ceiling[] {
  const unchanged = ceilings.find(({ lever }) => lever !== "model");
  const model = ceilings.find(({ lever }) => lever === "model");
  return [unchanged, model].filter((ceiling) => ceiling !== undefined);
}

/** `$1,731 less if all is read from the cache`. */
export function ceilingWords(ceiling: Ceiling): string {
  return `${usdWords(ceiling.usd)} ${leverWords(ceiling)}`;
}

/** What would have to be so for a ceiling to be reached. */
export function leverWords({ lever, model }: Ceiling): string {
  switch (lever) {
    case "cache-reads":
      return "less if all is read from the cache";
    case "cache-writes-5m":
      return "less if all is written for 5 minutes";
    case "batch":
      return "less if all goes in batches";
    case "model":
      return `less on ${model ?? ""}, quality untested`;
  }
}

export function noCeilingWords({ noCeiling, noAmount }: RankedRow): string | null {
  if (noAmount !== null) return `no amount: ${NO_AMOUNT_WORDS[noAmount]}`;
  return noCeiling === null ? null : `no ceiling: ${NO_CEILING_WORDS[noCeiling]}`;
}

const NO_CEILING_WORDS: Readonly<Record<NoCeilingReason, string>> = {
  "not-charged": "nothing was charged",
  "kind-not-told": `the kind of token is ${NOT_TOLD}`,
  "model-not-told": `the model is ${NOT_TOLD}`,
  "no-price": "the model's price then is not known here",
  "amount-at-least": "the price rises with the prompt's length, which is not told; the amount is at least this",
  "no-lever": "no change is known that makes it cheaper",
};

const NO_AMOUNT_WORDS: Readonly<Record<NoAmountReason, string>> = {
  "unknown-model": "its model is unknown here",
  "no-published-price": "no price of the model is published",
  "before-first-price": "it is older than the model's first price",
  "no-price-for-bucket": "the model has no price for this kind of token",
  "unknown-service-tier": "its service tier is unknown here",
  "unknown-speed": "its speed is unknown here",
  "unknown-geography": "its geography is unknown here",
  "no-fast-price": "the model has no fast price then",
  "no-us-price": "the model has no price for US-only inference",
  "unknown-iteration": "part of it is of an unknown kind",
  "model-not-told": `the model is ${NOT_TOLD}`,
  "prepaid-priority": "the priority tier is prepaid",
};

/** Which to attach first, and why. */
export function attachFirstWords({ by, usd, first, basis, hasUnpriced }: BilledServices, chosen: AmountBasis): string {
  const of = `${usdWords(first.usd)} of ${usdWords(usd)} (${percent(ratio(first.usd, usd))})`;
  const { largest } = first;
  const part =
    largest.usd === null
      ? ""
      : `, of which ${usdWords(largest.usd)} is ${itemWords(largest)}${largest.model === null ? "" : ` on ${largest.model}`}`;
  const source = basis === chosen ? "" : ` (${BASIS_WORDS[basis]})`;
  const rest = hasUnpriced
    ? `Others used what has no price here, which is in no amount: see WHERE.`
    : `No other ${OWNER_WORDS[by]} was billed as much.`;
  return `Attach ${OWNER_WORDS[by]} ${first.id} first: ${of}${part}${source}. ${rest}`;
}

export const OWNER_WORDS: Readonly<Record<BilledServices["by"], string>> = { apiKey: "key", workspace: "workspace" };

/** What a bill cannot say, and requests can. */
export const NOT_SAID: readonly string[] = [
  "which call, prompt or task a dollar was for",
  "whether the same prompt came again in time for the cache to be read",
  "whether nobody waits for an answer, which batches need",
  "whether a cheaper model answers as well, and as briefly",
];

/** Why ceilings are no savings. */
export const CEILINGS_ARE_NO_SAVINGS: string =
  "A ceiling is arithmetic on prices: what a row would cost less if every token of it could be changed. None is a saving, " +
  "and those of a row overlap, so no two are added. Another model is taken to write as much; models that count the same " +
  "text as another number of tokens are left out.";

export function hasCeiling({ ceilings }: RankedRow): boolean {
  return ceilings.length > 0;
}

/** What must be known before the amounts are believed, one sentence each. */
export function billNotes(zero: DayZero): readonly string[] {
  const { basis, complete, usd, billedUsd, statedUsd, linesLeftOut, usageLeftOut, rows, told } = zero;
  const unpriced = rows.filter((row) => row.usd === null).length;
  return [
    complete ? null : "The report is cut off: further rows of some of this time may be missing.",
    billedUsd === null || billedUsd === usd ? null : `After discounts ${displayUsd(billedUsd)} was billed.`,
    basis === "stated" || statedUsd === null ? null : `Stated from an invoice: ${displayUsd(statedUsd)}.`,
    unpriced === 0
      ? null
      : `${countWords(unpriced, "row")} without a price ${unpriced === 1 ? "is" : "are"} not in the total.`,
    basis !== "tokens" || told.includes("serviceTier") ? null : "Usage is priced at the standard tier.",
    basis !== "tokens" || !rows.some(({ atLeast }) => atLeast)
      ? null
      : "Some prices rise with the prompt's length, which is not told: those amounts are at least.",
    linesLeftOut === 0 ? null : `${grouped(linesLeftOut)} rows of other reports tell the same times and are left out.`,
    usageLeftOut === 0 ? null : `${grouped(usageLeftOut)} rows of usage are of times without amounts and are left out.`,
  ].filter((note) => note !== null);
}

/** A thing to do, and what to type or write for it. */
export interface NextStep {
  readonly what: string;
  readonly code: string | null;
}

const GUIDES = { attach: "docs/guides/attach.md", imports: "docs/guides/bill-imports.md" } as const;

export function nextSteps(zero: DayZero): readonly NextStep[] {
  const { basis, told, services } = zero;
  const isByKey = services?.by === "apiKey";
  const hasAll = told.includes("item") && told.includes("model");
  const fetch = isByKey && hasAll && basis !== "tokens" ? [] : fetchSteps(zero);
  if (services === null) return [...fetch, { what: "ask again", code: "farthing report" }];
  const id = JSON.stringify(services.first.id);
  const attach = isByKey
    ? {
        what: `in the code that uses this key, wrap its client with attach of @farthing/adapters/anthropic (${GUIDES.attach})`,
        code: `const client = attach(new Anthropic(), ledger, {\n  labels: { "api-key": ${id} },\n});`,
      }
    : {
        what: `in the code whose key belongs to this workspace, wrap its client with attach of @farthing/adapters/anthropic (${GUIDES.attach})`,
        code: "const client = attach(new Anthropic(), ledger);",
      };
  return [attach, { what: "let it run, and ask again", code: "farthing report" }, ...fetch];
}

/** How to come by a bill that tells keys, workspaces and kinds of token. */
function fetchSteps({ from, now, timeZone }: DayZero): readonly NextStep[] {
  const month = calendarOf(timeZone).month(from);
  const what = "fetch the bill by model, kind of token, key and workspace";
  const params =
    "group_by[]=model, service_tier, api_key_id, workspace_id, inference_geo; of cost also cost_type, token_type";
  const byHand = {
    what: `GET /v1/organizations/analytics/cost and /usage with ${params}; then farthing import cost-report FILE... and usage-report FILE... (${GUIDES.imports})`,
    code: null,
  };
  // The API tells the last 365 days, from 2026 on.
  const isTold = now - from < 365 * DAY_MS && from >= Date.UTC(2026, 0, 1);
  return isTold
    ? [
        { what, code: `farthing reconcile ${month} --live` },
        { ...byHand, what: `or by hand: ${byHand.what}` },
      ]
    : [{ ...byHand, what: `${what}: ${byHand.what}` }];
}

function sentenceCase(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
