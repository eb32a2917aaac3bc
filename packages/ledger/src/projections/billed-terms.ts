import type { RequestRows } from "../rows/request-rows.ts";

/** By number of their terms, whether requests were answered and are billed to the ledger's own account. */
export function billedTerms({ terms }: RequestRows): readonly boolean[] {
  return Array.from({ length: terms.length }, (_, index) => {
    const { kind, billedTo } = terms.at(index);
    return kind !== "failed" && billedTo === "self";
  });
}
