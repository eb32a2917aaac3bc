import { describe, expect, it } from "vitest";
import { aLedger } from "../support/a-ledger.ts";
import { aConversation } from "../support/conversation.ts";
import { runCli } from "../support/run-cli.ts";
import { WRITTEN_FOR_NOTHING } from "../support/written-for-nothing.ts";

describe("a recommendation shown whole", () => {
  it("says what to change, how to undo it, the arithmetic, and how it is verified", async () => {
    const events = aConversation(WRITTEN_FOR_NOTHING, { model: "claude-sonnet-4-5", service: "archive" });
    const ledger = await aLedger(events);
    const { stdout } = await runCli(["report", "--ledger", ledger, "--explain", "1"]);
    const [first, ...lines] = stdout.trimEnd().split("\n");
    expect(first).toMatch(/^archive: stop 1h cache, 0\.0 % re-read {3}id [0-9a-f]{10}$/);
    const id = first?.slice(-10) ?? "";
    // Halves of a cent go to the even one. At 2x for a write and 0.1x for a read, 1 / 0.9 must be read again.
    expect(lines).toEqual([
      "CHANGE        In archive, remove cache_control.",
      "UNDO          Put cache_control back where it was; the next request writes the",
      "              cache anew.",
      "WHO           whoever owns the code of the service",
      "ANSWERS       stay unchanged",
      "TAKES         one setting or parameter, or a habit",
      "ON ITS OWN    $0.90 less, 80 % range 0.90; never add these up",
      "ARITHMETIC    archive, replayed as it was sent -> with this change alone",
      "              writing context, 1h    300k     $1.80  ->      0     $0.00",
      "              new input                 0     $0.00  ->   300k     $0.90",
      "              output                3,000     $0.04  ->  3,000     $0.04",
      "              together                        $1.84  ->            $0.94",
      "              which is $0.90 less",
      "SHARE         $0.90 of the joint saving, 80 % range 0.90",
      "RANGE         none beyond the days themselves: reads and writes are billed",
      "              figures",
      "BREAK-EVEN    caching pays from 111 % re-read on",
      "RESTS ON      billed tokens; no cache read was predicted",
      `VERIFIED      after farthing advice accept ${id}: what requests that carry`,
      "              it cost is held against what they would have cost without it, once",
      "              there are 20 on 7 days; so far 30 requests without it; all of them",
      "              cost $1.84",
    ]);
  });

  it("fits 40 columns, each side of the arithmetic whole", async () => {
    const ledger = await aLedger(
      aConversation(WRITTEN_FOR_NOTHING, { model: "claude-sonnet-4-5", service: "archive" }),
    );
    const { stdout } = await runCli(["report", "--ledger", ledger, "--explain", "1"], {
      terminal: { columns: 40 },
      env: { NO_COLOR: "1" },
    });
    const lines = stdout.trimEnd().split("\n").slice(1);
    expect(lines.filter((line) => line.length > 40)).toEqual([]);
    const at = lines.findIndex((line) => line.includes("writing context, 1h"));
    expect(lines.slice(at, at + 3).map((line) => line.trim())).toEqual([
      "writing context, 1h",
      "300k     $1.80",
      "->      0     $0.00",
    ]);
  });

  it("keeps the charge of output that was not recorded to its end, and claims no price cut that came anyway", async () => {
    const cut = WRITTEN_FOR_NOTHING.map((step) => ({ ...step, overrides: { output: "lower-bound" as const } }));
    const ledger = await aLedger(aConversation(cut, { model: "claude-opus-4-8", service: "archive" }));
    const { stdout } = await runCli(["report", "--ledger", ledger, "--format", "json"]);
    const { recommendations } = JSON.parse(stdout) as {
      recommendations: {
        strategy: string;
        arithmetic: { items: { item: string; before: unknown; after: unknown }[] };
      }[];
    };
    const { items } = recommendations.find(({ strategy }) => strategy === "newer-model")?.arithmetic ?? { items: [] };
    const output = items.find(({ item }) => item === "output");
    expect(output?.after).toEqual(output?.before);
    expect(items.map(({ item }) => item)).not.toContain("other");
  });
});
