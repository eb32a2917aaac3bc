import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { describe, expect, it } from "vitest";
import { apiMessage, apiMessageEvents, apiUsage } from "../support/api-messages.ts";
import { anAttachedClient, PARAMS } from "../support/attached-client.ts";
import { bytesReply, errorReply, eventsReply, inTurn, jsonReply } from "../support/loopback-api.ts";

const OK = jsonReply(apiMessage());
const COMPLETED = { type: "RequestCompleted", id: "msg:msg_1", usage: { parts: [{ tokens: { output: 10 } }] } };

describe("every way to ask for a message", () => {
  it("is recorded once: create, parse, beta, post", async () => {
    await using attached = await anAttachedClient(OK);
    const { client, sink } = attached;
    await client.messages.create(PARAMS);
    await client.messages.parse(PARAMS);
    await client.beta.messages.create(PARAMS);
    await client.beta.messages.parse(PARAMS);
    await client.post("/v1/messages", { body: PARAMS });
    expect(sink.attempts).toHaveLength(5);
    for (const event of sink.attempts) expect(event).toMatchObject({ ...COMPLETED, requestedModel: PARAMS.model });
  });

  it("is recorded once as a stream: create, stream, beta", async () => {
    await using attached = await anAttachedClient(eventsReply(apiMessageEvents()));
    const { client, sink } = attached;
    for await (const _event of await client.messages.create({ ...PARAMS, stream: true })) continue;
    await client.messages.stream(PARAMS).finalMessage();
    await client.beta.messages.stream(PARAMS).finalText();
    for await (const _event of await client.beta.messages.create({ ...PARAMS, stream: true })) continue;
    expect(sink.attempts).toHaveLength(4);
    for (const event of sink.attempts) expect(event).toMatchObject(COMPLETED);
  });

  it("is recorded per turn of a tool runner", async () => {
    const use = { type: "tool_use", id: "toolu_1", name: "add", input: { a: 1 } };
    const turn = jsonReply(apiMessage({ id: "msg_a", content: [use], stop_reason: "tool_use" }));
    await using attached = await anAttachedClient(inTurn(turn, jsonReply(apiMessage({ id: "msg_b" }))));
    const inputSchema = { type: "object", properties: { a: { type: "number" } } } as const;
    const add = betaTool({ name: "add", description: "Adds.", inputSchema, run: ({ a = 0 }) => String(a + 1) });
    const final = await attached.client.beta.messages.toolRunner({ ...PARAMS, tools: [add] });
    expect(final.id).toBe("msg_b");
    expect(attached.sink.attempts.map(({ id }) => id)).toEqual(["msg:msg_a", "msg:msg_b"]);
  });

  it("is recorded with its ids, whether the caller asks for them or not", async () => {
    const headers = { "request-id": "req_9", "anthropic-workspace-id": "wrkspc_1" };
    await using attached = await anAttachedClient(jsonReply(apiMessage(), { headers }));
    const { data, request_id, response } = await attached.client.messages.create(PARAMS).withResponse();
    expect([data.id, request_id, response.status]).toEqual(["msg_1", "req_9", 200]);
    expect(data).toHaveProperty("_request_id", "req_9");
    expect(attached.sink.attempts).toMatchObject([
      { ids: { message: "msg_1", request: "req_9", workspace: "wrkspc_1", previousMessage: null } },
    ]);
  });

  it.each(["json", "text", "arrayBuffer", "blob", "clone", "body"] as const)(
    "is recorded when the caller reads the response itself, by %s",
    async (way) => {
      await using attached = await anAttachedClient(OK);
      const response = await attached.client.messages.create(PARAMS).asResponse();
      expect(attached.sink.attempts).toEqual([]);
      const read = {
        json: () => response.json(),
        text: async () => JSON.parse(await response.text()) as unknown,
        arrayBuffer: async () => JSON.parse(Buffer.from(await response.arrayBuffer()).toString()) as unknown,
        blob: async () => JSON.parse(await (await response.blob()).text()) as unknown,
        clone: async () => (await Promise.all([response.clone().json(), response.json()]))[0],
        body: async () => {
          const chunks: Uint8Array[] = [];
          for await (const chunk of response.body ?? []) chunks.push(chunk);
          return JSON.parse(Buffer.concat(chunks).toString()) as unknown;
        },
      };
      expect(await read[way]()).toEqual(apiMessage());
      expect(attached.sink.attempts).toMatchObject([COMPLETED]);
      expect(attached.sink.attempts).toHaveLength(1);
    },
  );

  it("is a failure of unknown cost when the caller reads a part of the response", async () => {
    await using attached = await anAttachedClient(
      bytesReply(["{", `"usage":`, "{}}"], { headers: { "content-type": "application/json" } }),
    );
    const response = await attached.client.messages.create(PARAMS).asResponse();
    for await (const _chunk of response.body ?? []) break;
    expect(attached.sink.attempts).toMatchObject([
      { type: "RequestFailed", errorType: "response_not_read", cost: "unknown" },
    ]);
  });
});

describe("what a message ends with", () => {
  it.each(["end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "model_context_window_exceeded"])(
    "is kept: %s is billed",
    async (stopReason) => {
      await using attached = await anAttachedClient(jsonReply(apiMessage({ stop_reason: stopReason })));
      await attached.client.messages.create(PARAMS);
      expect(attached.sink.attempts).toMatchObject([{ ...COMPLETED, stopReason, billedTo: "self" }]);
    },
  );

  it("says who pays: nobody for what was refused before any output, the customer where the request says so", async () => {
    const refusal = { content: [], stop_reason: "refusal", usage: apiUsage({ output_tokens: 1 }) };
    await using attached = await anAttachedClient(inTurn(jsonReply(apiMessage(refusal)), OK));
    await attached.client.messages.create(PARAMS);
    await attached.client.beta.messages.create({
      ...PARAMS,
      billing_policy: { type: "billing_policy", bill_to: "user_profile" },
    });
    expect(attached.sink.attempts.map((event) => "billedTo" in event && event.billedTo)).toEqual([
      "nobody",
      "user-profile",
    ]);
  });

  it("is nothing for a cache that is warmed: the write is billed", async () => {
    const usage = apiUsage({
      input_tokens: 3,
      cache_creation_input_tokens: 2_000,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2_000 },
      output_tokens: 0,
    });
    await using attached = await anAttachedClient(
      jsonReply(apiMessage({ content: [], stop_reason: "max_tokens", usage })),
    );
    await attached.client.messages.create({ ...PARAMS, max_tokens: 0 });
    expect(attached.sink.attempts).toMatchObject([
      { usage: { parts: [{ tokens: { uncachedInput: 3, cacheWrite1h: 2_000, output: 0 } }] }, billedTo: "self" },
    ]);
  });

  it("can be several passes, of which each is billed: a compaction, another model", async () => {
    const pass = (type: string, output: number, model?: string): object => ({
      type,
      ...(model === undefined ? {} : { model }),
      input_tokens: 50,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: output,
    });
    const compacted = apiUsage({ iterations: [pass("compaction", 20)] });
    const fallback = apiUsage({
      iterations: [pass("message", 0, "claude-opus-5"), pass("fallback_message", 10, "claude-sonnet-5")],
    });
    await using attached = await anAttachedClient(
      inTurn(jsonReply(apiMessage({ usage: compacted })), jsonReply(apiMessage({ usage: fallback }))),
    );
    await attached.client.beta.messages.create(PARAMS);
    await attached.client.beta.messages.create(PARAMS);
    expect(attached.sink.attempts).toMatchObject([
      {
        usage: {
          parts: [
            { kind: "response", tokens: { output: 10 } },
            { kind: "compaction", tokens: { output: 20 } },
          ],
        },
      },
      { usage: { parts: [{ kind: "fallback_message", model: "claude-sonnet-5", tokens: { output: 10 } }] } },
    ]);
  });
});

describe("a count of tokens", () => {
  it("is recorded as free, with its model", async () => {
    await using attached = await anAttachedClient(jsonReply({ input_tokens: 18 }));
    await attached.client.messages.countTokens(PARAMS);
    await attached.client.beta.messages.countTokens(PARAMS);
    expect(attached.sink.of("TokensCounted")).toMatchObject([
      { id: "req:req_1", model: "claude-sonnet-5", promptTokens: 18 },
      { model: "claude-sonnet-5", promptTokens: 18 },
    ]);
    expect(attached.sink.attempts).toEqual([]);
  });

  it("that fails is a failure that is free", async () => {
    await using attached = await anAttachedClient(errorReply(400, "invalid_request_error"));
    await expect(attached.client.messages.countTokens(PARAMS)).rejects.toThrow("400");
    expect(attached.sink.attempts).toMatchObject([{ type: "RequestFailed", cost: "free" }]);
  });
});

describe("other endpoints", () => {
  it("are none of ours", async () => {
    await using attached = await anAttachedClient(jsonReply({ data: [], has_more: false, usage: apiUsage() }));
    await attached.client.models.list();
    await attached.client.get("/v1/messages");
    await attached.client.post("/v1/complete", { body: PARAMS });
    await attached.client.delete("/v1/messages/batches/msgbatch_1");
    expect(attached.sink.events.map(({ type }) => type)).toEqual(["CaptureStarted"]);
  });
});

describe("a batch", () => {
  const batch = {
    id: "msgbatch_1",
    type: "message_batch",
    processing_status: "ended",
    results_url: "",
    request_counts: { processing: 0, succeeded: 2, errored: 0, canceled: 0, expired: 0 },
  };

  it("reaches the caller as without Farthing: handed in, asked for, canceled, its results line by line", async () => {
    const line = (id: string): string =>
      JSON.stringify({ custom_id: id, result: { type: "succeeded", message: apiMessage() } });
    await using attached = await anAttachedClient((request, to) => {
      const isResults = request.path.endsWith("/results");
      const reply = isResults
        ? bytesReply(`${line("a")}\n${line("b")}\n`, {
            headers: { "content-type": "application/binary" },
            chunkBytes: 7,
          })
        : jsonReply({
            ...batch,
            results_url: `http://${request.headers.host ?? ""}/v1/messages/batches/msgbatch_1/results`,
          });
      return reply(request, to);
    });
    const { batches } = attached.client.messages;
    const created = await batches.create({ requests: [{ custom_id: "a", params: PARAMS }] });
    expect([created.id, (await batches.retrieve("msgbatch_1")).id, (await batches.cancel("msgbatch_1")).id]).toEqual([
      "msgbatch_1",
      "msgbatch_1",
      "msgbatch_1",
    ]);
    const ids: string[] = [];
    for await (const { custom_id } of await batches.results("msgbatch_1")) ids.push(custom_id);
    expect(ids).toEqual(["a", "b"]);
    expect(attached.sink.of("RequestFailed")).toEqual([]);
  });
});
