const NEWLINE = 0x0a;

/** As much of a file as is looked at. */
const HEAD_BYTES = 4096;

/** A table: a first line with separators that begins with neither an object nor a list. */
const TABLE = /^[^\n{[]*[,;\t][^\n]*(\n|$)/;

/** Forms of files that exports of records come in and that are not JSON. */
export type OtherForm = "gzip" | "Parquet" | "CSV";

/** A file that was begun with. */
export interface BegunFile {
  /** Null for what may be JSON. */
  readonly form: OtherForm | null;
  /** All of it, once; nothing more where it is in another form. */
  readonly whole: AsyncIterable<Uint8Array>;
}

/** The form of a file by its first bytes, and the file from its beginning: what is no file on a disk can be read but once. */
export async function formOf(bytes: AsyncIterable<Uint8Array>): Promise<BegunFile> {
  const iterator = bytes[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let byteLength = 0;
  for (let isHead = false; !isHead;) {
    const next = await iterator.next();
    if (next.done === true) break;
    taken.push(next.value);
    byteLength += next.value.byteLength;
    isHead = byteLength >= HEAD_BYTES || next.value.includes(NEWLINE);
  }
  const form = otherForm(Buffer.concat(taken));
  if (form !== null) await iterator.return?.();
  async function* whole(): AsyncGenerator<Uint8Array> {
    if (form !== null) return;
    try {
      yield* taken;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { form, whole: whole() };
}

function otherForm(head: Uint8Array): OtherForm | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  const text = Buffer.from(head.subarray(0, HEAD_BYTES))
    .toString("utf8")
    .replace(/^\uFEFF/, "");
  if (text.startsWith("PAR1")) return "Parquet";
  return TABLE.test(text.trimStart()) ? "CSV" : null;
}
