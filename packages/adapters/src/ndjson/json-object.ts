/** A JSON object from outside: any name may be absent, or hold anything. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object's own value of a name: `constructor` and `__proto__` are names like any other. */
export function ownValue(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

export function ownObject(object: JsonObject, name: string): JsonObject | null {
  const value = ownValue(object, name);
  return isJsonObject(value) ? value : null;
}

/** The text of a name; null where there is none, and where it is empty. */
export function ownText(object: JsonObject, name: string): string | null {
  const value = ownValue(object, name);
  return typeof value === "string" && value !== "" ? value : null;
}

/** The value a text of JSON stands for; undefined, which no JSON stands for, where it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Whether a value of JSON is nested deeper than that; what is written by a function that calls itself must not be. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(inner, levels - 1));
}
