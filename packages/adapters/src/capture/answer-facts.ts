import type { RateLimits } from "@farthing/ledger";

/** What the head of an answer says. */
export interface AnswerFacts {
  readonly status: number;
  readonly request: string | null;
  readonly workspace: string | null;
  /** Null where no header said anything of limits. */
  readonly rateLimits: RateLimits | null;
  /** In lower case, without parameters; null where there is none. */
  readonly contentType: string | null;
}

/** Before there is an answer. */
export const NO_ANSWER: AnswerFacts = {
  status: 0,
  request: null,
  workspace: null,
  rateLimits: null,
  contentType: null,
};

const LIMIT_PREFIX = "anthropic-ratelimit-";
const FAST_PREFIX = "anthropic-fast-";
const VENDOR = "anthropic-";

/** Of a response whose body is still to be read. */
export function readAnswer({ status, headers }: Pick<Response, "status" | "headers">): AnswerFacts {
  let request: string | null = null;
  let workspace: string | null = null;
  let contentType: string | null = null;
  let rateLimits: Record<string, string> | null = null;
  // One pass costs less than twenty look-ups, and the SDK's own pass, which follows, then costs nothing.
  for (const [name, value] of headers) {
    if (name === "request-id") request = value;
    else if (name === "anthropic-workspace-id") workspace = value;
    else if (name === "content-type") contentType = mediaTypeOf(value);
    else if (name.startsWith(LIMIT_PREFIX)) (rateLimits ??= {})[name.slice(LIMIT_PREFIX.length)] = value;
    else if (name.startsWith(FAST_PREFIX)) (rateLimits ??= {})[name.slice(VENDOR.length)] = value;
    else if (name.startsWith("retry-after")) (rateLimits ??= {})[name] = value;
  }
  return { status, request, workspace, rateLimits, contentType };
}

function mediaTypeOf(value: string): string {
  const semicolon = value.indexOf(";");
  return (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase();
}
