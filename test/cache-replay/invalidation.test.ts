import { cacheScope, PromptCache } from "@farthing/advisor";
import { matchModel, modelById } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { digestPrompt, fingerprintOf, shapeOf } from "../../packages/adapters/src/prompts/index.ts";
import { PromptReader } from "../../packages/advisor/src/trace/read-prompts.ts";
import { KEY } from "../prompts/fingerprints.ts";

type Body = Readonly<Record<string, unknown>>;

const LONG = "The ledger keeps what every call cost. ".repeat(600);
const BREAKPOINT = { cache_control: { type: "ephemeral" } };
const SEARCH = { name: "search", input_schema: { type: "object" }, description: LONG };

/** Breakpoints at the end of tools, system and messages, each over some 6,000 tokens: enough for every model. */
const BODY = {
  model: "claude-opus-5",
  max_tokens: 100,
  tools: [{ ...SEARCH, ...BREAKPOINT }],
  system: [{ type: "text", text: LONG, ...BREAKPOINT }],
  messages: [{ role: "user", content: [{ type: "text", text: LONG, ...BREAKPOINT }] }],
};

const IMAGE = { type: "image", source: { type: "url", url: "https://shop.example/receipt.png" } };

/** Sends requests one second after another, and says up to which part of its prompt the last one reads. */
function readBy(bodies: readonly Body[], speeds: readonly string[] = []): string {
  const cache = new PromptCache();
  const reader = new PromptReader();
  let read = "";
  for (const [index, body] of bodies.entries()) {
    const digest = digestPrompt(body);
    const model = String(body["model"]);
    if (digest === null) throw new Error("no prompt");
    const scope = cacheScope(model, "workspace", speeds[index] ?? "standard");
    const own = { uncachedInput: 20_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1 };
    const fingerprint = fingerprintOf(digest, KEY, own.uncachedInput);
    const { blocks, breakpoints } = reader.read({ fingerprint, model, scope, shape: shapeOf(body), own });
    const minimumTokens = modelById(matchModel(model)?.model ?? "")?.cacheMinimumTokens ?? 0;
    const startedAt = index * 1000;
    const request = { startedAt, readableAt: startedAt, scope, blocks, breakpoints, minimumTokens, scale: 1 };
    const { cacheRead } = cache.request(request);
    const last = blocks.ends.indexOf(cacheRead);
    const block = fingerprint.blocks[last];
    read = block === undefined ? "nothing" : "section" in block ? block.section : "a run";
  }
  return read;
}

/** One change each, against the table of the API's documentation. */
describe("a change of", () => {
  it.each<[string, Body, string]>([
    ["nothing", {}, "messages"],
    ["what a cache does not see", { max_tokens: 200, temperature: 0.5, stream: true }, "messages"],
    ["a tool's definition", { tools: [{ ...SEARCH, description: "other", ...BREAKPOINT }] }, "nothing"],
    ["the tools, as one more comes first", { tools: [{ ...SEARCH, name: "first" }, ...BODY.tools] }, "nothing"],
    ["the model", { model: "claude-opus-5-5" }, "nothing"],
    ["the system prompt's text", { system: [{ type: "text", text: `${LONG}.`, ...BREAKPOINT }] }, "tools"],
    ["which tool may be used", { tool_choice: { type: "any" } }, "system"],
    ["which tool may be used to none", { tool_choice: { type: "none" } }, "system"],
    ["which tool may be used to what is usual", { tool_choice: { type: "auto" } }, "messages"],
    ["thinking, switched on", { thinking: { type: "adaptive" } }, "system"],
    ["thinking, to what is usual", { thinking: { type: "disabled" } }, "messages"],
    ["the effort", { output_config: { effort: "low" } }, "system"],
    ["the form of the answer", { output_config: { format: { type: "json_schema", schema: {} } } }, "nothing"],
    ["images, added at the end", { messages: [...BODY.messages, { role: "user", content: [IMAGE] }] }, "system"],
    [
      "a message's text",
      { messages: [{ role: "user", content: [{ type: "text", text: "Hi", ...BREAKPOINT }] }] },
      "system",
    ],
    [
      "the end, to which an answer came",
      { messages: [...BODY.messages, { role: "assistant", content: "Yes." }] },
      "messages",
    ],
  ])("%s", (_, change, expected) => {
    expect(readBy([BODY, { ...BODY, ...change }])).toBe(expected);
  });

  it("speed leaves nothing that can be read", () => {
    expect(readBy([BODY, BODY], ["standard", "fast"])).toBe("nothing");
    expect(readBy([BODY, BODY, BODY], ["standard", "fast", "standard"])).toBe("messages");
  });

  it("a thinking budget invalidates messages", () => {
    const thinking = (budget: number): Body => ({
      ...BODY,
      model: "claude-sonnet-4-5",
      thinking: { type: "enabled", budget_tokens: budget },
    });
    expect(readBy([thinking(2048), thinking(4096)])).toBe("system");
    expect(readBy([thinking(2048), thinking(2048)])).toBe("messages");
  });

  it("model and back finds what the first one cached", () => {
    expect(readBy([BODY, { ...BODY, model: "claude-opus-5-5" }, BODY])).toBe("messages");
  });

  it("an earlier message leaves what is before it", () => {
    const turns = (middle: string, end: string): Body => ({
      ...BODY,
      messages: [
        { role: "user", content: [{ type: "text", text: LONG, ...BREAKPOINT }] },
        { role: "assistant", content: middle },
        { role: "user", content: [{ type: "text", text: end, ...BREAKPOINT }] },
      ],
    });
    // What is shared up to there ends at the breakpoint of the first message.
    expect(readBy([turns("Yes.", "And?"), turns("No.", "And?")])).toBe("messages");
    expect(
      readBy([turns("Yes.", "And?"), { ...turns("Yes.", "And?"), messages: turns("No.", "Or?")["messages"] }]),
    ).toBe("messages");
  });
});

/** A tool loop with thinking: after the first answer a tool result comes back, then the user says something. */
function loop(model: string): readonly Body[] {
  const thought = { type: "thinking", thinking: LONG, signature: "c2lnbmVk" };
  const use = { type: "tool_use", id: "toolu_1", name: "search", input: {} };
  const result = { type: "tool_result", tool_use_id: "toolu_1", content: LONG };
  const start = { role: "user", content: [{ type: "text", text: "What did it cost?" }] };
  const steps = [
    [start, { role: "assistant", content: [thought, use] }, { role: "user", content: [{ ...result, ...BREAKPOINT }] }],
    [
      start,
      { role: "assistant", content: [thought, use] },
      { role: "user", content: [result] },
      { role: "assistant", content: [{ type: "text", text: "A farthing." }] },
      { role: "user", content: [{ type: "text", text: "And before?", ...BREAKPOINT }] },
    ],
    [
      start,
      { role: "assistant", content: [thought, use] },
      { role: "user", content: [result] },
      { role: "assistant", content: [{ type: "text", text: "A farthing." }] },
      { role: "user", content: [{ type: "text", text: "And before?" }] },
      { role: "assistant", content: [{ type: "text", text: "The same." }] },
      { role: "user", content: [{ type: "text", text: "Thanks.", ...BREAKPOINT }] },
    ],
  ];
  return steps.map((messages) => ({ ...BODY, model, messages, thinking: { type: "enabled", budget_tokens: 2048 } }));
}

describe("thinking of an earlier turn", () => {
  it.each(["claude-opus-4-5", "claude-sonnet-4-6", "claude-opus-5", "claude-haiku-5-5"])("stays with %s", (model) => {
    const [first = {}, second = {}] = loop(model);
    expect(readBy([first, second])).toBe("messages");
  });

  it.each(["claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-1"])(
    "is dropped for %s when the user goes on, and what was cached with it is not found",
    (model) => {
      const [first = {}, second = {}, third = {}] = loop(model);
      expect(readBy([first, second])).toBe("system");
      // From then on it is gone from all prompts, which begin alike.
      expect(readBy([first, second, third])).toBe("messages");
    },
  );

  it("stays within a turn of a model that drops it: a result of a tool is nothing that the user says", () => {
    const [first = {}] = loop("claude-haiku-4-5");
    expect(readBy([first, first])).toBe("messages");
  });
});

describe("prompts under different keys", () => {
  it("are not compared", () => {
    const reader = new PromptReader();
    const digest = digestPrompt(BODY);
    if (digest === null) throw new Error("no prompt");
    const own = { uncachedInput: 20_000, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 1 };
    const fingerprint = fingerprintOf(digest, KEY, own.uncachedInput);
    const record = { model: BODY.model, scope: "s", shape: null, own };
    const one = reader.read({ ...record, fingerprint });
    const other = reader.read({ ...record, fingerprint: { ...fingerprint, key: "another" } });
    expect([one.key, other.key]).toEqual([fingerprint.key, "another"]);
    expect([...reader.tables.keys()]).toEqual([fingerprint.key, "another"]);
  });
});
