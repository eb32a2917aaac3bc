import { describe, expect, it } from "vitest";
import { importText } from "./support/import-transcripts.ts";
import { assistantLine, compactBoundary, ndjson, progressLine, USAGE, userLine } from "./support/transcript.ts";

describe("a response in a transcript", () => {
  it("is one event although several lines tell of it, with the most complete usage", async () => {
    const { ledger, report } = await importText(
      ndjson(
        assistantLine({ uuid: "a1" }),
        assistantLine({ uuid: "a2", message: { usage: { ...USAGE, output_tokens: 441 } } }),
        assistantLine({ uuid: "a3" }),
      ),
    );
    expect(report).toMatchObject({ snapshots: 3, outcomes: { appended: 1 } });
    expect(ledger.response("msg:msg_1").usage.parts).toMatchObject([
      { tokens: { uncachedInput: 3, cacheWrite1h: 500, cacheRead: 20_000, output: 441 } },
    ]);
  });

  it("is complete once a line says why it stopped, and a lower bound of its output until then", async () => {
    const open = await importText(ndjson(assistantLine()));
    expect(open.ledger.response("msg:msg_1")).toMatchObject({ finality: "placeholder", output: "lower-bound" });

    const ended = await importText(
      ndjson(
        assistantLine({ message: { stop_reason: "end_turn" } }),
        assistantLine({ message: { usage: { ...USAGE, output_tokens: 9 } } }),
      ),
    );
    expect(ended.ledger.response("msg:msg_1")).toMatchObject({
      finality: "complete",
      output: "final",
      stopReason: "end_turn",
      usage: { parts: [{ tokens: { output: 8 } }] },
    });
  });

  it("knows session, project, branch and version, and no service", async () => {
    const { ledger } = await importText(ndjson(assistantLine()), "home/.claude/projects/-home-dev-app/session-1.jsonl");
    expect(ledger.response("msg:msg_1")).toMatchObject({
      sources: ["claude-code"],
      requestedModel: null,
      context: {
        session: "session-1",
        project: "-home-dev-app",
        agent: null,
        gitBranch: "main",
        clientVersion: "2.1.39",
        service: null,
      },
      ids: { message: "msg_1", request: "req_1" },
    });
  });

  it.each([
    ["a/projects/spotter/s/subagents/agent-a1.jsonl", "spotter"],
    ["projects/old/projects/new/s.jsonl", "new"],
    ["logs/session-1/subagents/agent-a1.jsonl", "logs"],
    ["logs/s.jsonl", "logs"],
  ])("in %s belongs to the project %s", async (name, project) => {
    const { ledger } = await importText(ndjson(assistantLine()), name);
    expect(ledger.response("msg:msg_1").context.project).toBe(project);
  });

  it("of a sub-agent carries its id, from the line or else from the file's name", async () => {
    const named = await importText(ndjson(assistantLine({ isSidechain: true, agentId: "a77" })));
    expect(named.ledger.response("msg:msg_1").context.agent).toBe("a77");
    const unnamed = await importText(ndjson(assistantLine({ isSidechain: true })), "projects/p/agent-b8.jsonl");
    expect(unnamed.ledger.response("msg:msg_1").context.agent).toBe("b8");
    const old = await importText(ndjson(assistantLine({ isSidechain: true })));
    expect(old.ledger.response("msg:msg_1").context.agent).toBe("sidechain");
  });

  it("passed on in a progress line is the sub-agent's, once for both files", async () => {
    const { sessionId: _, ...inner } = assistantLine({ agentId: "a77" });
    const { ledger } = await importText(
      ndjson(progressLine("a77", inner, { uuid: "p1", timestamp: "2026-02-11T10:00:06Z" })),
    );
    expect(ledger.response("msg:msg_1")).toMatchObject({
      occurredAt: "2026-02-11T10:00:05.000Z",
      context: { session: "session-1", agent: "a77" },
      ids: { request: "req_1" },
    });
  });

  it("begins when the line that prompted it was written, ends when its last line was", async () => {
    const { ledger } = await importText(
      ndjson(
        userLine({ uuid: "u1", timestamp: "2026-02-11T10:00:00.000Z" }),
        assistantLine({ uuid: "a1", parentUuid: "u1" }),
        assistantLine({ uuid: "a2", parentUuid: "a1", timestamp: "2026-02-11T10:00:09.500Z" }),
      ),
    );
    expect(ledger.response("msg:msg_1")).toMatchObject({
      occurredAt: "2026-02-11T10:00:09.500Z",
      timing: {
        startedAt: "2026-02-11T10:00:00.000Z",
        startedAtProvenance: "estimated",
        occurredAtProvenance: "derived",
      },
    });
  });

  it("whose prompt is not in the file begins with its first line", async () => {
    const { ledger } = await importText(ndjson(assistantLine({ parentUuid: "elsewhere" })));
    expect(ledger.response("msg:msg_1").timing.startedAt).toBe("2026-02-11T10:00:05.000Z");
  });

  it("does not begin after its own line where the clock went back", async () => {
    const { ledger } = await importText(
      ndjson(userLine({ uuid: "u1", timestamp: "2026-02-11T10:00:07Z" }), assistantLine({ parentUuid: "u1" })),
    );
    expect(ledger.response("msg:msg_1").timing.startedAt).toBe("2026-02-11T10:00:05.000Z");
  });

  it("of a second sub-agent without an id does not continue the first one's", async () => {
    const { ledger } = await importText(
      ndjson(
        assistantLine({ isSidechain: true }),
        assistantLine({ uuid: "a2", parentUuid: "a1", message: { id: "msg_2" } }),
        assistantLine({ uuid: "a3", parentUuid: "a2", isSidechain: true, message: { id: "msg_3" } }),
      ),
    );
    expect(ledger.response("msg:msg_3").ids.previousMessage).toBeNull();
  });

  it("names the response before it in its thread", async () => {
    const second = (fields: object): ReturnType<typeof assistantLine> =>
      assistantLine({ uuid: "a2", message: { id: "msg_2" }, ...fields });
    const { ledger } = await importText(
      ndjson(
        assistantLine(),
        userLine({ uuid: "u2", parentUuid: "a1", timestamp: "2026-02-11T10:00:20Z" }),
        second({ parentUuid: "u2" }),
        // A sub-agent's first response hangs below the main thread and continues nothing.
        userLine({
          uuid: "s1",
          parentUuid: "a2",
          agentId: "a77",
          isSidechain: true,
          timestamp: "2026-02-11T10:00:30Z",
        }),
        assistantLine({ uuid: "s2", parentUuid: "s1", agentId: "a77", isSidechain: true, message: { id: "msg_3" } }),
        // The main thread goes on across what the sub-agent said.
        userLine({ uuid: "u3", parentUuid: "s2", timestamp: "2026-02-11T10:00:40Z" }),
        assistantLine({ uuid: "a4", parentUuid: "u3", message: { id: "msg_4" } }),
      ),
    );
    const previous = ledger.responses().map(({ ids }) => [ids.message, ids.previousMessage]);
    expect(previous).toEqual([
      ["msg_1", null],
      ["msg_2", "msg_1"],
      ["msg_3", null],
      ["msg_4", "msg_2"],
    ]);
  });

  it("is marked on every line where it is the first after a compaction, and the next is not", async () => {
    const { ledger } = await importText(
      ndjson(
        assistantLine(),
        compactBoundary({ uuid: "c1", logicalParentUuid: "a1", timestamp: "2026-02-11T11:00:00Z" }),
        userLine({ uuid: "u2", parentUuid: "c1", timestamp: "2026-02-11T11:00:01Z" }),
        assistantLine({ uuid: "a2", parentUuid: "u2", message: { id: "msg_2" } }),
        assistantLine({
          uuid: "a3",
          parentUuid: "a2",
          message: { id: "msg_2", usage: { ...USAGE, output_tokens: 90 } },
        }),
        userLine({ uuid: "u4", parentUuid: "a3", timestamp: "2026-02-11T11:01:01Z" }),
        assistantLine({ uuid: "a4", parentUuid: "u4", message: { id: "msg_3" } }),
      ),
    );
    expect(ledger.responses().map(({ request }) => request?.afterCompaction ?? false)).toEqual([false, true, false]);
    expect(ledger.response("msg:msg_2").ids.previousMessage).toBe("msg_1");
  });

  it("carries effort and the API's reason for a cache miss", async () => {
    const diagnostics = { cache_miss_reason: { type: "tools_changed", cache_missed_input_tokens: 900 } };
    const { ledger } = await importText(ndjson(assistantLine({ effort: "high", message: { diagnostics } })));
    expect(ledger.response("msg:msg_1")).toMatchObject({
      cacheMissReason: "tools_changed",
      request: { effort: "high" },
    });
  });

  it("that was refused before any output is billed to nobody", async () => {
    const { ledger } = await importText(ndjson(assistantLine({ message: { stop_reason: "refusal", content: [] } })));
    expect(ledger.response("msg:msg_1").billedTo).toBe("nobody");
  });

  it("without ids of the API has an id made of its place, the same in every import", async () => {
    const noMessageId = assistantLine({ message: { id: undefined } });
    const noId = { ...noMessageId, requestId: undefined };
    const noPlace = { ...noId, uuid: undefined };
    const ids: string[][] = [];
    for (const content of [ndjson(noMessageId), ndjson(noId), ndjson(noPlace), ndjson(noPlace, noPlace)]) {
      const { ledger } = await importText(content);
      ids.push([...ledger.events.keys()]);
    }
    expect(ids).toEqual([["req:req_1"], ["cc:session-1/a1"], [expect.stringMatching(/^cc:[0-9a-f]{32}$/)], ids[2]]);
  });

  it("in a line without a type counts where its message has the role assistant", async () => {
    const { type: _, ...line } = assistantLine();
    expect((await importText(ndjson(line))).report.outcomes.appended).toBe(1);
    const { type: __, ...user } = userLine({});
    expect((await importText(ndjson(user))).report).toMatchObject({ snapshots: 0, skipped: { total: 0 } });
  });
});
