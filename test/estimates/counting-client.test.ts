import Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { estimate } from "../../packages/adapters/src/estimates/index.ts";

interface Call {
  readonly path: string;
  readonly body: unknown;
}

/** A client of the API's SDK whose requests go nowhere and are all answered alike. */
function aClient(calls: Call[]): Anthropic {
  return new Anthropic({
    apiKey: "none",
    fetch: async (url, init) => {
      const request = new Request(url, init);
      calls.push({ path: new URL(request.url).pathname, body: await request.json() });
      return Response.json({ input_tokens: 42 });
    },
  });
}

const MESSAGES = [{ role: "user" as const, content: "hello" }];

describe("a client of the API's SDK", () => {
  it("counts a request, and is asked nothing else", async () => {
    const calls: Call[] = [];
    const params = { model: "claude-opus-5", max_tokens: 100, stream: true, messages: MESSAGES } as const;
    const { basis, promptTokens } = await estimate(params, { client: aClient(calls) });

    expect([basis, promptTokens.expected]).toEqual(["counted", 42]);
    expect(calls).toEqual([
      { path: "/v1/messages/count_tokens", body: { model: "claude-opus-5", messages: MESSAGES } },
    ]);
  });

  it("counts a request of the beta as one", async () => {
    const calls: Call[] = [];
    const betas = ["files-api-2025-04-14"];
    const { basis } = await estimate(
      { model: "claude-opus-5", max_tokens: 100, messages: MESSAGES, betas },
      { client: aClient(calls) },
    );

    expect(basis).toBe("counted");
    expect(calls).toHaveLength(1);
    expect(calls[0]?.body).toEqual({ model: "claude-opus-5", messages: MESSAGES });
  });
});
