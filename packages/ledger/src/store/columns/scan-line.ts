import { crc32 } from "node:zlib";
import { CURRENT_VERSIONS, isResponse } from "../../events/known-event.ts";
import type { RequestShape } from "../../events/request-shape.ts";
import { owned } from "../../rows/owned-text.ts";
import { NO_OTHER_IDS, NO_PARTS, type DraftTables, type RowDraft } from "../../rows/row-draft.ts";
import { bodyOf, decodeFrame, type Frame, type FrameHead } from "../file/frame.ts";
import { PromptScanner } from "./scan-prompt.ts";

/** A line that holds a response, of which only what a row is made from was read. */
export interface DraftLine extends FrameHead {
  readonly draft: RowDraft;
}

// The one form in which this release writes a response: keys in order, no white space, and here nothing that is escaped.
// Of texts that rows hold only printable ASCII, whose characters are its bytes.
const TEXT = `[ !#-\\[\\]-~]*`;
const NAME = `[ !#-\\[\\]-~]+`;
const COUNT = `(?:0|[1-9]\\d{0,14})`;
const DAY = `(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)`;
const INSTANT = `\\d{4}-${DAY}T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z`;
/** A list without others inside. Whether it is JSON is known once it has been parsed. */
const FLAT_LIST = `\\[[^[\\]{}\\\\\\x00-\\x1f]*\\]`;

/** Of texts that are kept as they are, in UTF-8. */
const ANY_TEXT = `"[^"\\\\\\x00-\\x1f]*"`;
const ANY_NAME = `"[^"\\\\\\x00-\\x1f]+"`;
const LABELS = objectOf(ANY_TEXT);
const CONTEXT = objectOf(`(?:null|${ANY_TEXT})`);
const SOURCES = listOf(ANY_NAME);

function objectOf(value: string): string {
  const member = `"(?!__proto__")[^"\\\\\\x00-\\x1f]*":${value}`;
  return `\\{(?:${member}(?:,(?=")|(?=\\})))*\\}`;
}

function listOf(value: string): string {
  return `\\[(?:${value}(?:,(?!\\])|(?=\\])))*\\]`;
}

/** JSON of a few levels, which the API's usage object is: nobody here reads what is in it. */
const SCALAR = `(?:"[^"\\\\\\x00-\\x1f]*"|-?(?:0|[1-9]\\d*)(?:\\.\\d+)?|null|true|false)`;
const NESTED = nested(nested(nested(nested(SCALAR))));

function nested(value: string): string {
  const member = `"[^"\\\\\\x00-\\x1f]*":${value}`;
  return `(?:${SCALAR}|\\{(?:${member}(?:,(?=")|(?=\\})))*\\}|\\[(?:${value}(?:,(?!\\])|(?=\\])))*\\])`;
}

function orNull(pattern: string): string {
  return `(?:null|${pattern})`;
}

function quoted(pattern: string): string {
  return `"${pattern}"`;
}

const TEXT_OR_NULL = orNull(quoted(TEXT));
const BREAKPOINT = `\\{"section":"(?:tools|system|messages)","ttl":"(?:5m|1h)"\\}`;
const SHAPE =
  `\\{(?:"afterCompaction":(?:true|false),)?"cacheBreakpoints":${orNull(listOf(BREAKPOINT))},` +
  `"effort":${orNull(ANY_TEXT)},"maxTokens":${orNull(COUNT)},(?:"outputFormat":true,)?(?:"promptBytes":${COUNT},)?` +
  `"stream":(?:null|true|false),` +
  `"temperature":(?:null|-?${COUNT}(?:\\.\\d+)?),"thinking":(?:null|"(?:enabled|adaptive|disabled)"),` +
  `"thinkingBudgetTokens":${orNull(COUNT)},(?:"toolChoice":"(?:auto|any|tool|none)",)?"toolCount":${orNull(COUNT)}\\}`;
const TYPES = "RequestCompleted|RequestInterrupted";

const BEFORE_ID = new RegExp(
  `\\{"writer":"([0-9a-z]+)","seq":(${COUNT}),"event":\\{"attempt":(${orNull(COUNT)}),"billedTo":("${NAME}"),` +
    `"cacheMissReason":(${TEXT_OR_NULL}),"conflicts":\\[\\],"context":(${CONTEXT}),"finality":("${NAME}"),"id":"`,
  "y",
);

const BEFORE_PROMPT = new RegExp(
  `(${NAME})","ids":\\{"batch":(${TEXT_OR_NULL}),"custom":(${TEXT_OR_NULL}),"message":(${TEXT_OR_NULL}),` +
    `"previousMessage":(${TEXT_OR_NULL}),"request":(${TEXT_OR_NULL}),"workspace":(${TEXT_OR_NULL})\\},` +
    `"labels":(${LABELS}),(?:"observedCharacters":(${orNull(COUNT)}),)?"occurredAt":"(${INSTANT})",` +
    `"output":("${NAME}"),`,
  "y",
);

const PROMPT = `"prompt":`;
const COMMA = ",".charCodeAt(0);

const AFTER_PROMPT = new RegExp(
  `(?:"rateLimits":${LABELS},)?"request":(${orNull(SHAPE)}),("requestedModel":${TEXT_OR_NULL},"servedModel":"${NAME}"),"sources":(${SOURCES}),` +
    `"stopReason":(${TEXT_OR_NULL}),"timing":\\{"firstTokenAt":(${orNull(quoted(INSTANT))}),` +
    `"occurredAtProvenance":("${NAME}"),"startedAt":(${orNull(quoted(INSTANT))}),` +
    `("startedAtProvenance":"${NAME}"\\},"type":"(?:${TYPES})","usage":\\{"inferenceGeo":${TEXT_OR_NULL},` +
    `"notes":${FLAT_LIST},"parts":\\[\\{"iteration":${orNull(COUNT)},"kind":"${NAME}","model":${TEXT_OR_NULL}),` +
    `"tokens":\\{"cacheRead":(${COUNT}),"cacheWrite1h":(${COUNT}),"cacheWrite5m":(${COUNT}),"output":(${COUNT}),` +
    `"uncachedInput":(${COUNT})\\}\\}\\],"raw":${NESTED},("serviceTier":${TEXT_OR_NULL},"speed":${TEXT_OR_NULL}),` +
    `"thinkingTokens":(${orNull(COUNT)}),"webFetchRequests":(${COUNT}),"webSearchRequests":(${COUNT})\\},` +
    `"version":${String(CURRENT_VERSIONS.RequestCompleted)}\\},"at":(${COUNT}),` +
    `"crc":"([0-9a-f]{8})","chain":"[0-9a-f]{64}"\\}$`,
  "y",
);

/** Where the chain value begins and ends, from a line's end. */
const CHAIN_FROM_END = { start: 66, end: 2 } as const;
/** What an id is made of where it is that of a message; see `event-id.ts`. */
const MESSAGE = "msg:";

/**
 * Reads lines into drafts of rows.
 *
 * A line that is not written exactly as this release writes a response is read as any other line: into its event.
 */
export class LineScanner {
  readonly #tables: DraftTables;
  readonly #prompts: PromptScanner;
  /** What parts of lines came to, by their bytes: most lines share most of them. */
  readonly #terms = new Map<string, number>();
  readonly #shapes = new Map<string, RequestShape | null>();

  /** @param tables What the drafts refer to. */
  constructor(tables: DraftTables) {
    this.#tables = tables;
    this.#prompts = new PromptScanner(tables.prompts);
  }

  /** As `decodeFrame`; a bound method, to be passed on. */
  readonly decode = (line: Buffer): DraftLine | Frame | { readonly why: string } =>
    this.#scan(line) ?? decodeFrame(line);

  #scan(line: Buffer): DraftLine | null {
    const text = line.toString("latin1");
    BEFORE_ID.lastIndex = 0;
    const before = BEFORE_ID.exec(text);
    if (before === null) return null;
    const idStart = BEFORE_ID.lastIndex;
    BEFORE_PROMPT.lastIndex = idStart;
    const middle = BEFORE_PROMPT.exec(text);
    if (middle === null) return null;
    const promptStart = BEFORE_PROMPT.lastIndex + PROMPT.length;
    const hasPrompt = text.startsWith(PROMPT, BEFORE_PROMPT.lastIndex);
    const prompt = hasPrompt ? this.#prompts.scan(line, promptStart) : null;
    if (hasPrompt && (prompt === null || line[this.#prompts.end] !== COMMA)) return null;
    AFTER_PROMPT.lastIndex = hasPrompt ? this.#prompts.end + 1 : BEFORE_PROMPT.lastIndex;
    const after = AFTER_PROMPT.exec(text);
    if (after === null) return null;
    const body = bodyOf(line);
    if (crc32(body) !== Number.parseInt(after.at(-1) ?? "", 16)) return null;
    const id = line.toString("latin1", idStart, idStart + (middle[1]?.length ?? 0));
    try {
      const draft = this.#draft(line, id, before, middle, after, prompt);
      const chain = line.toString("latin1", line.length - CHAIN_FROM_END.start, line.length - CHAIN_FROM_END.end);
      return { writer: before[1] ?? "", seq: Number(before[2]), at: Number(after.at(-2)), chain, body, draft };
    } catch (error) {
      if (error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** @throws SyntaxError where a part of the line that was not looked into is no JSON. */
  #draft(line: Buffer, id: string, before: Found, middle: Found, after: Found, prompt: number | null): RowDraft {
    // By number: taking lists apart by pattern costs more than all else here.
    const [billedTo, context, finality] = [before[4] ?? "", before[6] ?? "", before[7] ?? ""];
    const [batch, custom, output, models] = [middle[2], middle[3], middle[11] ?? "", after[2] ?? ""];
    const [stopReason, provenance, parts, tiers] = [after[4] ?? "", after[6] ?? "", after[8] ?? "", after[14] ?? ""];
    const terms = `${billedTo}${finality}${output}${models}${stopReason}${provenance}${parts}${tiers}`;
    const hasOthers = isText(batch) || isText(custom);
    return {
      id,
      occurredAt: Date.parse(middle[10] ?? ""),
      startedAt: timeOf(after[7]) ?? NaN,
      firstTokenAt: timeOf(after[5]),
      terms: this.#termsOf(terms, line),
      context: this.#tables.contexts.ofTexts(
        utf8Of(context),
        utf8Of(middle[8] ?? ""),
        utf8Of(after[3] ?? ""),
        utf8Of(middle[7] ?? "null"),
      ),
      uncachedInput: Number(after[13]),
      cacheWrite5m: Number(after[11]),
      cacheWrite1h: Number(after[10]),
      cacheRead: Number(after[9]),
      output: Number(after[12]),
      furtherParts: NO_PARTS,
      thinking: countOf(after[15]),
      webSearchRequests: Number(after[17]),
      webFetchRequests: Number(after[16]),
      message: messageOf(middle[4], id),
      request: textOf(middle[6]),
      previousMessage: textOf(middle[5]),
      otherIds: hasOthers ? { batch: textOf(batch), custom: textOf(custom) } : NO_OTHER_IDS,
      attempt: countOf(before[3]),
      shape: this.#shapeOf(after[1] ?? ""),
      cacheMissReason: textOf(before[5]),
      prompt,
      observedCharacters: middle[9] !== undefined && parts.includes(INTERRUPTED) ? countOf(middle[9]) : null,
      status: null,
      errorType: null,
    };
  }

  #termsOf(key: string, line: Buffer): number {
    const held = this.#terms.get(key);
    if (held !== undefined) return held;
    const frame = decodeFrame(line);
    if ("why" in frame || !isResponse(frame.event)) throw new SyntaxError("not a response");
    const index = this.#tables.termsOf(frame.event);
    this.#terms.set(owned(key), index);
    return index;
  }

  #shapeOf(text: string): RequestShape | null {
    const held = this.#shapes.get(text);
    if (held !== undefined) return held;
    const shape = JSON.parse(utf8Of(text)) as RequestShape | null;
    this.#shapes.set(owned(text), shape);
    return shape;
  }
}

type Found = RegExpExecArray;

const INTERRUPTED = `"RequestInterrupted"`;
const NOT_ASCII = /[\x80-\xff]/;

/** What was read as one character per byte, as the text that the bytes are. */
function utf8Of(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, "latin1").toString("utf8") : text;
}

/** Most ids are made of that of the message, whose characters they then share. */
function messageOf(json: string | undefined, id: string): string | null {
  const name = id.slice(MESSAGE.length);
  return json?.length === name.length + 2 && json.startsWith(name, 1) ? name : textOf(json);
}

function isText(json: string | undefined): boolean {
  return json !== undefined && json !== "null";
}

/** What JSON of a text without anything escaped says, or of null; null, too, where there is none. */
function textOf(json: string | undefined): string | null {
  return json === undefined || json === "null" ? null : ` ${json}`.slice(2, -1);
}

function countOf(json: string | undefined): number | null {
  return json === undefined || json === "null" ? null : Number(json);
}

function timeOf(json: string | undefined): number | null {
  return json === undefined || json === "null" ? null : Date.parse(json.slice(1, -1));
}
