import { describe, expect, it } from "vitest";
import { digestPrompt, fingerprintOf, shapeOf } from "../../packages/adapters/src/prompts/index.ts";
import { KEY } from "./fingerprints.ts";

function nested(depth: number): object {
  let value: object = {};
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? { value } : [value];
  return value;
}

function cyclic(): object {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
}

function throwing(): never {
  throw new Error("not yours to read");
}

const use = (input: unknown): object => ({
  messages: [{ role: "user", content: [{ type: "tool_use", id: "t", name: "n", input }] }],
});

/** Requests that no client should send, each with whether a fingerprint of them can be made. */
const REQUESTS: readonly (readonly [name: string, body: () => unknown, hasPrompt: boolean])[] = [
  ["messages that are no list", () => ({ messages: "hello" }), false],
  ["messages that are no objects", () => ({ messages: [null, 7, "hello", undefined] }), false],
  ["content that is no content", () => ({ messages: [{ role: "user", content: 7 }], system: 3, tools: {} }), false],
  ["blocks that are no blocks", () => ({ messages: [{ role: "user", content: [null, 7, "hello", []] }] }), false],
  ["an object that holds itself", () => use(cyclic()), false],
  ["a number that JSON cannot say", () => use({ a: 1n }), false],
  ["numbers that JSON says as null", () => use({ a: NaN, b: Infinity, c: -0 }), true],
  [
    "a getter that throws",
    () =>
      use({
        get a() {
          return throwing();
        },
      }),
    false,
  ],
  [
    "a body whose messages throw",
    () => ({
      get messages() {
        return throwing();
      },
    }),
    false,
  ],
  ["a proxy that throws", () => new Proxy({}, { get: throwing, ownKeys: throwing, has: throwing }), false],
  [
    "a revoked proxy",
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    false,
  ],
  ["a `toJSON` that throws", () => use({ toJSON: throwing }), false],
  ["a `toJSON` of a block", () => ({ messages: [{ role: "user", content: [{ toJSON: () => "text" }] }] }), true],
  ["a symbol and a function", () => use({ a: Symbol("a"), b: () => 1, [Symbol("c")]: 1 }), true],
  [
    "`__proto__` as a name",
    () => JSON.parse('{"messages":[{"role":"user","content":[{"__proto__":{"a":1}}]}]}'),
    false,
  ],
  ["a depth of 500", () => use(nested(500)), true],
  ["a depth of 200,000", () => use(nested(200_000)), false],
  ["a list of 100,000 in a block", () => use(Array.from({ length: 100_000 }, (_, index) => index)), true],
  [
    "100,000 blocks",
    () => ({ messages: Array.from({ length: 100_000 }, () => ({ role: "user", content: "a" })) }),
    false,
  ],
  [
    "100,000 blocks in one message",
    () => ({
      messages: [{ role: "user", content: Array.from({ length: 100_000 }, () => ({ type: "text", text: "a" })) }],
    }),
    false,
  ],
  ["a text larger than a request may be", () => ({ system: "a".repeat(40_000_000), messages: [] }), false],
  [
    "15,000 blocks, each marked",
    () => ({
      messages: Array.from({ length: 15_000 }, () => ({
        role: "user",
        content: [{ type: "text", text: "a", cache_control: {} }],
      })),
    }),
    true,
  ],
  ["5,000 tools", () => ({ tools: Array.from({ length: 5_000 }, (_, index) => ({ name: String(index) })) }), true],
  [
    "an image that is no image",
    () => ({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", data: "%%%" } },
            { type: "image", source: { type: "base64", data: "/9j/" } },
          ],
        },
      ],
    }),
    true,
  ],
  [
    "a PDF that is no PDF",
    () => ({
      messages: [{ role: "user", content: [{ type: "document", source: { type: "base64", data: "JVBER" } }] }],
    }),
    true,
  ],
];

describe("a request with", () => {
  for (const [name, make, hasPrompt] of REQUESTS) {
    it(`${name} ${hasPrompt ? "has a bounded fingerprint" : "has no fingerprint"}, and throws nothing`, () => {
      const body = make();
      const digest = digestPrompt(body);
      expect(digest !== null).toBe(hasPrompt);
      shapeOf(body, digest);
      if (digest === null) return;
      const { blocks } = fingerprintOf(digest, KEY, 1_000);
      expect(blocks.length).toBeLessThan(1_200);
      expect(fingerprintOf(digest, KEY, 1_000).blocks).toEqual(blocks);
    });
  }
});
