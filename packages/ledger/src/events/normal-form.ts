import { formatInstant } from "../instant.ts";
import type { ResponseRecorded } from "./event.ts";

/**
 * Whether a value is a response exactly as the schema would give it back, so that it need not go through the schema,
 * which takes longer than everything else that an append does to an event.
 *
 * False says nothing: the value may still be valid, or be made so.
 */
export function isNormalResponse(value: unknown): value is ResponseRecorded {
  return completed(value) || interrupted(value);
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isName: Check = (value) => typeof value === "string" && value !== "";
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const isTtl = oneOf("5m", "1h");
const isSection = oneOf("tools", "system", "messages");
const isProvenance = oneOf("reported", "derived", "estimated", "missing");
const isAnything: Check = (value) => value !== undefined;

/** UTC with milliseconds, of a day that exists. */
const isTimestamp: Check = (value) => {
  if (typeof value !== "string" || value.length !== 24) return false;
  const instant = Date.parse(value);
  return !Number.isNaN(instant) && formatInstant(instant) === value;
};

const isHash: Check = (value) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value);

const isTokens = fields({
  uncachedInput: isCount,
  cacheWrite5m: isCount,
  cacheWrite1h: isCount,
  cacheRead: isCount,
  output: isCount,
});

const isUsage = fields({
  // Of more parts than one the tokens may add up to too much, which is for the schema to say.
  parts: (value) => Array.isArray(value) && value.length === 1 && isPart(value[0]),
  thinkingTokens: orNull(isCount),
  webSearchRequests: isCount,
  webFetchRequests: isCount,
  serviceTier: orNull(isText),
  inferenceGeo: orNull(isText),
  speed: orNull(isText),
  notes: isEmptyList,
  raw: isAnything,
});

const isPart = fields({
  kind: oneOf("response", "message", "compaction", "advisor_message", "fallback_message"),
  iteration: orNull(isCount),
  model: orNull(isName),
  tokens: (value) => isTokens(value) && isExactSum(value as Readonly<Record<string, number>>),
});

const isIds = fields({
  message: orNull(isText),
  request: orNull(isText),
  workspace: orNull(isText),
  batch: orNull(isText),
  custom: orNull(isText),
  previousMessage: orNull(isText),
});

const isContext = fields({
  session: orNull(isText),
  project: orNull(isText),
  agent: orNull(isText),
  gitBranch: orNull(isText),
  clientVersion: orNull(isText),
  service: orNull(isText),
  release: orNull(isText),
  host: orNull(isText),
  environment: orNull(isText),
  callSite: orNull(isText),
});

const isTiming = fields({
  startedAt: orNull(isTimestamp),
  startedAtProvenance: isProvenance,
  occurredAtProvenance: isProvenance,
  firstTokenAt: orNull(isTimestamp),
});

const isShape = fields({
  maxTokens: orNull(isCount),
  thinking: orNull(oneOf("enabled", "adaptive", "disabled")),
  thinkingBudgetTokens: orNull(isCount),
  effort: orNull(isText),
  stream: orNull((value) => typeof value === "boolean"),
  toolCount: orNull(isCount),
  cacheBreakpoints: orNull(listOf(fields({ section: isSection, ttl: isTtl }))),
  temperature: orNull((value) => Number.isFinite(value)),
});

const isBlock = fields({ section: isSection, kind: isName, hash: isHash, tokens: isCount });

const isPrompt = fields({
  key: isName,
  blocks: listOf(
    (value) => isBlock(value) && (value as { kind: string }).kind !== "omitted" && isAbsentOr(value, "ttl", isTtl),
  ),
});

const RESPONSE: Readonly<Record<string, Check>> = {
  id: isName,
  version: (value) => value === 1,
  occurredAt: isTimestamp,
  // Several have to be in order, each once.
  sources: (value) => Array.isArray(value) && (value.length === 0 || (value.length === 1 && isName(value[0]))),
  requestedModel: orNull(isName),
  servedModel: isName,
  usage: isUsage,
  stopReason: orNull(isText),
  billedTo: oneOf("self", "user-profile", "nobody"),
  output: oneOf("final", "lower-bound"),
  ids: isIds,
  timing: isTiming,
  attempt: orNull(isCount),
  request: orNull(isShape),
  context: isContext,
  labels: (value) => isPlainObject(value) && Object.values(value).every(isText),
  cacheMissReason: orNull(isText),
  conflicts: isEmptyList,
};

const isCompleted = fields({
  type: (value) => value === "RequestCompleted",
  finality: oneOf("complete", "placeholder"),
  ...RESPONSE,
});

const isInterrupted = fields({
  type: (value) => value === "RequestInterrupted",
  finality: oneOf("interrupted"),
  observedCharacters: orNull(isCount),
  ...RESPONSE,
});

function completed(value: unknown): boolean {
  return isCompleted(value) && isAbsentOr(value, "prompt", isPrompt);
}

function interrupted(value: unknown): boolean {
  return isInterrupted(value) && isAbsentOr(value, "prompt", isPrompt);
}

/** An object with at least these fields; what else it has is kept as it is. */
function fields(checks: Readonly<Record<string, Check>>): Check {
  const entries = Object.entries(checks);
  return (value) => {
    if (!isPlainObject(value)) return false;
    for (const [name, check] of entries) if (!check(value[name])) return false;
    return true;
  };
}

/** Made by braces or `JSON.parse`, and without a field that the schema refuses. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.hasOwn(value, "__proto__")
  );
}

function isAbsentOr(value: unknown, name: string, check: Check): boolean {
  return !isPlainObject(value) || !Object.hasOwn(value, name) || check(value[name]);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function listOf(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return false;
    for (let index = 0; index < value.length; index += 1) if (!check(value[index])) return false;
    return true;
  };
}

function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

function oneOf(...texts: readonly string[]): Check {
  return (value) => typeof value === "string" && texts.includes(value);
}

/** Doubles may round a sum beyond 2^53, but never to below it. */
function isExactSum({
  uncachedInput = 0,
  cacheWrite5m = 0,
  cacheWrite1h = 0,
  cacheRead = 0,
  output = 0,
}: Counts): boolean {
  return uncachedInput + cacheWrite5m + cacheWrite1h + cacheRead + output <= Number.MAX_SAFE_INTEGER;
}

type Counts = Readonly<Record<string, number>>;
