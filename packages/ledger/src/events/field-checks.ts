import { InvalidInstantError } from "../errors.ts";
import { parseInstant } from "../instant.ts";

/** What is wrong with an event. */
export interface EventFault {
  /** Path of the field, such as `usage.parts.0.tokens.output`. */
  readonly field: string;
  readonly why: string;
}

/** Why a value is not what is expected at a path; null where it is. */
type Check = (value: unknown, path: string) => EventFault | null;

export type Checks = Readonly<Record<string, Check>>;

export function expected(what: string, is: (value: unknown) => boolean): Check {
  return (value, path) => (is(value) ? null : { field: path, why: `expected ${what}` });
}

export function faultIn(value: object, checks: Checks, path: string): EventFault | null {
  if (Object.hasOwn(value, "__proto__")) return { field: join(path, "__proto__"), why: "cannot be used as a name" };
  for (const [name, check] of Object.entries(checks)) {
    const fault = check((value as Readonly<Record<string, unknown>>)[name], join(path, name));
    if (fault !== null) return fault;
  }
  return null;
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

export function fields(checks: Checks): Check {
  return (value, path) => (isObject(value) ? faultIn(value, checks, path) : { field: path, why: "expected an object" });
}

export function listOf(check: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return { field: path, why: "expected a list" };
    for (const [index, item] of value.entries()) {
      const fault = check(item, join(path, String(index)));
      if (fault !== null) return fault;
    }
    return null;
  };
}

export function orNull(check: Check): Check {
  return (value, path) => (value === null ? null : check(value, path));
}

export function orAbsent(check: Check): Check {
  return (value, path) => (value === undefined ? null : check(value, path));
}

export function oneOf(...texts: readonly string[]): Check {
  return expected(`one of ${texts.join(", ")}`, (value) => typeof value === "string" && texts.includes(value));
}

export function rangeOf(check: Check): Check {
  return fields({ low: check, expected: orNull(check), high: orNull(check) });
}

export function boundedRangeOf(check: Check): Check {
  return fields({ low: check, expected: orNull(check), high: orNull(check), bound: orNull(check) });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const text: Check = expected("a text", (value) => typeof value === "string");
export const name: Check = expected("a text that is not empty", (value) => typeof value === "string" && value !== "");
export const truth: Check = expected("true or false", (value) => typeof value === "boolean");
export const count: Check = expected(
  "a whole number from 0",
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
);
export const number: Check = expected("a number", Number.isFinite);
export const fraction: Check = expected(
  "a number that is not negative",
  (value) => Number.isFinite(value) && (value as number) >= 0,
);
export const anything: Check = () => null;
export const usd: Check = expected(
  "decimal US dollars",
  (value) => typeof value === "string" && /^-?\d+(?:\.\d{1,12})?$/.test(value),
);
export const hash: Check = expected(
  "16 lower-case hexadecimal digits",
  (value) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value),
);
export const instant: Check = expected("a time such as 2026-11-22T09:30:00.000Z", (value) => {
  if (typeof value !== "string" || !/[Tt]/.test(value)) return false;
  try {
    parseInstant(value);
    return true;
  } catch (error) {
    if (error instanceof InvalidInstantError) return false;
    throw error;
  }
});
export const labels: Check = (value, path) =>
  isObject(value)
    ? faultIn(value, Object.fromEntries(Object.keys(value).map((key) => [key, text])), path)
    : { field: path, why: "expected an object" };
export const values: Check = fields({});

/** Whether the tokens of a usage's parts can be added up without rounding. */
export function isExactSum(value: unknown): boolean {
  let sum = 0;
  for (const part of value as readonly { readonly tokens: Readonly<Record<string, number>> }[]) {
    const { uncachedInput = 0, cacheWrite5m = 0, cacheWrite1h = 0, cacheRead = 0, output = 0 } = part.tokens;
    sum += uncachedInput + cacheWrite5m + cacheWrite1h + cacheRead + output;
  }
  // Doubles may round a sum beyond 2^53, but never to below it.
  return sum <= Number.MAX_SAFE_INTEGER;
}
