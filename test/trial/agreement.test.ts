import {
  answerOfContent,
  answerOfSample,
  EXACT,
  jsonFields,
  userFunction,
  type Agreement,
  type Verdict,
} from "@farthing/advisor";
import { describe, expect, it } from "vitest";

const text = (...texts: readonly string[]): unknown => texts.map((each) => ({ type: "text", text: each }));
const call = (input: unknown): unknown => [{ type: "tool_use", id: "toolu_1", name: "file", input }];

function verdict(agreement: Agreement, expected: unknown, content: unknown): Promise<Verdict> {
  return agreement.judge({ expected: answerOfSample(expected), answer: answerOfContent(content), params: {} });
}

describe("exact agreement", () => {
  it.each([
    ["billing", text("billing"), "agree"],
    ["billing", text(" bill", "ing\n"), "agree"],
    ["billing", text("Billing"), "differ"],
    ["", text(), "agree"],
    ["billing", call({ label: "billing" }), "differ"],
    // Given as JSON, what it holds counts, in whatever order and fence.
    [{ a: 1, b: [2] }, text('{"b": [2], "a": 1}'), "agree"],
    [{ a: 1 }, text('```json\n{"a": 1}\n```'), "agree"],
    [{ a: 1 }, text('{"a": 1, "b": 2}'), "differ"],
    [{ a: 1 }, text("none"), "differ"],
    [{ label: "x" }, call({ label: "x" }), "agree"],
  ])("of %j with %j: %s %s", async (expected, content, said) => {
    expect(await verdict(EXACT, expected, content)).toBe(said);
  });

  it("of two answers is that of their text and their tool calls", async () => {
    const judge = (a: unknown, b: unknown): Promise<Verdict> =>
      EXACT.judge({ expected: answerOfContent(a), answer: answerOfContent(b), params: {} });
    expect(await judge(call({ a: 1, b: 2 }), call({ b: 2, a: 1 }))).toBe("agree");
    expect(await judge(call({ a: 1 }), call({ a: 2 }))).toBe("differ");
    expect(await judge(text("x"), text("x"))).toBe("agree");
  });
});

describe("agreement of JSON fields", () => {
  it.each([
    [["label"], { label: "x", why: "a" }, text('{"label":"x","why":"b"}'), "agree"],
    [["label"], { label: "x" }, text('{"label":"y"}'), "differ"],
    [["label"], { label: "x" }, text("{}"), "differ"],
    [["label"], { label: "x" }, text("no JSON"), "differ"],
    [["a.b", "list.1"], { a: { b: null }, list: [1, 2] }, text('{"list":[0,2],"a":{"b":null}}'), "agree"],
    [["toString"], { a: 1 }, text('{"a":1}'), "not-comparable"],
    [["label"], "no JSON", text('{"label":"x"}'), "not-comparable"],
    [[], { a: 1, b: 2 }, text('{"b":2,"a":1}'), "agree"],
    [[], { a: 1 }, text('{"a":1,"b":2}'), "differ"],
  ])("%j of %j and %j: %s %s", async (fields, expected, content, said) => {
    expect(await verdict(jsonFields(fields), expected, content)).toBe(said);
  });
});

describe("a function of one's own", () => {
  it.each([
    [() => true, "agree"],
    [() => Promise.resolve(false), "differ"],
    [() => 1, "not-comparable"],
    [() => Promise.reject(new Error("no")), "not-comparable"],
  ])("says %s: %s", async (judge, said) => {
    expect(await verdict(userFunction(judge), "a", text("a"))).toBe(said);
  });
});
