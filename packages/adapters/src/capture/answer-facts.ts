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

/**
 * Of a response whose body is still to be read.
 *
 * @param wantsLimits Whether to look for what headers say of limits, which takes longer than all the rest
 */
export function readAnswer(
  { status, headers }: Pick<Response, "status" | "headers">,
  wantsLimits: boolean,
): AnswerFacts {
  const contentType = headers.get("content-type");
  return {
    status,
    request: headers.get("request-id"),
    workspace: headers.get("anthropic-workspace-id"),
    rateLimits: wantsLimits ? limitsIn(headers) : null,
    contentType: contentType === null ? null : mediaTypeOf(contentType),
  };
}

function limitsIn(headers: Headers): RateLimits | null {
  let limits: Record<string, string> | null = null;
  for (const [name, value] of headers) {
    if (name.startsWith(LIMIT_PREFIX)) (limits ??= {})[name.slice(LIMIT_PREFIX.length)] = value;
    else if (name.startsWith(FAST_PREFIX)) (limits ??= {})[name.slice(VENDOR.length)] = value;
    else if (name.startsWith("retry-after")) (limits ??= {})[name] = value;
  }
  return limits;
}

function mediaTypeOf(value: string): string {
  const semicolon = value.indexOf(";");
  return (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase();
}
