import { hash } from "node:crypto";
import { isJsonObject, ownValue, type JsonObject } from "../ndjson/json-object.ts";

const CONVERSATIONS_MAX = 1000;
/** Where a request may have continued: at most so many messages before its last one. */
const MESSAGES_BACK_MAX = 64;

/** The digests of a prompt up to each of its newest messages; the last one is of all of it. */
export type PromptPrefixes = readonly string[];

/**
 * Remembers which response ended a conversation so far, so that the next request of it can name that one.
 *
 * A request goes on from another if its prompt begins with all of the other's. Holds digests and ids alone, of the
 * conversations that went on last.
 */
export class Conversations {
  readonly #lastMessages = new Map<string, string>();

  /** The response that a request goes on from; null where none is known. */
  previousOf(prefixes: PromptPrefixes): string | null {
    for (const prefix of prefixes.slice(0, -1).reverse()) {
      const message = this.#lastMessages.get(prefix);
      if (message !== undefined) return message;
    }
    return null;
  }

  answered(prefixes: PromptPrefixes, message: string): void {
    const whole = prefixes.at(-1);
    if (whole === undefined) return;
    this.#lastMessages.delete(whole);
    this.#lastMessages.set(whole, message);
    if (this.#lastMessages.size <= CONVERSATIONS_MAX) return;
    const [oldest] = this.#lastMessages.keys();
    if (oldest !== undefined) this.#lastMessages.delete(oldest);
  }
}

/** The digests of a request's prompt. Where a breakpoint is does not matter: it moves as a conversation grows. */
export function prefixesOf(body: JsonObject): PromptPrefixes {
  const messages = ownValue(body, "messages");
  if (!Array.isArray(messages)) return [];
  const head = textOf([ownValue(body, "model"), ownValue(body, "tools"), ownValue(body, "system")]);
  const prefixes: string[] = [];
  let digest = hash("sha256", head);
  for (const message of messages as unknown[]) {
    digest = hash("sha256", digest + textOf(inBlocks(message)));
    prefixes.push(digest);
  }
  return prefixes.slice(-MESSAGES_BACK_MAX);
}

/** A message whose content is a text says the same as one with that text as its only block. */
function inBlocks(message: unknown): unknown {
  if (!isJsonObject(message)) return message;
  const content = ownValue(message, "content");
  return typeof content === "string" ? { ...message, content: [{ type: "text", text: content }] } : message;
}

function textOf(value: unknown): string {
  return JSON.stringify(value).replace(/,?"cache_control":(?:null|\{[^{}]*\})/g, "");
}
