import { describe, expect, it } from "vitest";
import { digestPrompt, fingerprintOf } from "../../packages/adapters/src/prompts/index.ts";
import { fingerprint, hashes, KEY } from "./fingerprints.ts";

const LONG = "word ".repeat(4_000);

/** Objects and lists that a caller may go on using. */
function aRequest(): {
  tools: { name: string; input_schema: { properties: Record<string, unknown> } }[];
  messages: { role: string; content: unknown }[];
} {
  return {
    tools: [{ name: "find", input_schema: { properties: { a: { type: "string" } } } }],
    messages: [
      { role: "user", content: LONG },
      { role: "assistant", content: [{ type: "tool_use", id: "t", name: "find", input: { a: ["x"] } }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: [{ type: "text", text: LONG }] }] },
    ],
  };
}

type Request = ReturnType<typeof aRequest>;

const CHANGES: readonly (readonly [name: string, change: (request: Request) => void])[] = [
  ["the text of a message", ({ messages }) => Object.assign(messages[0] ?? {}, { content: `${LONG}.` })],
  ["the role of a message", ({ messages }) => Object.assign(messages[0] ?? {}, { role: "assistant" })],
  ["a value deep in a tool call", ({ messages }) => Object.assign(at(messages, 1).input as object, { a: ["y"] })],
  ["an item of a list deep in a tool call", ({ messages }) => (at(messages, 1).input as { a: string[] }).a.push("y")],
  ["a tool result", ({ messages }) => Object.assign((at(messages, 2).content as object[])[0] ?? {}, { text: "short" })],
  ["a field of a schema", ({ tools }) => Object.assign(tools[0]?.input_schema.properties ?? {}, { b: {} })],
  ["the order of a schema", ({ tools }) => reorder(tools[0]?.input_schema.properties ?? {})],
  [
    "what a text becomes by a mark",
    ({ messages }) => Object.assign(at(messages, 1), { cache_control: { type: "ephemeral" } }),
  ],
  ["the list of messages", ({ messages }) => messages.splice(1, 1)],
];

function at(messages: Request["messages"], index: number): Record<string, unknown> {
  return ((messages[index]?.content as Record<string, unknown>[] | undefined) ?? [])[0] ?? {};
}

function reorder(properties: Record<string, unknown>): void {
  const { a } = properties;
  delete properties["a"];
  Object.assign(properties, { z: 1, a });
}

describe("a request whose objects are changed after it was seen", () => {
  for (const [name, change] of CHANGES) {
    it(`keeps the fingerprint of what was sent, and shows the change of ${name} in the next`, () => {
      const request = aRequest();
      const before = digestPrompt(request);
      const sent = before === null ? null : fingerprintOf(before, KEY, 9_000);

      change(request);

      const unseen = JSON.parse(JSON.stringify(request)) as Request;
      expect(before === null ? null : fingerprintOf(before, KEY, 9_000)).toEqual(sent);
      expect(fingerprint(request, KEY, 9_000)).toEqual(fingerprint(unseen, KEY, 9_000));
      expect(fingerprint(request, KEY, 9_000)).not.toEqual(sent);
    });
  }

  it("shows a mark that was put on a text, and how long it lives", () => {
    const block: Record<string, unknown> = { type: "text", text: LONG };
    const seen = (): unknown => fingerprint({ messages: [{ role: "user", content: [block] }] }).blocks[0];
    const [hash] = hashes({ messages: [{ role: "user", content: [block] }] });

    expect(seen()).not.toHaveProperty("ttl");
    block["cache_control"] = { type: "ephemeral" };
    expect(seen()).toMatchObject({ hash, ttl: "5m" });
    block["cache_control"] = { type: "ephemeral", ttl: "1h" };
    expect(seen()).toMatchObject({ hash, ttl: "1h" });
  });

  it("is what it was when the change is taken back", () => {
    const request = aRequest();
    const before = hashes(request);
    request.messages.push({ role: "user", content: "more" });
    hashes(request);
    request.messages.pop();

    expect(hashes(request)).toEqual(before);
  });

  it("is seen through one object in two places", () => {
    const block = { type: "text", text: "shared" };
    const content = [block, block];
    const [first, second] = hashes({
      messages: [
        { role: "user", content },
        { role: "assistant", content },
      ],
    });
    block.text = "changed";

    expect(first).toBe(second);
    expect(hashes({ messages: [{ role: "user", content }] })).not.toContain(first);
  });

  it("is not changed by being looked at", () => {
    const request = aRequest();
    const json = JSON.stringify(request);
    deepFreeze(request);
    fingerprint(request);

    expect(JSON.stringify(request)).toBe(json);
  });
});

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
}
