import { z } from "zod";
import {
  CEILING_MARK,
  type AmountBasis,
  type BilledServices,
  type Lever,
  type NoAmountReason,
  type NoCeilingReason,
  type Told,
} from "../day-zero/day-zero.ts";
import type { ChargedItem } from "../reconcile/reconciliation.ts";
import { codes, cost, count, time, usd, type Fields } from "./fields.ts";

/** The most that one change could save of a row. */
export interface CeilingRow {
  readonly lever: Lever;
  readonly usd: string;
  readonly model: string | null;
}

/** What is alike in model, kind of token, key and workspace. */
export interface BilledRow {
  readonly model: string | null;
  readonly item: ChargedItem;
  readonly apiKey: string | null;
  readonly workspace: string | null;
  readonly usd: string | null;
  readonly tokens: number | null;
  readonly atLeast: boolean;
  readonly noAmount: NoAmountReason | null;
  readonly ceilings: readonly CeilingRow[];
  readonly noCeiling: NoCeilingReason | null;
}

export interface BilledServicesRow {
  readonly by: BilledServices["by"];
  readonly basis: AmountBasis;
  readonly usd: string;
  readonly rows: readonly { readonly id: string | null; readonly usd: string }[];
}

export interface AttachFirstRow {
  readonly by: BilledServices["by"];
  readonly id: string;
  readonly usd: string;
  readonly ofUsd: string;
  readonly largest: Pick<BilledRow, "model" | "item" | "usd">;
}

/** What a bill alone says, before any call is recorded. */
export interface ReportBillRow {
  readonly since: string;
  readonly until: string;
  readonly coveredHours: number;
  readonly complete: boolean;
  readonly basis: AmountBasis;
  readonly usd: string | null;
  readonly billedUsd: string | null;
  readonly statedUsd: string | null;
  readonly toldApart: readonly Told[];
  readonly ceilingMark: typeof CEILING_MARK;
  readonly rows: readonly BilledRow[];
  readonly services: BilledServicesRow | null;
  readonly attachFirst: AttachFirstRow | null;
  readonly notes: readonly string[];
  readonly notSaid: readonly string[];
  readonly next: readonly { readonly what: string; readonly code: string | null }[];
}

const NOT_TOLD = "null where the report does not tell it, or it has none";

const basis = codes<AmountBasis>({
  bill: "List amounts of a cost report",
  "discount-setting": "Its amounts, reckoned back from the discount in the settings",
  "billed-amount": "Its amounts, which are taken for list amounts",
  tokens: "Tokens of a usage report times list prices",
  stated: "One amount that was stated",
});

const item = codes<ChargedItem>({
  uncachedInput: "Input that was neither read from the cache nor written to it",
  cacheWrite5m: "Written to the cache for 5 minutes",
  cacheWrite1h: "Written to the cache for an hour",
  cacheRead: "Read from the cache",
  output: "Output",
  webSearch: "Web searches",
  codeExecution: "Code execution",
  unnamed: "Not told by the report",
});

const ceiling: z.ZodType<CeilingRow> = z.object({
  lever: codes<Lever>({
    "cache-reads": "All of it is read from the cache",
    "cache-writes-5m": "All of it is written for 5 minutes",
    batch: "All of it goes in batches",
    model: "Another model answers, in as many tokens",
  }).describe("The change"),
  usd: cost.describe("What the row would cost less by it, never more than the row"),
  model: z.string().nullable().describe("Which model would answer; null where that stays"),
} satisfies Fields<CeilingRow>);

const noAmount = codes<NoAmountReason>({
  "unknown-model": "The model is not one of the price book's",
  "no-published-price": "No price of the model is published",
  "before-first-price": "The usage is older than the model's first price",
  "no-price-for-bucket": "The model has no price for this kind of token",
  "unknown-service-tier": "The service tier is not known",
  "unknown-speed": "The speed is not known",
  "unknown-geography": "The geography is not known",
  "no-fast-price": "The model had no fast price",
  "no-us-price": "The model has no price for US-only inference",
  "unknown-iteration": "Part of the usage is of an unknown kind",
  "model-not-told": "The report does not tell the model",
  "prepaid-priority": "The priority tier is prepaid",
});

const noCeiling = codes<NoCeilingReason>({
  "not-charged": "Nothing was charged, or less was than was taken back",
  "kind-not-told": "The report does not tell the kind of token",
  "model-not-told": "The report does not tell the model",
  "no-price": "The price then is not known",
  "amount-at-least": "The amount is a lower bound, so nothing is known to be the most",
  "no-lever": "No change is known that makes it cheaper",
});

const rowUsd = usd.nullable().describe("US dollars at the basis; null where it has no price");

const row: z.ZodType<BilledRow> = z.object({
  model: z.string().nullable().describe(`The model; ${NOT_TOLD}`),
  item: item.describe("What was charged for"),
  apiKey: z.string().nullable().describe(`The key's id; ${NOT_TOLD}`),
  workspace: z.string().nullable().describe(`The workspace's id; ${NOT_TOLD}`),
  usd: rowUsd,
  tokens: count.nullable().describe("Its tokens; null where amounts alone are told"),
  atLeast: z.boolean().describe("Whether the price rises with the prompt's length, which is not told"),
  noAmount: noAmount.nullable().describe("Why it has no amount; null where it has one"),
  ceilings: z.array(ceiling).describe("Largest first; they overlap, so never add them"),
  noCeiling: noCeiling.nullable().describe("Why it has no ceiling; null where it has any"),
} satisfies Fields<BilledRow>);

const by = codes<BilledServices["by"]>({ apiKey: "API keys", workspace: "Workspaces" });

const services: z.ZodType<BilledServicesRow> = z.object({
  by: by.describe("What is taken for services"),
  basis: basis.describe("What these amounts are"),
  usd: usd.describe("All of them, US dollars"),
  rows: z
    .array(
      z.object({
        id: z.string().nullable().describe("Its id; null for what has none"),
        usd: usd.describe("US dollars"),
      }),
    )
    .describe("Largest first"),
} satisfies Fields<BilledServicesRow>);

const attachFirst: z.ZodType<AttachFirstRow> = z.object({
  by: by.describe("What the id is of"),
  id: z.string().describe("The one with the largest amount"),
  usd: cost.describe("Its amount, US dollars"),
  ofUsd: usd.describe("The amount of all of them, US dollars"),
  largest: z
    .object({
      model: z.string().nullable().describe(`The model; ${NOT_TOLD}`),
      item: item.describe("What was charged for"),
      usd: rowUsd,
    } satisfies Fields<AttachFirstRow["largest"]>)
    .describe("The largest row of it"),
} satisfies Fields<AttachFirstRow>);

export const reportBillRow: z.ZodType<ReportBillRow> = z.object({
  since: time.describe("Where the bill begins"),
  until: time.describe("Where it ends, exclusive"),
  coveredHours: z.number().nonnegative().describe("How much of that is told"),
  complete: z.boolean().describe("False where further rows of some of this time may be missing"),
  basis: basis.describe("What the amounts are"),
  usd: usd.nullable().describe("All that has a price, the sum of the rows; null where nothing has"),
  billedUsd: usd.nullable().describe("After discounts; null where that is not told apart"),
  statedUsd: usd.nullable().describe("What was stated from an invoice of this time; null where nothing was"),
  toldApart: z
    .array(
      codes<Told>({
        model: "Models",
        item: "Kinds of token",
        apiKey: "API keys",
        workspace: "Workspaces",
        serviceTier: "Service tiers",
      }),
    )
    .describe("What the report tells apart"),
  ceilingMark: z.literal(CEILING_MARK).describe("What every ceiling is"),
  rows: z.array(row).describe("Largest amount first, those without an amount last"),
  services: services.nullable().describe("By key, else by workspace; null where neither is told"),
  attachFirst: attachFirst.nullable().describe("Which of them to attach first; null where none is told"),
  notes: z.array(z.string()).describe("What to know before believing it"),
  notSaid: z.array(z.string()).describe("What no bill says"),
  next: z
    .array(
      z.object({
        what: z.string().describe("What to do"),
        code: z.string().nullable().describe("What to type or write for it; null where the words say it"),
      }),
    )
    .describe("What to do next, in order"),
} satisfies Fields<ReportBillRow>);
