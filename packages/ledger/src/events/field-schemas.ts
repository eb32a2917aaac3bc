import { z } from "zod";
import { formatInstant, parseInstant } from "../instant.ts";
import type { TokenBuckets, Usage, UsageNote, UsagePartKind } from "../usage/usage.ts";
import type {
  BillReport,
  CallContext,
  CallIds,
  ConflictingSnapshot,
  MeasuredRatio,
  Provenance,
  RateLimits,
  Timestamp,
  Timing,
  TrialSide,
} from "./event.ts";
import { BILL_REPORT_KINDS } from "./bill-reported.ts";
import type { BoundedRange, EstimatedRange } from "./estimated-range.ts";
import type { RequestShape } from "./request-shape.ts";
import type { PromptFingerprint } from "./prompt-fingerprint.ts";

const WHOLE_NUMBER = `expected a whole number from 0 to ${String(Number.MAX_SAFE_INTEGER)}`;

/**
 * An object with at least these fields; others are kept.
 *
 * `__proto__` is refused as a name: code that copies such an object would lose the field, or obey it.
 */
export function open<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodType<z.output<z.ZodObject<Shape, z.core.$loose>>> {
  return z.preprocess(refuseProto, z.looseObject(shape));
}

/** Texts by name. */
export const textsByName: z.ZodType<Readonly<Record<string, string>>> = z
  .preprocess(refuseProto, z.record(z.string(), z.string()))
  .prefault({});

/** What headers said, by name. */
export const rateLimits: z.ZodType<RateLimits> = z.preprocess(refuseProto, z.record(z.string(), z.string()));

/** Values of any kind by name. */
export const valuesByName: z.ZodType<Readonly<Record<string, unknown>>> = z.preprocess(
  refuseProto,
  z.record(z.string(), z.unknown()),
);

/** What may be absent, or null, where it is not known. */
export function orNull<T>(schema: z.ZodType<T>): z.ZodType<T | null> {
  return schema.nullable().default(null);
}

/** A count of tokens, requests or characters. */
export const count: z.ZodType<number> = z.int({ error: WHOLE_NUMBER }).nonnegative({ error: WHOLE_NUMBER });

/** A name that cannot be empty. */
export const name: z.ZodType<string> = z.string().min(1, { error: "expected a text that is not empty" });

/** RFC 3339 with any offset, read as UTC with milliseconds. */
export const timestamp: z.ZodType<Timestamp> = z
  .string()
  .meta({ format: "date-time" })
  .transform((text, context) => {
    const utc = toUtc(text);
    if (utc !== null) return utc;
    context.addIssue({ code: "custom", message: "expected a time such as 2026-11-22T09:30:00Z" });
    return z.NEVER;
  });

/** Decimal US dollars. */
export const usd: z.ZodType<string> = z
  .string()
  .regex(/^-?\d+(?:\.\d{1,12})?$/, { error: 'expected decimal US dollars, such as "12.5"' });

export const sources: z.ZodType<readonly string[]> = z
  .array(name)
  .default([])
  .transform((names) => [...new Set(names)].sort());

export const tokenBuckets: z.ZodType<TokenBuckets> = open({
  uncachedInput: count,
  cacheWrite5m: count,
  cacheWrite1h: count,
  cacheRead: count,
  output: count,
});

export const usageNote: z.ZodType<UsageNote> = z.enum([
  "cache-write-lifetime-assumed-5m",
  "cache-write-remainder-assumed-5m",
  "cache-write-split-exceeds-total",
  "iterations-differ-from-total",
  "unknown-iteration-type",
  "details-not-reported",
] satisfies UsageNote[]);

export const usagePartKind: z.ZodType<UsagePartKind> = z.enum([
  "response",
  "message",
  "compaction",
  "advisor_message",
  "fallback_message",
]);

export const usage: z.ZodType<Usage> = open({
  parts: z
    .array(
      open({
        kind: usagePartKind,
        iteration: orNull(count),
        model: orNull(name),
        tokens: tokenBuckets,
      }),
    )
    .refine((parts) => parts.length > 0, { error: "expected at least one part" })
    .refine((parts) => isExactSum(parts.map(({ tokens }) => tokens)), {
      error: `the tokens add up to more than ${String(Number.MAX_SAFE_INTEGER)}`,
    }),
  thinkingTokens: orNull(count),
  webSearchRequests: count.default(0),
  webFetchRequests: count.default(0),
  serviceTier: orNull(z.string()),
  inferenceGeo: orNull(z.string()),
  speed: orNull(z.string()),
  notes: z.array(usageNote).default([]),
  raw: z.unknown().default(null),
});

export const callIds: z.ZodType<CallIds> = open({
  message: orNull(z.string()),
  request: orNull(z.string()),
  workspace: orNull(z.string()),
  batch: orNull(z.string()),
  custom: orNull(z.string()),
  previousMessage: orNull(z.string()),
}).prefault({});

export const callContext: z.ZodType<CallContext> = open({
  session: orNull(z.string()),
  project: orNull(z.string()),
  agent: orNull(z.string()),
  gitBranch: orNull(z.string()),
  clientVersion: orNull(z.string()),
  service: orNull(z.string()),
  release: orNull(z.string()),
  host: orNull(z.string()),
  environment: orNull(z.string()),
  callSite: orNull(z.string()),
}).prefault({});

export const requestShape: z.ZodType<RequestShape> = open({
  maxTokens: orNull(count),
  thinking: orNull(z.enum(["enabled", "adaptive", "disabled"])),
  thinkingBudgetTokens: orNull(count),
  effort: orNull(z.string()),
  stream: orNull(z.boolean()),
  toolCount: orNull(count),
  cacheBreakpoints: orNull(
    z.array(open({ section: z.enum(["tools", "system", "messages"]), ttl: z.enum(["5m", "1h"]) })),
  ),
  temperature: orNull(z.number()),
  toolChoice: z.enum(["auto", "any", "tool", "none"]).exactOptional(),
  outputFormat: z.literal(true).exactOptional(),
  promptBytes: count.exactOptional(),
});

const provenance: z.ZodType<Provenance> = z.enum(["reported", "derived", "estimated", "missing"]);

export const timing: z.ZodType<Timing> = open({
  startedAt: orNull(timestamp),
  startedAtProvenance: provenance,
  occurredAtProvenance: provenance,
  firstTokenAt: orNull(timestamp),
}).prefault({ startedAtProvenance: "missing", occurredAtProvenance: "reported" });

/** 16 hexadecimal digits. */
export const hash64: z.ZodType<string> = z
  .string()
  .regex(/^[0-9a-f]{16}$/, { error: "expected 16 lower-case hexadecimal digits" });

export const promptFingerprint: z.ZodType<PromptFingerprint> = open({
  key: name,
  blocks: z.array(
    z.union([
      open({ kind: z.literal("omitted"), hash: hash64, blocks: count, tokens: count }),
      open({
        section: z.enum(["tools", "system", "messages"]),
        kind: name,
        hash: hash64,
        tokens: count,
        ttl: z.enum(["5m", "1h"]).exactOptional(),
      }),
    ]),
  ),
});

export function estimatedRange<T>(value: z.ZodType<T>): z.ZodType<EstimatedRange<T>> {
  return open({ low: value, expected: orNull(value), high: orNull(value) });
}

export function boundedRange<T>(value: z.ZodType<T>): z.ZodType<BoundedRange<T>> {
  return open({ low: value, expected: orNull(value), high: orNull(value), bound: orNull(value) });
}

/** A share or a ratio. */
export const fraction: z.ZodType<number> = z.number().nonnegative({ error: "expected a number that is not negative" });

export const measuredRatio: z.ZodType<MeasuredRatio> = open({ low: fraction, expected: fraction, high: fraction });

export const trialSide: z.ZodType<TrialSide> = open({
  model: name,
  answers: count,
  truncated: count,
  failures: z.array(open({ errorType: name, requests: count })),
  tokens: tokenBuckets,
  usd: orNull(usd),
  latencyMs: orNull(open({ p50: count, p95: count })),
});

export const billReport: z.ZodType<BillReport> = open({
  kind: z.enum(BILL_REPORT_KINDS),
  groupedBy: sources,
  complete: z.boolean(),
  lines: z.array(
    open({
      dimensions: textsByName,
      usd: orNull(usd),
      listUsd: orNull(usd),
      tokens: orNull(tokenBuckets),
      webSearchRequests: orNull(count),
      requests: orNull(count),
    }),
  ),
});

export const conflictingSnapshot: z.ZodType<ConflictingSnapshot> = open({ servedModel: name, usage });

function refuseProto(value: unknown, context: z.RefinementCtx): unknown {
  if (typeof value === "object" && value !== null && Object.hasOwn(value, "__proto__")) {
    context.addIssue({ code: "custom", path: ["__proto__"], message: "cannot be used as a name" });
  }
  return value;
}

function toUtc(text: string): Timestamp | null {
  if (!/[Tt]/.test(text)) return null;
  try {
    return formatInstant(parseInstant(text));
  } catch {
    return null;
  }
}

function isExactSum(parts: readonly TokenBuckets[]): boolean {
  let tokens = 0n;
  for (const { uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output } of parts) {
    for (const bucket of [uncachedInput, cacheWrite5m, cacheWrite1h, cacheRead, output]) tokens += BigInt(bucket);
  }
  return tokens <= BigInt(Number.MAX_SAFE_INTEGER);
}
