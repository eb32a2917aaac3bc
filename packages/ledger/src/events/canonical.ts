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
  const text = write(value);
  if (text === null)
    throw new InvalidEventError((findUnwritable(value) ?? []).join("."), "JSON cannot hold this value");
  return text;
}

/** Null where the value, or something in it, cannot be written. Appending spends most of its time here. */
function write(value: unknown): string | null {
  switch (typeof value) {
    case "string":
      return quote(value);
    case "boolean":
      return value ? "true" : "false";
    case "number":
      if (!Number.isFinite(value)) return null;
      // `JSON.parse` keeps the sign of -0, `JSON.stringify` does not.
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return writeList(value);
      return isPlain(value) ? writeObject(value) : null;
    default:
      return null;
  }
}

function writeList(list: readonly unknown[]): string | null {
  let text = "[";
  // By index: `forEach` would pass over a hole, and leave a text that is not JSON.
  for (let index = 0; index < list.length; index += 1) {
    const item = write(list[index]);
    if (item === null) return null;
    text += index === 0 ? item : `,${item}`;
  }
  return `${text}]`;
}

function writeObject(object: Readonly<Record<string, unknown>>): string | null {
  let text = "{";
  for (const key of sortedKeys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    const member = write(value);
    if (member === null) return null;
    text += text.length === 1 ? `${quote(key)}:${member}` : `,${quote(key)}:${member}`;
  }
  return `${text}}`;
}

/** What a ledger holds was written in order, and need not be sorted again. */
function sortedKeys(object: Readonly<Record<string, unknown>>): readonly string[] {
  const keys = Object.keys(object);
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index] ?? "") < (keys[index - 1] ?? "")) return keys.sort();
  }
  return keys;
}

/** Texts without anything to escape, which most are, need not be looked at by `JSON.stringify`. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Where the first value is that cannot be written, in the order of writing. */
function findUnwritable(value: unknown): readonly string[] | null {
  if (write(value) !== null) return null;
  if (typeof value !== "object" || value === null || !(Array.isArray(value) || isPlain(value))) return [];
  const members: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? Array.from(value, (item: unknown, index) => [String(index), item] as const)
    : sortedKeys(value).flatMap((key) => (value[key] === undefined ? [] : [[key, value[key]] as const]));
  for (const [name, member] of members) {
    const path = findUnwritable(member);
    if (path !== null) return [name, ...path];
  }
  return [];
}

/** Whether an object is one JSON would read back: a Date or a Map would come back as something else. */
function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}
