import { traceFromResponses, type TraceRequest } from "@farthing/advisor";
import { listPriceBook, type PromptBlock, type ResponseRecorded } from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, NO_SHAPE } from "../support/builders.ts";
import { aTool, systemText, userText } from "../support/prompted-calls.ts";

interface Call {
  readonly at: number;
  readonly service?: string | null;
  readonly site?: string;
  readonly label?: string;
  readonly release?: string;
  readonly session?: string;
  readonly project?: string;
  readonly model?: string;
  readonly maxTokens?: number;
  readonly tools?: readonly string[];
  readonly system?: readonly string[];
  /** False where it was not fingerprinted. */
  readonly prompt?: false;
}

function recorded(call: Call): ResponseRecorded {
  const { at, service = "search", site, label, release, session, project, model = "claude-opus-5-5" } = call;
  const { tools = [], system = ["Answer."] } = call;
  const time = (seconds: number): string => new Date(Date.UTC(2026, 9, 10) + seconds * 1000).toISOString();
  const event = aRequestCompleted({
    id: `msg:m${String(at)}`,
    occurredAt: time(at + 1),
    servedModel: model,
    sources: project === undefined ? ["test"] : ["claude-code"],
    ids: { message: `m${String(at)}` },
    timing: { startedAt: time(at), startedAtProvenance: "reported" },
    context: {
      service,
      callSite: site ?? null,
      release: release ?? null,
      session: session ?? null,
      project: project ?? null,
    },
    labels: label === undefined ? {} : { workload: label },
  });
  const blocks: PromptBlock[] = [
    ...tools.map((text) => aTool(text, 10)),
    ...system.map((text) => systemText(text, 10)),
    userText(`question ${String(at)}`, 10),
  ];
  return {
    ...event,
    request: { ...NO_SHAPE, maxTokens: call.maxTokens ?? 1024, stream: true, toolCount: tools.length },
    ...(call.prompt === false ? {} : { prompt: { key: "key-1", blocks } }),
  };
}

function traced(calls: readonly Call[]): readonly TraceRequest[] {
  return traceFromResponses(calls.map(recorded), listPriceBook()).requests;
}

/** Workloads in order of the calls' starts. */
function workloads(calls: readonly Call[]): readonly string[] {
  return traced(calls).map(({ workload }) => workload);
}

const times = (count: number, call: (place: number) => Omit<Call, "at">, from = 0): Call[] =>
  Array.from({ length: count }, (_, place) => ({ ...call(place), at: from + place }));

describe("the workload of a call with a label", () => {
  it("is the label, whatever else is known", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1", label: "tickets" },
        { at: 1, site: "b.ts:2" },
        { at: 2, site: "a.ts:1", tools: ["t"] },
        { at: 3, service: null, label: "constructor" },
      ]),
    ).toEqual(["tickets", "search b.ts:2", "search a.ts:1", "constructor"]);
  });

  it("is the label even where that is the service's name", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1", label: "search" },
        { at: 1, site: "b.ts:2" },
        { at: 2, site: "c.ts:3", tools: ["t"] },
      ]),
    ).toEqual(["search", "search b.ts:2", "search c.ts:3"]);
  });
});

describe("the workload of a service's call", () => {
  it("is the service where there is one call site, or none is known", () => {
    expect(workloads([{ at: 0, site: "a.ts:1" }, { at: 1 }, { at: 2, system: ["Other."] }])).toEqual(
      Array(3).fill("search"),
    );
    expect(workloads([{ at: 0 }, { at: 1, tools: ["t"] }])).toEqual(["search", "search"]);
  });

  it("is the call site where there are several, which calls of the same structure share", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1", system: ["Classify."] },
        { at: 1, site: "b.ts:2", system: ["Summarise."] },
        { at: 2, system: ["Classify."] },
        { at: 3, system: ["Summarise."] },
      ]),
    ).toEqual(["search a.ts:1", "search b.ts:2", "search a.ts:1", "search b.ts:2"]);
  });

  it("is told by shape alone where prompts are not fingerprinted", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1", maxTokens: 16, prompt: false },
        { at: 1, site: "b.ts:2", maxTokens: 4096, prompt: false },
        { at: 2, maxTokens: 4096, prompt: false },
        { at: 3, maxTokens: 16, prompt: false },
      ]),
    ).toEqual(["search a.ts:1", "search b.ts:2", "search b.ts:2", "search a.ts:1"]);
  });

  it("is that of its kind where more of its system prompt changes every time", () => {
    const calls: Call[] = [
      { at: 0, site: "a.ts:1", system: ["Classify.", "It is 10:00."] },
      { at: 1, site: "b.ts:2", system: ["Summarise."] },
      { at: 2, system: ["Classify.", "It is 10:02."] },
      { at: 3, system: ["Classify.", "It is 10:03."] },
    ];
    expect(workloads(calls)).toEqual(["search a.ts:1", "search b.ts:2", "search a.ts:1", "search a.ts:1"]);
  });

  it("is the service's for a structure that was never seen with a call site", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1", system: ["Classify."] },
        { at: 1, site: "b.ts:2", system: ["Summarise."] },
        { at: 2, system: ["Translate."] },
      ]),
    ).toEqual(["search a.ts:1", "search b.ts:2", "search"]);
  });

  it("is one where two call sites send the same, as later calls do not say which they come from", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1" },
        { at: 1, site: "b.ts:2" },
        { at: 2 },
        { at: 3, site: "c.ts:3", tools: ["t"] },
      ]),
    ).toEqual(["search a.ts:1", "search a.ts:1", "search a.ts:1", "search c.ts:3"]);
  });

  it("is its own call site where every call has one, even if they send the same", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1" },
        { at: 1, site: "b.ts:2" },
        { at: 2, site: "a.ts:1" },
      ]),
    ).toEqual(["search a.ts:1", "search b.ts:2", "search a.ts:1"]);
  });

  it("stays where code above the call was changed, and its line with it", () => {
    expect(
      workloads([
        { at: 0, site: "a.ts:1", release: "1", system: ["Classify."] },
        { at: 1, site: "b.ts:2", release: "1", system: ["Summarise."] },
        { at: 2, site: "a.ts:7", release: "2", system: ["Classify well."] },
      ]),
    ).toEqual(["search a.ts:1", "search b.ts:2", "search a.ts:1"]);
  });

  it("tells two lines of a file apart that one release has", () => {
    const calls: Call[] = [
      { at: 0, site: "a.ts:1", release: "1", system: ["Classify."] },
      { at: 1, site: "a.ts:7", release: "1", system: ["Summarise."] },
    ];
    expect(workloads(calls)).toEqual(["search a.ts:1", "search a.ts:7"]);
  });

  it("is that of the conversation, which is never cut apart", () => {
    const calls: Call[] = [
      { at: 0, site: "a.ts:1", session: "s", system: ["Plan."] },
      { at: 1, site: "b.ts:2", session: "s", system: ["Act."] },
      { at: 2, session: "s", system: ["Nobody knows."] },
      { at: 3, site: "c.ts:3", system: ["Summarise."] },
    ];
    expect(workloads(calls)).toEqual(["search a.ts:1", "search a.ts:1", "search a.ts:1", "search c.ts:3"]);
    expect(traced(calls).map(({ prefix }) => prefix.previous)).toEqual([null, 0, 1, null]);
  });
});

describe("the workload of a call of which nobody said what it is for", () => {
  const unnamed = (count: number, call: (place: number) => Omit<Call, "at">, from = 0): Call[] =>
    times(count, (place) => ({ ...call(place), service: null }), from);
  const counted = (calls: readonly Call[]): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const workload of workloads(calls)) counts[workload] = (counts[workload] ?? 0) + 1;
    return counts;
  };

  it("is named by model, tools and system prompt", () => {
    const calls = [
      ...unnamed(20, () => ({ tools: ["t", "u"], system: ["Classify."] })),
      ...unnamed(30, () => ({ system: ["Summarise."], model: "claude-haiku-4-5-20251001" }), 100),
    ];
    expect(counted(calls)).toEqual({
      "opus-5-5, 2 tools, system dc0b51": 20,
      "haiku-4-5, no tools, system d3adea": 30,
    });
  });

  it("leaves out a system prompt that changes every time, or too often", () => {
    expect(counted(unnamed(1000, (place) => ({ system: [`It is ${String(place)}.`] })))).toEqual({
      "opus-5-5, no tools, streamed, max 1024": 1000,
    });
    expect(counted(unnamed(1000, (place) => ({ system: [`Day ${String(place % 17)}.`] })))).toEqual({
      "opus-5-5, no tools, streamed, max 1024": 1000,
    });
    const few = counted(unnamed(1000, (place) => ({ system: [`Job ${String(place % 16)}.`] })));
    expect(Object.keys(few)).toHaveLength(16);
  });

  it("leaves out a limit that changes every time", () => {
    expect(counted(unnamed(40, (place) => ({ system: [], maxTokens: 100 + place })))).toEqual({
      "opus-5-5, no tools, streamed": 40,
    });
  });

  it("has no name where too few calls are alike, or nothing is known", () => {
    expect(counted(unnamed(19, () => ({})))).toEqual({ "(unnamed)": 19 });
  });

  it("is that of the first call of its conversation", () => {
    const calls = [
      ...unnamed(25, () => ({ session: "s" })),
      ...unnamed(5, () => ({ session: "s", system: ["Changed."] }), 100),
    ];
    expect(Object.values(counted(calls))).toEqual([30]);
  });

  it("is the project in Claude Code", () => {
    expect(counted(unnamed(30, () => ({ project: "/home/me/shop" })))).toEqual({ "/home/me/shop": 30 });
  });
});

const anyCalls = fc
  .array(
    fc.record({
      service: fc.constantFrom("search", "mail", null),
      site: fc.constantFrom(undefined, "a.ts:1", "a.ts:2", "b.ts:3", "c.ts:4"),
      label: fc.constantFrom(undefined, undefined, "search", "tickets"),
      release: fc.constantFrom(undefined, "1", "2"),
      session: fc.constantFrom(undefined, undefined, "s", "t"),
      maxTokens: fc.constantFrom(16, 1024),
      system: fc.constantFrom(["Classify."], ["Summarise.", "Now."], ["Summarise.", "Then."], []),
      prompt: fc.constantFrom<(false | undefined)[]>(undefined, undefined, false),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((calls) => calls.map((call, at) => withoutUndefined({ ...call, at })));

function withoutUndefined(call: object): Call {
  return Object.fromEntries(Object.entries(call).filter(([, value]) => value !== undefined)) as unknown as Call;
}

describe("workloads", () => {
  it("do not depend on the order in which calls were recorded", () => {
    fc.assert(
      fc.property(
        anyCalls.chain((calls) =>
          fc.tuple(fc.constant(calls), fc.shuffledSubarray(calls, { minLength: calls.length })),
        ),
        ([calls, shuffled]) => {
          expect(workloads(shuffled)).toEqual(workloads(calls));
        },
      ),
    );
  });

  it("are the label where there is one, and begin with the service where there is that", () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        for (const [at, workload] of workloads(calls).entries()) {
          const { label, service } = calls[at] ?? {};
          if (label !== undefined) expect(workload).toBe(label);
          else if (typeof service === "string") expect(`${workload} `.startsWith(`${service} `)).toBe(true);
        }
      }),
    );
  });

  it("hold whole conversations", () => {
    fc.assert(
      fc.property(anyCalls, (calls) => {
        const requests = traced(calls);
        for (const { workload, prefix } of requests) {
          if (prefix.previous !== null) expect(requests[prefix.previous]?.workload).toBe(workload);
        }
      }),
    );
  });
});
