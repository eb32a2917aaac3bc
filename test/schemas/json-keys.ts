/** The keys of a JSON value at every depth, such as `rows[].usd`. */
export function keysIn(value: unknown, path = ""): Set<string> {
  if (Array.isArray(value)) return union(value.map((item) => keysIn(item, `${path}[]`)));
  if (typeof value !== "object" || value === null) return new Set();
  return union(
    Object.entries(value).map(([key, inner]) => {
      const own = path === "" ? key : `${path}.${key}`;
      return new Set([own, ...keysIn(inner, own)]);
    }),
  );
}

/** The keys that a JSON Schema names at every depth, written the same way. */
export function keysOfSchema(root: unknown): Set<string> {
  const visit = (schema: unknown, path: string): Set<string> => {
    if (!isObject(schema)) return new Set();
    const properties = isObject(schema["properties"]) ? Object.entries(schema["properties"]) : [];
    const alternatives = Array.isArray(schema["anyOf"]) ? schema["anyOf"] : [];
    return union([
      ...properties.map(([key, inner]) => {
        const own = path === "" ? key : `${path}.${key}`;
        return new Set([own, ...visit(inner, own)]);
      }),
      ...alternatives.map((alternative) => visit(alternative, path)),
      visit(schema["items"], `${path}[]`),
      visit(definition(root, schema["$ref"]), path),
    ]);
  };
  return visit(root, "");
}

function definition(root: unknown, reference: unknown): unknown {
  if (typeof reference !== "string" || !isObject(root) || !isObject(root["$defs"])) return null;
  return root["$defs"][reference.slice("#/$defs/".length)];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function union(sets: readonly Set<string>[]): Set<string> {
  return new Set(sets.flatMap((set) => [...set]));
}
