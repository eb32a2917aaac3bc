import { isJsonObject, ownObject, ownText } from "../ndjson/json-object.ts";
import type { Failure } from "./events-of-call.ts";

export type { Failure } from "./events-of-call.ts";

/** What the API calls its errors, by their status, for answers whose body says nothing. */
const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  504: "timeout_error",
  529: "overloaded_error",
};

/** Somebody between gave up waiting; the model may have gone on. */
const WAITED_IN_VAIN: ReadonlySet<number> = new Set([408, 499, 504, 524]);

/** Nothing had been sent when these were thrown. */
const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_INVALID_URL",
]);

/** What is longer, or a sentence, is no name, and may say what nobody wants kept. */
const NAME = /^[\w.-]{1,64}$/;

/** How a call ended whose answer was read no further. */
export const NOT_READ: Failure = { errorType: "response_not_read", cost: "unknown" };
/** An answer with status 200 that tells nothing of what it cost. */
export const NO_USAGE: Failure = { errorType: "response_without_usage", cost: "unknown" };
export const NOT_JSON: Failure = { errorType: "response_not_json", cost: "unknown" };
export const TOO_LONG: Failure = { errorType: "response_too_long", cost: "unknown" };
export const CONNECTION_LOST: Failure = { errorType: "connection_lost", cost: "unknown" };
const TIMEOUT: Failure = { errorType: "timeout", cost: "unknown" };
const ABORTED: Failure = { errorType: "aborted", cost: "unknown" };
export const EXITED: Failure = { errorType: "process_exited", cost: "unknown" };

/** Of an answer that is an error. An error is free, unless a wait was given up. */
export function failureOfStatus(status: number, body: unknown): Failure {
  const error = isJsonObject(body) ? ownObject(body, "error") : null;
  const named = error === null ? null : ownText(error, "type");
  return {
    errorType: nameIn(named) ?? ERROR_TYPES[status] ?? `http_${String(status)}`,
    cost: WAITED_IN_VAIN.has(status) ? "unknown" : "free",
  };
}

/** Of an error that a stream brought instead of a message. */
export function failureOfStream(named: string | null): Failure {
  const errorType = nameIn(named) ?? "api_error";
  return { errorType, cost: errorType === "timeout_error" ? "unknown" : "free" };
}

function nameIn(text: string | null): string | null {
  return text !== null && NAME.test(text) ? text : null;
}

/** Of an error that a client's call threw: an answer that is an error, a stream that brought one, or none. As it is recorded. */
export function failureOfCall(error: unknown): Failure {
  const { status, error: body } = isJsonObject(error) ? error : {};
  if (typeof status === "number") return failureOfStatus(status, body);
  const streamed = isJsonObject(body) && body["type"] === "error" ? ownObject(body, "error") : null;
  if (streamed === null) return failureOfError(error, "by-itself");
  // Whether an answer had begun, which is billed, the error does not say.
  return { ...failureOfStream(ownText(streamed, "type")), cost: "unknown" };
}

/** Whether a call was blocked before it was sent, by a budget attached further in. */
export function isHeldBack(error: unknown): boolean {
  return error instanceof Error && error.name === "BudgetExceededError";
}

/** What else is known of an error: who gave up, where somebody did. */
export type Thrown = "by-itself" | "aborted" | "aborted-or-timed-out";

/** Of a call that brought no answer at all. */
export function failureOfError(error: unknown, thrown: Thrown): Failure {
  if (thrown === "aborted") return ABORTED;
  if (thrown === "aborted-or-timed-out") return { errorType: "aborted_or_timed_out", cost: "unknown" };
  const codes = chainOf(error);
  if (codes.some(({ code }) => code !== null && NEVER_CONNECTED.has(code))) {
    return { errorType: "connection_error", cost: "free" };
  }
  return codes.some((each) => each.name === "AbortError" || isTimeout(each)) ? TIMEOUT : CONNECTION_LOST;
}

/** Of an answer that could not be read to its end. */
export function failureOfReading(error: unknown): Failure {
  if (error instanceof SyntaxError) return NOT_JSON;
  const codes = chainOf(error);
  if (codes.some(isTimeout)) return TIMEOUT;
  return codes.some(({ name }) => name === "AbortError") ? ABORTED : CONNECTION_LOST;
}

function isTimeout({ name, code }: ErrorName): boolean {
  return name === "TimeoutError" || code?.endsWith("_TIMEOUT") === true;
}

interface ErrorName {
  readonly name: string | null;
  readonly code: string | null;
}

const CHAIN_MAX = 8;

/** The names of an error and of what caused it. */
function chainOf(error: unknown): ErrorName[] {
  const chain: ErrorName[] = [];
  for (let each: unknown = error; chain.length < CHAIN_MAX && typeof each === "object" && each !== null;) {
    const { name, code, cause } = each as { name?: unknown; code?: unknown; cause?: unknown };
    chain.push({ name: typeof name === "string" ? name : null, code: typeof code === "string" ? code : null });
    each = cause;
  }
  return chain;
}
