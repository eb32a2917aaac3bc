import { createHmac } from "node:crypto";
import { canonicalJson } from "../events/canonical.ts";
import type { LedgerEvent } from "../events/event.ts";
import { isLabelToken } from "../events/label-token.ts";
import type { LedgerKey } from "./ledger-key.ts";

/** How many values are remembered with their tokens; a service has few users at a time. */
const REMEMBERED_MAX = 65_536;
const TOKEN_BYTES = 16;

/** An event in which every personal label is a token. */
export type Pseudonymize = (event: LedgerEvent) => LedgerEvent;

/**
 * The token that stands for a value of a personal label: `~<key id>.<22 digits of base64url>`.
 *
 * It is HMAC-SHA256 over `farthing-label`, the label's name and the value, each but the last followed by a zero byte,
 * cut to 128 bits. One value has one token under one name, so that requests can be grouped by it, and another token
 * under another name. A value that is a token already stays as it is.
 */
export function labelToken(name: string, value: string, key: LedgerKey): string {
  if (isLabelToken(value)) return value;
  const digest = createHmac("sha256", key.secret).update(`farthing-label\0${name}\0${value}`).digest();
  return `~${key.id}.${digest.toString("base64url", 0, TOKEN_BYTES)}`;
}

/**
 * Replaces the values of personal labels by their tokens, in events of every type that has labels, those of newer
 * releases included. An event that has none of these labels is returned as it is.
 */
export function createPseudonymizer(personalLabels: readonly string[], key: LedgerKey): Pseudonymize {
  const tokens = new Map<string, string>();
  const tokenOf = (name: string, value: string): string => {
    const cacheKey = `${name}\0${value}`;
    let token = tokens.get(cacheKey);
    if (token === undefined) {
      if (tokens.size >= REMEMBERED_MAX) tokens.clear();
      tokens.set(cacheKey, (token = labelToken(name, value, key)));
    }
    return token;
  };
  return (event) => {
    const labels = labelsOf(event);
    if (labels === null) return event;
    const present = personalLabels.filter((name) => Object.hasOwn(labels, name) && labels[name] !== null);
    if (present.length === 0) return event;
    const replaced: Record<string, unknown> = { ...labels };
    for (const name of present) replaced[name] = tokenOf(name, textOf(labels[name]));
    return { ...event, labels: replaced };
  };
}

/** Events come from outside, so that what they are is not certain yet. */
function labelsOf(event: unknown): Readonly<Record<string, unknown>> | null {
  return isObject(event) && isObject(event["labels"]) ? event["labels"] : null;
}

/** Events of newer releases may have labels that are no texts. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : canonicalJson(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
