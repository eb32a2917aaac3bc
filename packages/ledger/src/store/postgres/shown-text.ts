const NOT_HELD = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

/** A text as PostgreSQL can hold it: U+0000 and lone surrogates are U+FFFD and four digits, as in `farthing.response`. */
export function shownText(text: string | null): string | null {
  return text?.replaceAll(NOT_HELD, (unit) => `\uFFFD${unit.charCodeAt(0).toString(16).padStart(4, "0")}`) ?? null;
}
