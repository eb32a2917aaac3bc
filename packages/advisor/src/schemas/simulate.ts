import type { UnpricedReason } from "@farthing/ledger";
import { z } from "zod";
import { unpricedReason } from "./codes.ts";
import { cost, count, schemaVersion, time, type Fields } from "./fields.ts";

/** Tokens of simulated traffic. */
interface SimulatedTokens {
  readonly read: number;
  readonly write: number;
  readonly plain: number;
  readonly output: number;
}

/** What traffic would cost. */
export interface SimulateDocument {
  readonly schemaVersion: 1;
  readonly model: string;
  readonly ttl: "5m" | "1h" | "none";
  readonly blockTokens: number;
  readonly at: string;
  readonly requests: number;
  readonly blocks: number;
  readonly readBlocks: number;
  readonly tokens: SimulatedTokens;
  readonly usd: string | null;
  readonly reason?: UnpricedReason;
}

const tokens: z.ZodType<SimulatedTokens> = z
  .object({
    read: count.describe("Prompt tokens read from the cache"),
    write: count.describe("Prompt tokens written to it"),
    plain: count.describe("Prompt tokens neither read nor written"),
    output: count.describe("Generated tokens"),
  } satisfies Fields<SimulatedTokens>)
  .describe("Tokens by what is paid for them; the first three sum to the prompts");

/** The document of `farthing simulate`. */
export const simulateSchema: z.ZodType<SimulateDocument> = z.object({
  schemaVersion,
  model: z.string().describe("The model id as given"),
  ttl: z.enum(["5m", "1h", "none"]).describe("How long what is cached lives since it was used last"),
  blockTokens: count.describe("Tokens of a block"),
  at: time.describe("Prices are those of this time"),
  requests: count.describe("Lines of the trace"),
  blocks: count.describe("Blocks of all prompts"),
  readBlocks: count.describe("Blocks read from the cache"),
  tokens,
  usd: cost.nullable().describe("US dollars; null where a request has no price"),
  reason: z.exactOptional(unpricedReason).describe("Why there is no sum; absent where there is one"),
} satisfies Fields<SimulateDocument>);
