import { isJsonObject, type JsonObject, ownValue, parseJson } from "../ndjson/json-object.ts";

/** An object of a name, also where it was written as text, as columns of a database are. */
export function objectInside(object: JsonObject, name: string): JsonObject | null {
  const value = ownValue(object, name);
  const parsed = typeof value === "string" && value.trimStart().startsWith("{") ? parseJson(value) : value;
  return isJsonObject(parsed) ? parsed : null;
}

/** The texts of a list of a name, also where it was written as text. */
export function textsInside(object: JsonObject, name: string): readonly string[] {
  const value = ownValue(object, name);
  const parsed = typeof value === "string" && value.trimStart().startsWith("[") ? parseJson(value) : value;
  return Array.isArray(parsed) ? parsed.filter((each) => typeof each === "string") : [];
}

/** The first text under any of several names; null where there is none, and where it is empty. */
export function firstText(object: JsonObject, ...names: readonly string[]): string | null {
  for (const name of names) {
    const value = ownValue(object, name);
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** Whether a value says yes, also where it was written as text. */
export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && value.toLowerCase() === "true");
}

/** The first value under any of several names that is neither absent nor null. */
export function firstValue(object: JsonObject, ...names: readonly string[]): unknown {
  return names.map((name) => ownValue(object, name)).find((value) => value !== undefined && value !== null);
}
