import { isJsonObject, ownValue, parseJson } from "../ndjson/json-object.ts";
import { lineText, splitLines } from "../ndjson/split-lines.ts";
import { JsonElements } from "./json-elements.ts";

/** One value of a file of records. */
export interface JsonRecord {
  /** Where it begins, from 1. */
  readonly line: number;
  /** Undefined for what is not JSON. */
  readonly value: unknown;
}

const OPENS_LIST = 0x5b;
const OPENS_OBJECT = 0x7b;
const NEWLINE = 0x0a;
const CONTROL = 0x20;

/**
 * The records of a file, in groups as they are read: one in each line, or in a JSON array, or in the lists of pages as an
 * API answers them. Holds one record and one chunk, or one page.
 *
 * @param lists names that a page gives its list of records
 */
export async function* jsonRecords(
  chunks: AsyncIterable<Uint8Array>,
  lists: readonly string[],
): AsyncGenerator<readonly JsonRecord[]> {
  const { isLines, whole } = await begunWith(chunks);
  const groups = isLines ? ofLines(whole) : ofElements(whole);
  for await (const group of groups) yield group.flatMap((record) => unpaged(record, lists));
}

async function* ofLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly JsonRecord[]> {
  let line = 0;
  for await (const group of splitLines(chunks)) {
    yield group.flatMap(({ bytes }) => {
      line += 1;
      const text = bytes === null ? null : lineText(bytes);
      return text?.trim() === "" ? [] : [{ line, value: text === null ? undefined : parseJson(text) }];
    });
  }
}

async function* ofElements(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly JsonRecord[]> {
  const elements = new JsonElements();
  const parsed = (found: ReturnType<JsonElements["take"]>): readonly JsonRecord[] =>
    found.map(({ line, bytes }) => ({ line, value: bytes === null ? undefined : parseJson(lineText(bytes)) }));
  for await (const chunk of chunks) yield parsed(elements.take(chunk));
  yield parsed(elements.finish());
}

function unpaged(record: JsonRecord, lists: readonly string[]): readonly JsonRecord[] {
  const { line, value } = record;
  if (!isJsonObject(value)) return [record];
  const list = lists.map((name) => ownValue(value, name)).find((each) => Array.isArray(each));
  return Array.isArray(list) ? list.map((each: unknown) => ({ line, value: each })) : [record];
}

/** Whether a file has a record in each line, and the file from its beginning. */
async function begunWith(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly isLines: boolean; readonly whole: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const taken: Uint8Array[] = [];
  let isLines: boolean | null = null;
  while (isLines === null) {
    const next = await iterator.next();
    if (next.done !== true) taken.push(next.value);
    // Not for each piece of a line that may be long.
    if (next.done === true || taken.length === 1 || next.value.includes(NEWLINE)) {
      isLines = hasLines(Buffer.concat(taken), next.done === true);
    }
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield* taken;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return { isLines, whole: whole() };
}

/** Null where the beginning does not tell yet: an object that ends with its line, or another that begins in the next. */
function hasLines(head: Uint8Array, isAll: boolean): boolean | null {
  const start = indexOfText(head, 0);
  if (start === -1) return isAll ? true : null;
  if (head[start] === OPENS_LIST) return false;
  const end = head.indexOf(NEWLINE, start);
  if (end === -1) return isAll ? parseJson(lineText(head.subarray(start))) !== undefined : null;
  if (parseJson(lineText(head.subarray(start, end))) !== undefined) return true;
  const next = indexOfText(head, end);
  if (next === -1) return isAll ? true : null;
  return head[next] === OPENS_OBJECT || head[start] !== OPENS_OBJECT;
}

/** The first byte that is neither white space nor part of a byte order mark. */
function indexOfText(bytes: Uint8Array, from: number): number {
  for (let index = from; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? CONTROL;
    if (byte > CONTROL && byte !== 0xef && byte !== 0xbb && byte !== 0xbf) return index;
  }
  return -1;
}
