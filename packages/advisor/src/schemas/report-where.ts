import type { LineItemName } from "@farthing/ledger";
import { z } from "zod";
import type { MissCause } from "../trace/trace.ts";
import { lineItem } from "./codes.ts";
import { codes, cost, count, type Fields } from "./fields.ts";

/** The cost of one kind of token, or of web searches. */
export interface ItemCost {
  readonly item: LineItemName;
  readonly usd: string;
}

/** The cost of one workload or session. */
export interface NamedCost {
  readonly name: string;
  readonly usd: string;
  readonly responses: number;
}

/** Context that had been cached and was written again, for one cause. */
export interface ResentCost {
  readonly cause: MissCause;
  readonly usd: string;
  readonly responses: number;
  readonly tokens: number;
}

/** Where the money went. */
export interface ReportWhere {
  readonly items: readonly ItemCost[];
  readonly workloads: readonly NamedCost[];
  readonly sessions: readonly NamedCost[];
  readonly longContext: { readonly usd: string; readonly responses: number };
  readonly resent: readonly ResentCost[];
}

const listCost = cost.describe("Cost at list prices, US dollars");

const itemCost: z.ZodType<ItemCost> = z.object({
  item: lineItem.describe("What is billed"),
  usd: listCost,
} satisfies Fields<ItemCost>);

const namedCost: z.ZodType<NamedCost> = z.object({
  name: z.string().describe("The workload or session"),
  usd: listCost,
  responses: count.describe("Its priced responses"),
} satisfies Fields<NamedCost>);

const resentCost: z.ZodType<ResentCost> = z.object({
  cause: codes<MissCause>({
    expired: "The cached context had outlived its lifetime",
    "model-changed": "Another model answered, and caches belong to one model",
    "context-replaced": "The context became shorter: a compaction, /clear, or an edit of earlier messages",
    diagnosed: "The API itself named the reason",
    "not-recorded": "Neither the record nor its times explain it",
  }).describe("Why it was written again"),
  usd: cost.describe("What writing it again cost, US dollars"),
  responses: count.describe("Responses that wrote it again"),
  tokens: count.describe("Tokens written again"),
} satisfies Fields<ResentCost>);

export const reportWhere: z.ZodType<ReportWhere> = z.object({
  items: z.array(itemCost).describe("By kind of token, largest first"),
  workloads: z.array(namedCost).describe("By workload, largest first"),
  sessions: z.array(namedCost).describe("By session, largest first; responses without a session are in none"),
  longContext: z
    .object({
      usd: listCost,
      responses: count.describe("Responses with a long context"),
    } satisfies Fields<ReportWhere["longContext"]>)
    .describe("Responses whose prompt is longer than the report's limit for long contexts"),
  resent: z.array(resentCost).describe("Context that had been cached and was written again, by cause, largest first"),
} satisfies Fields<ReportWhere>);
