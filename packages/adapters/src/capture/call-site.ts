import { fileURLToPath } from "node:url";
import { relative, sep } from "node:path";
import { isJsonObject, ownText, ownValue, type JsonObject } from "../ndjson/json-object.ts";

/** Most of them are the SDK's own. */
const FRAMES_MAX = 60;
const KINDS_MAX = 1000;

/** Where this file is, and with it all of Farthing's adapters, whether as sources or built. */
const OWN_FOLDER = fileURLToPath(new URL("..", import.meta.url));
const FRAME = /^\s+at (?:.*\()?((?:file:\/\/)?[^()]+?):(\d+):\d+\)?$/;

/**
 * Finds the place in the user's code that a new kind of call comes from.
 *
 * Only for a kind's first call: taking a stack costs as much as everything else that is recorded of it. Which kinds were
 * seen is forgotten when they are too many, and then looked for again.
 */
export class CallSites {
  readonly #seen = new Set<string>();
  #newest: KindParts = NO_PARTS;
  readonly #workingFolder: string;

  constructor(workingFolder: string) {
    this.#workingFolder = workingFolder;
  }

  /** `file:line` where a request is of a new kind and its caller can be seen; otherwise null. */
  take(body: JsonObject): string | null {
    const parts = partsOf(body);
    // Most are of the kind of the one before, and putting a name together takes longer than seeing that.
    if (areSame(parts, this.#newest)) return null;
    this.#newest = parts;
    const kind = nameOf(parts);
    if (this.#seen.has(kind)) return null;
    if (this.#seen.size >= KINDS_MAX) this.#seen.clear();
    this.#seen.add(kind);
    const frame = callerIn(stackHere());
    if (frame === null) return null;
    const path = relative(this.#workingFolder, frame.file);
    return `${path.startsWith("..") ? frame.file : path.split(sep).join("/")}:${frame.line}`;
  }
}

function stackHere(): string {
  const before = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = FRAMES_MAX;
    // Whoever prepares stack traces in a way of their own may have made anything of it.
    const stack: unknown = new Error("call site").stack;
    return typeof stack === "string" ? stack : "";
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** The first frame of a stack that is neither Farthing's, nor a package's, nor Node's. */
function callerIn(stack: string): { readonly file: string; readonly line: string } | null {
  for (const row of stack.split("\n")) {
    const found = FRAME.exec(row);
    const [, where = "", line = ""] = found ?? [];
    const file = where.startsWith("file://") ? pathOf(where) : where.replace(/^async /, "");
    if (file === null || !/^(?:[\\/]|[A-Za-z]:[\\/])/.test(file)) continue;
    if (file.startsWith(OWN_FOLDER) || /[\\/]node_modules[\\/]/.test(file)) continue;
    return { file, line };
  }
  return null;
}

function pathOf(url: string): string | null {
  try {
    return fileURLToPath(url);
  } catch {
    return null;
  }
}

/** What tells kinds of calls apart: they differ in what a program writes once, and not in what it is told. */
interface KindParts {
  readonly model: unknown;
  readonly maxTokens: unknown;
  readonly stream: unknown;
  readonly tools: number;
  /** What the system prompt begins with. */
  readonly words: unknown;
}

const NO_PARTS: KindParts = { model: null, maxTokens: null, stream: null, tools: -1, words: null };
const WORDS_MAX = 64;

function partsOf(body: JsonObject): KindParts {
  const tools = ownValue(body, "tools");
  const system = ownValue(body, "system");
  const first: unknown = Array.isArray(system) ? system[0] : system;
  return {
    model: ownText(body, "model"),
    maxTokens: ownValue(body, "max_tokens"),
    stream: ownValue(body, "stream"),
    tools: Array.isArray(tools) ? tools.length : 0,
    words: isJsonObject(first) ? ownValue(first, "text") : first,
  };
}

function areSame(a: KindParts, b: KindParts): boolean {
  const { model, maxTokens, stream, tools, words } = a;
  return (
    model === b.model && maxTokens === b.maxTokens && stream === b.stream && tools === b.tools && words === b.words
  );
}

function nameOf({ model, maxTokens, stream, tools, words }: KindParts): string {
  const start = typeof words === "string" ? `${String(words.length)} ${words.slice(0, WORDS_MAX)}` : "";
  return [model, maxTokens, stream, tools, start].join("\n");
}
