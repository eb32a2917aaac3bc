import { canonicalJson } from "@farthing/ledger";
import type { ComparedAnswer } from "./answer.ts";
import { isFields, type RequestParams } from "./sample.ts";

/** Whether two answers to one request say the same; `not-comparable` where that cannot be told. */
export type Verdict = "agree" | "differ" | "not-comparable";

/** What is held against each other. */
interface AnswerPair {
  readonly expected: ComparedAnswer;
  readonly answer: ComparedAnswer;
  readonly params: RequestParams;
}

/** How agreement is judged. */
export interface Agreement {
  readonly by: "exact" | "json-fields" | "function";
  judge(pair: AnswerPair): Promise<Verdict>;
}

/** What a user's own function is given; what it holds is not to be kept. */
export type UserJudge = (pair: {
  readonly expected: Pick<ComparedAnswer, "text" | "json">;
  readonly answer: Pick<ComparedAnswer, "text" | "json">;
  readonly params: RequestParams;
}) => unknown;

/** The same text and the same tool calls; of an answer given as JSON, the same value. */
export const EXACT: Agreement = {
  by: "exact",
  judge: ({ expected, answer }) =>
    Promise.resolve(expected.isJson ? sameJson(expected, answer) : sameText(expected, answer)),
};

/**
 * The same values in some fields of the answers' JSON, or in all of it.
 *
 * @param fields Names, with dots between those of nested ones; empty for the whole.
 */
export function jsonFields(fields: readonly string[]): Agreement {
  return {
    by: "json-fields",
    judge: ({ expected, answer }) => {
      if (fields.length === 0) return Promise.resolve(sameJson(expected, answer));
      const wanted = fields.map((field) => valueAt(expected.json, field));
      // A field that is not expected is misspelt, or of another kind of answer.
      if (wanted.includes(undefined)) return Promise.resolve("not-comparable");
      return Promise.resolve(verdict(fields.every((field, at) => isSame(wanted[at], valueAt(answer.json, field)))));
    },
  };
}

/** As a user's own function says: true or false. What else it says, or throws, tells nothing. */
export function userFunction(judge: UserJudge): Agreement {
  return {
    by: "function",
    judge: async ({ expected, answer, params }) => {
      try {
        const said: unknown = await judge({ expected: shown(expected), answer: shown(answer), params });
        return typeof said === "boolean" ? verdict(said) : "not-comparable";
      } catch {
        // Its message may quote an answer.
        return "not-comparable";
      }
    },
  };
}

function shown({ text, json }: ComparedAnswer): Pick<ComparedAnswer, "text" | "json"> {
  return { text, json };
}

function sameText(expected: ComparedAnswer, answer: ComparedAnswer): Verdict {
  return verdict(expected.text === answer.text && expected.toolCalls === answer.toolCalls);
}

function sameJson(expected: ComparedAnswer, answer: ComparedAnswer): Verdict {
  return expected.json === undefined ? "not-comparable" : verdict(isSame(expected.json, answer.json));
}

function verdict(agree: boolean): Verdict {
  return agree ? "agree" : "differ";
}

function isSame(a: unknown, b: unknown): boolean {
  return b !== undefined && canonicalJson(a) === canonicalJson(b);
}

function valueAt(value: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((inner, name) => {
    if (Array.isArray(inner)) return /^\d+$/.test(name) ? (inner[Number(name)] as unknown) : undefined;
    return isFields(inner) && Object.hasOwn(inner, name) ? inner[name] : undefined;
  }, value);
}
