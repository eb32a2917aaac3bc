import { z } from "zod";
import type { BilledTo, CacheBreakpoint } from "@farthing/ledger";

type Optional<T> = T | null | undefined;

/** What was asked for; every field of the event's `request`, each optional. */
export interface ShortRequest {
  readonly maxTokens?: Optional<number>;
  readonly thinking?: Optional<"enabled" | "adaptive" | "disabled">;
  readonly thinkingBudgetTokens?: Optional<number>;
  readonly effort?: Optional<string>;
  readonly stream?: Optional<boolean>;
  readonly toolCount?: Optional<number>;
  readonly cacheBreakpoints?: Optional<readonly CacheBreakpoint[]>;
  readonly temperature?: Optional<number>;
}

/**
 * One response as a person, or a program in any language, writes it down. `docs/reference/events.md` describes each
 * field; null is the same as leaving it out.
 */
export interface ShortForm {
  readonly at: string;
  readonly model: string;
  /** The API's usage object. */
  readonly usage: object;
  readonly id?: Optional<string>;
  readonly messageId?: Optional<string>;
  readonly requestId?: Optional<string>;
  readonly workspaceId?: Optional<string>;
  readonly batchId?: Optional<string>;
  readonly customId?: Optional<string>;
  readonly previousMessageId?: Optional<string>;
  readonly startedAt?: Optional<string>;
  readonly firstTokenAt?: Optional<string>;
  readonly requestedModel?: Optional<string>;
  readonly stopReason?: Optional<string>;
  readonly cacheMissReason?: Optional<string>;
  readonly source?: Optional<string>;
  readonly session?: Optional<string>;
  readonly project?: Optional<string>;
  readonly agent?: Optional<string>;
  readonly gitBranch?: Optional<string>;
  readonly clientVersion?: Optional<string>;
  readonly service?: Optional<string>;
  readonly release?: Optional<string>;
  readonly host?: Optional<string>;
  readonly environment?: Optional<string>;
  readonly callSite?: Optional<string>;
  /** False: the stream was not seen to its end, so more may have been generated. */
  readonly complete?: Optional<boolean>;
  readonly billedTo?: Optional<BilledTo>;
  readonly attempt?: Optional<number>;
  readonly request?: Optional<ShortRequest>;
  readonly labels?: Optional<Readonly<Record<string, string>>>;
}

const text = z.string().min(1, { error: "expected a text that is not empty" });
const count = z.int({ error: "expected a whole number" }).nonnegative({ error: "expected a whole number from 0" });

const shortRequest: z.ZodType<ShortRequest> = z.strictObject({
  maxTokens: count.nullish(),
  thinking: z.enum(["enabled", "adaptive", "disabled"]).nullish(),
  thinkingBudgetTokens: count.nullish(),
  effort: text.nullish(),
  stream: z.boolean().nullish(),
  toolCount: count.nullish(),
  cacheBreakpoints: z
    .array(z.strictObject({ section: z.enum(["tools", "system", "messages"]), ttl: z.enum(["5m", "1h"]) }))
    .nullish(),
  temperature: z.number().nullish(),
});

/** Refuses fields that are not listed: a misspelt one would be lost without a word. */
export const shortForm: z.ZodType<ShortForm> = z.strictObject({
  at: text,
  model: text,
  usage: z.looseObject({}),
  id: text.nullish(),
  messageId: text.nullish(),
  requestId: text.nullish(),
  workspaceId: text.nullish(),
  batchId: text.nullish(),
  customId: text.nullish(),
  previousMessageId: text.nullish(),
  startedAt: text.nullish(),
  firstTokenAt: text.nullish(),
  requestedModel: text.nullish(),
  stopReason: text.nullish(),
  cacheMissReason: text.nullish(),
  source: text.nullish(),
  session: text.nullish(),
  project: text.nullish(),
  agent: text.nullish(),
  gitBranch: text.nullish(),
  clientVersion: text.nullish(),
  service: text.nullish(),
  release: text.nullish(),
  host: text.nullish(),
  environment: text.nullish(),
  callSite: text.nullish(),
  complete: z.boolean().nullish(),
  billedTo: z.enum(["self", "user-profile", "nobody"]).nullish(),
  attempt: count.nullish(),
  request: shortRequest.nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
});
