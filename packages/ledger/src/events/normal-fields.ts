import { formatInstant } from "../instant.ts";

// Every name is written out where it is read: a table of names and checks, walked through, takes several times as long.

export type Fields = Readonly<Record<string, unknown>>;

export function isIds(value: unknown): boolean {
  return (
    isFields(value) &&
    isTextOrNull(value["message"]) &&
    isTextOrNull(value["request"]) &&
    isTextOrNull(value["workspace"]) &&
    isTextOrNull(value["batch"]) &&
    isTextOrNull(value["custom"]) &&
    isTextOrNull(value["previousMessage"])
  );
}

export function isContext(value: unknown): boolean {
  return (
    isFields(value) &&
    isTextOrNull(value["session"]) &&
    isTextOrNull(value["project"]) &&
    isTextOrNull(value["agent"]) &&
    isTextOrNull(value["gitBranch"]) &&
    isTextOrNull(value["clientVersion"]) &&
    isTextOrNull(value["service"]) &&
    isTextOrNull(value["release"]) &&
    isTextOrNull(value["host"]) &&
    isTextOrNull(value["environment"]) &&
    isTextOrNull(value["callSite"])
  );
}

export function isTiming(value: unknown): boolean {
  return (
    isFields(value) &&
    isTimestampOrNull(value["startedAt"]) &&
    isProvenance(value["startedAtProvenance"]) &&
    isProvenance(value["occurredAtProvenance"]) &&
    isTimestampOrNull(value["firstTokenAt"])
  );
}

function isProvenance(value: unknown): boolean {
  return value === "reported" || value === "derived" || value === "estimated" || value === "missing";
}

/** Several have to be in order, each once. */
export function isSources(value: unknown): boolean {
  return Array.isArray(value) && (value.length === 0 || (value.length === 1 && isName(value[0])));
}

export function isLabels(value: unknown): boolean {
  if (!isFields(value)) return false;
  for (const name in value) if (typeof value[name] !== "string") return false;
  return true;
}

export function isName(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

export function isNameOrNull(value: unknown): boolean {
  return value === null || isName(value);
}

export function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === "string";
}

export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function isCountOrNull(value: unknown): boolean {
  return value === null || isCount(value);
}

/** Of a day that every month has. */
const COMMON_TIMESTAMP = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

const SECOND_CHARACTERS = "2026-11-22T09:30:00.".length;
/** What the last timestamp began with, up to its second: most lie close together. */
let newestSecond = "";

/** UTC with milliseconds, of a day that exists. */
export function isTimestamp(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== 24) return false;
  if (newestSecond !== "" && value.startsWith(newestSecond)) return endsInMilliseconds(value);
  if (!COMMON_TIMESTAMP.test(value)) {
    const instant = Date.parse(value);
    if (Number.isNaN(instant) || formatInstant(instant) !== value) return false;
  }
  newestSecond = value.slice(0, SECOND_CHARACTERS);
  return true;
}

function endsInMilliseconds(value: string): boolean {
  for (let index = SECOND_CHARACTERS; index < SECOND_CHARACTERS + 3; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x30 || unit > 0x39) return false;
  }
  return value.endsWith("Z");
}

function isTimestampOrNull(value: unknown): boolean {
  return value === null || isTimestamp(value);
}

/** 16 lower-case hexadecimal digits. */
export function isHash(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== 16) return false;
  for (let index = 0; index < 16; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit < 0x30 || unit > 0x66 || (unit > 0x39 && unit < 0x61)) return false;
  }
  return true;
}

export function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

export function isListOf(value: unknown, isItem: (item: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (let index = 0; index < value.length; index += 1) if (!isItem(value[index])) return false;
  return true;
}

/** Made by braces or `JSON.parse`, and without a field that the schema refuses. */
export function isFields(value: unknown): value is Fields {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !Object.hasOwn(value, "__proto__")
  );
}
