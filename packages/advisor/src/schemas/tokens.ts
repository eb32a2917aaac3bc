import type { SpendTokens } from "@farthing/ledger";
import { z } from "zod";
import { count, type Fields } from "./fields.ts";

/** Token counts by bucket. */
export const tokens: z.ZodType<SpendTokens> = z
  .object({
    uncachedInput: count.describe("Prompt tokens neither read from nor written to the cache"),
    cacheWrite5m: count.describe("Prompt tokens written to the cache to live five minutes"),
    cacheWrite1h: count.describe("Prompt tokens written to the cache to live one hour"),
    cacheRead: count.describe("Prompt tokens read from the cache"),
    output: count.describe("Generated tokens, thinking included"),
    thinking: count.describe("Thinking tokens; part of output, never added to it"),
  } satisfies Fields<SpendTokens>)
  .meta({ id: "tokens", description: "Token counts; all but thinking are disjoint" });
