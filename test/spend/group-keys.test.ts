import { calendarOf, GROUP_KEYS, groupValue, parseGroupKey, workloadOf } from "@farthing/ledger";
import { describe, expect, it } from "vitest";
import { aRequestCompleted, aRequestFailed } from "../support/builders.ts";

const UTC = calendarOf("UTC");

describe("a dimension", () => {
  it("is known by name, a label by its prefix", () => {
    for (const key of GROUP_KEYS) expect(parseGroupKey(key)).toBe(key);
    expect(parseGroupKey("label:team")).toBe("label:team");
    expect(parseGroupKey("label:a:b")).toBe("label:a:b");
    for (const text of ["", "label:", "Model", "models", "toString", "__proto__"])
      expect(parseGroupKey(text)).toBeNull();
  });

  it("takes the model that answered, and of a failure the one that was asked", () => {
    const answered = aRequestCompleted({ requestedModel: "claude-opus-5", servedModel: "claude-opus-5-20260724" });
    expect(groupValue(answered, "model", UTC)).toBe("claude-opus-5-20260724");
    expect(groupValue(aRequestFailed({ requestedModel: "claude-opus-5" }), "model", UTC)).toBe("claude-opus-5");
  });

  it("takes the workspace that was billed, whether or not a request was answered", () => {
    const ids = { workspace: "wrkspc_search" };
    expect(groupValue(aRequestCompleted({ ids }), "workspace", UTC)).toBe("wrkspc_search");
    expect(groupValue(aRequestFailed({ ids }), "workspace", UTC)).toBe("wrkspc_search");
  });

  it("is null where a request has no value, labels named like built-in properties included", () => {
    const request = aRequestCompleted();
    for (const key of ["session", "project", "agent", "branch", "workspace", "label:team", "label:toString"] as const) {
      expect(groupValue(request, key, UTC)).toBeNull();
    }
  });

  it("finds a label called __proto__ when the user set one", () => {
    const labels = JSON.parse('{"__proto__":"search"}') as Record<string, string>;
    expect(groupValue({ ...aRequestCompleted(), labels }, "label:__proto__", UTC)).toBe("search");
  });
});

describe("a workload", () => {
  const context = { service: "rag-answers", project: "viewer" };

  it("is the label where the user set one", () => {
    expect(workloadOf(aRequestCompleted({ labels: { workload: "nightly" }, context }))).toBe("nightly");
  });

  it("is the service where there is no label", () => {
    expect(workloadOf(aRequestCompleted({ sources: ["claude-code"], context }))).toBe("rag-answers");
  });

  it("is the project of a Claude Code session, and of nothing else", () => {
    expect(workloadOf(aRequestCompleted({ sources: ["claude-code"], context: { project: "viewer" } }))).toBe("viewer");
    expect(workloadOf(aRequestCompleted({ sources: ["middleware"], context: { project: "viewer" } }))).toBeNull();
  });
});
