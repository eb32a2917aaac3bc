import { canonicalJson } from "@farthing/ledger";
import { isFields } from "./sample.ts";

/** An answer as it is compared. It is never kept. */
export interface ComparedAnswer {
  /** All its text, without white space around it. */
  readonly text: string;
  /** The tools it calls, each with its input, as canonical JSON. */
  readonly toolCalls: string;
  /** The input of its only tool call, else its text where that is JSON; undefined where neither is. */
  readonly json: unknown;
  /** Whether it was given as JSON, so that only what it holds counts. */
  readonly isJson: boolean;
}

const NO_CALLS = "[]";
const FENCED = /^```(?:json)?\s*\n([\s\S]*?)\n?\s*```$/;

/** The answer that content blocks of a message hold. */
export function answerOfContent(content: unknown): ComparedAnswer {
  const blocks = Array.isArray(content) ? content.filter(isFields) : [];
  const text = blocks
    .flatMap(({ type, text: part }) => (type === "text" && typeof part === "string" ? [part] : []))
    .join("")
    .trim();
  const calls = blocks.filter(({ type }) => type === "tool_use").map(({ name, input }) => ({ name, input }));
  const [only] = calls;
  const json = calls.length === 1 && only !== undefined ? only.input : parsed(text);
  return { text, toolCalls: canonicalJson(calls), json, isJson: false };
}

/** The answer that a sample came with: a text, or JSON. */
export function answerOfSample(answer: unknown): ComparedAnswer {
  if (typeof answer !== "string") {
    return { text: JSON.stringify(answer), toolCalls: NO_CALLS, json: answer, isJson: true };
  }
  const text = answer.trim();
  return { text, toolCalls: NO_CALLS, json: parsed(text), isJson: false };
}

/** Undefined where it is no JSON, a fence of Markdown around it left aside. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(FENCED.exec(text)?.[1] ?? text);
  } catch {
    return undefined;
  }
}
