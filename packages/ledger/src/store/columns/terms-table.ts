import { canonicalJson } from "../../events/canonical.ts";
import type { RowDictionary, RowTerms } from "../../rows/request-rows.ts";
import { dictionaryOf } from "../../rows/dictionary-builder.ts";
import { ColumnReader, ColumnWriter } from "./number-codec.ts";
import { readTexts, writeTexts } from "./text-list.ts";

/** Terms as JSON, one text each. */
export function encodeTerms(terms: RowDictionary<RowTerms>): Uint8Array {
  const out = new ColumnWriter();
  writeTexts(
    out,
    Array.from({ length: terms.length }, (_, index) => canonicalJson(terms.at(index))),
  );
  return out.bytes();
}

/** Reads what `encodeTerms` wrote. Equal terms of all files are one object. */
export function decodeTerms(bytes: Uint8Array): RowDictionary<RowTerms> {
  const texts = readTexts(new ColumnReader(bytes));
  return dictionaryOf(Array.from({ length: texts.length }, (_, index) => termsOf(texts.at(index) ?? "")));
}

/** Terms by their JSON. They are what requests have in common, so there are few in all the files of all ledgers. */
const TERMS = new Map<string, RowTerms>();

function termsOf(json: string): RowTerms {
  const held = TERMS.get(json);
  if (held !== undefined) return held;
  const terms = JSON.parse(json) as RowTerms;
  TERMS.set(json, terms);
  return terms;
}
