import { InvalidEventError } from "../errors.ts";

/**
 * The one JSON text of a value: no white space, keys of every object sorted by UTF-16 code units.
 *
 * Equal values have equal texts wherever they come from, so texts can be compared, ordered and hashed.
 * A property that is `undefined` is absent, as in `JSON.stringify`.
 *
 * @throws InvalidEventError for what JSON cannot hold, such as a bigint, NaN or a function.
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

function write(value: unknown, path: string[]): string {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "number":
      // `JSON.parse` keeps the sign of -0, `JSON.stringify` does not.
      if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : JSON.stringify(value);
      break;
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return writeList(value, path);
      if (isPlain(value)) return writeObject(value, path);
      break;
    default:
  }
  throw new InvalidEventError(path.join("."), "JSON cannot hold this value");
}

function writeList(list: readonly unknown[], path: string[]): string {
  // `map` would pass over a hole, and leave a text that is not JSON.
  const items = Array.from(list, (item, index) => {
    path.push(String(index));
    const text = write(item, path);
    path.pop();
    return text;
  });
  return `[${items.join(",")}]`;
}

function writeObject(object: Readonly<Record<string, unknown>>, path: string[]): string {
  const members: string[] = [];
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value === undefined) continue;
    path.push(key);
    members.push(`${JSON.stringify(key)}:${write(value, path)}`);
    path.pop();
  }
  return `{${members.join(",")}}`;
}

/** Whether an object is one JSON would read back: a Date or a Map would come back as something else. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
