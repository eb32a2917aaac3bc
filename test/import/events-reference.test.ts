import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REPOSITORY } from "../support/repository.ts";
import { importNdjson } from "./support/import-ndjson.ts";
import { MemoryLedger } from "./support/memory-ledger.ts";

const page = readFileSync(join(REPOSITORY, "docs/reference/events.md"), "utf8");
const examples = [...page.matchAll(/^```(?:json|ndjson)\n([\s\S]*?)^```/gm)].map(([, text]) => text ?? "");

describe("the examples of the NDJSON reference", () => {
  it.each(examples.map((text, index) => [index + 1, text] as const))("can be imported: example %i", async (_, text) => {
    const lines = text.startsWith("{\n") ? `${JSON.stringify(JSON.parse(text))}\n` : text;
    const ledger = new MemoryLedger();
    const report = await importNdjson(ledger, lines);
    expect(report.skipped.examples).toEqual([]);
    expect(report.outcomes.appended).toBe(lines.trim().split("\n").length);
  });

  it("say the same in short form and as a whole event", async () => {
    const [, short, whole] = examples.map((text) => text.replaceAll("\n", ""));
    const ledger = new MemoryLedger();
    await importNdjson(ledger, `${short ?? ""}\n${whole ?? ""}\n`);
    expect(ledger.responses()).toMatchObject([{ conflicts: [], sources: ["events", "gateway"] }]);
  });
});
