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
  if (isCanonical(value)) return JSON.stringify(value);
  const text = write(value);
  if (text === null)
    throw new InvalidEventError((findUnwritable(value) ?? []).join("."), "JSON cannot hold this value");
  return text;
}

/**
 * Whether `JSON.stringify` writes the canonical text: what a ledger holds was written in order, and what reads it keeps
 * that. Looking takes a fraction of the time that writing it ourselves takes longer.
 */
function isCanonical(value: unknown): boolean {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (typeof value !== "object") return false;
  if (Array.isArray(value)) return isCanonicalList(value);
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  let before = "";
  // Not `Object.keys`, which makes a list; a prototype without names of its own adds none.
  for (const key in value) {
    if (key < before || !isCanonical((value as Readonly<Record<string, unknown>>)[key])) return false;
    before = key;
  }
  return true;
}

function isCanonicalList(list: readonly unknown[]): boolean {
  // By index: `every` would pass over a hole.
  for (let index = 0; index < list.length; index += 1) if (!isCanonical(list[index])) return false;
  return true;
}

/** Null where the value, or something in it, cannot be written. */
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
  for (const { key, prefix } of membersOf(object)) {
    const value = object[key];
    if (value === undefined) continue;
    const member = write(value);
    if (member === null) return null;
    text += text.length === 1 ? prefix + member : `,${prefix}${member}`;
  }
  return `${text}}`;
}

/** A key, and what is written before its value. */
interface Member {
  readonly key: string;
  readonly prefix: string;
}

/** The keys of an object in the order they came in, and its members in the order in which they are written. */
interface KeyOrder {
  readonly keys: readonly string[];
  readonly members: readonly Member[];
}

/** So many first keys are remembered; there are fewer kinds of objects in events. */
const FIRST_KEYS_MAX = 256;

/** Objects of more keys are sorted every time. */
const KEYS_MAX = 64;

/** By first key and number of keys: what code makes in one place has its keys in the same order every time. */
const ORDERS = new Map<string, KeyOrder[]>();

function membersOf(object: Readonly<Record<string, unknown>>): readonly Member[] {
  const keys = Object.keys(object);
  const [first] = keys;
  if (first === undefined) return [];
  const orders = ordersFrom(first);
  const known = orders[keys.length];
  if (known !== undefined && isSameList(keys, known.keys)) return known.members;
  const members = keys.toSorted().map((key) => ({ key, prefix: `${quote(key)}:` }));
  if (keys.length <= KEYS_MAX) orders[keys.length] = { keys, members };
  return members;
}

function ordersFrom(first: string): KeyOrder[] {
  const known = ORDERS.get(first);
  if (known !== undefined) return known;
  if (ORDERS.size >= FIRST_KEYS_MAX) ORDERS.clear();
  const orders: KeyOrder[] = [];
  ORDERS.set(first, orders);
  return orders;
}

function isSameList(texts: readonly string[], others: readonly string[]): boolean {
  for (let index = 0; index < texts.length; index += 1) if (texts[index] !== others[index]) return false;
  return true;
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
    : membersOf(value).flatMap(({ key }) => (value[key] === undefined ? [] : [[key, value[key]] as const]));
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
