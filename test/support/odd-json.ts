/** A way of writing JSON that says the same in other bytes. */
export interface JsonStyle {
  /** Whether the keys of objects come in reverse order. */
  readonly isReversed: boolean;
  readonly hasSpaces: boolean;
  /** Whether every character of texts is written by its number. */
  readonly isEscaped: boolean;
  /** Whether the first key of each object is there twice; the second counts. */
  readonly hasDuplicates: boolean;
  /** How whole numbers are written. */
  readonly number: (value: number) => string;
}

export const PLAIN_STYLE: JsonStyle = {
  isReversed: false,
  hasSpaces: false,
  isEscaped: false,
  hasDuplicates: false,
  number: String,
};

/** A value as JSON in a style; keys in the order of canonical JSON unless they are reversed. */
export function writeJson(value: unknown, style: JsonStyle): string {
  const space = style.hasSpaces ? " " : "";
  if (typeof value === "string") return writeText(value, style);
  if (typeof value === "number") return Number.isSafeInteger(value) ? style.number(value) : String(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => writeJson(item, style)).join(`,${space}`)}]`;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  const members = (style.isReversed ? sorted.reverse() : sorted).map(
    ([key, member]) => `${writeText(key, style)}${space}:${space}${writeJson(member, style)}`,
  );
  const [first] = Object.keys(value);
  if (style.hasDuplicates && first !== undefined) members.unshift(`${writeText(first, style)}:[0]`);
  return `{${space}${members.join(`,${space}`)}${space}}`;
}

function writeText(text: string, { isEscaped }: JsonStyle): string {
  if (!isEscaped) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("")}"`;
}
