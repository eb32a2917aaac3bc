import { printable } from "../report/text-layout.ts";

/** HTML that may be put into a page as it is: made by `html`, or written whole in the source code. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text is escaped, markup is kept, nothing stands for null. */
export type Interpolated = Markup | string | number | null | readonly Interpolated[];

/**
 * A piece of a page. Everything interpolated is text unless it is markup already, so that no name, label or model can be
 * anything else. For element content and for attribute values in quotation marks; never inside `<script>` or `<style>`.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Interpolated[]): Markup {
  return new Markup(piecesOf(strings).reduce((text, piece, index) => text + piece + textOf(values[index] ?? null), ""));
}

const pieces = new WeakMap<TemplateStringsArray, readonly string[]>();

/** A template's own text, without the indentation that is for readers of the source code. */
function piecesOf(strings: TemplateStringsArray): readonly string[] {
  const known = pieces.get(strings) ?? strings.map((string) => string.replace(/\n\s+/g, "\n"));
  pieces.set(strings, known);
  return known;
}

/** Markup that is written in the source code, whole. */
export function fixed(strings: TemplateStringsArray): Markup {
  return new Markup(strings[0] ?? "");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const NO_CHARACTER = /\p{Surrogate}|\p{Noncharacter_Code_Point}/gu;

function textOf(value: Interpolated): string {
  if (value === null) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "object") return value.map(textOf).join("");
  // HTML may hold none, and with half a surrogate pair the bytes of the file would not be UTF-8.
  return printable(String(value).replace(NO_CHARACTER, "\ufffd")).replace(
    /[&<>"']/g,
    (character) => ENTITIES[character] ?? "",
  );
}
