/** A table: a first line with separators that begins with neither an object nor a list. */
const TABLE = /^[^\n{[]*[,;\t][^\n]*(\n|$)/;

/** Forms of files that exports of records come in and that are not JSON. */
export type OtherForm = "gzip" | "Parquet" | "CSV";

/** The form of a file by its first bytes; null for what may be JSON. */
export async function formOf(bytes: AsyncIterable<Uint8Array>): Promise<OtherForm | null> {
  for await (const head of bytes) return otherForm(head);
  return null;
}

function otherForm(head: Uint8Array): OtherForm | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  const text = Buffer.from(head.subarray(0, 4096))
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  if (text.startsWith("PAR1")) return "Parquet";
  return TABLE.test(text.trimStart()) ? "CSV" : null;
}
