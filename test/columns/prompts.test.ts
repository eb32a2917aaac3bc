import { statSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  foldAccount,
  openView,
  type PromptBlock,
  type PromptFingerprint,
  type RequestCompleted,
} from "@farthing/ledger";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aRequestCompleted } from "../support/builders.ts";
import { isFullRun } from "../support/full-run.ts";
import { aLedgerOfSegments } from "../support/many-segments.ts";
import { saidByAccount, saidByView } from "../support/what-a-view-says.ts";

// Few, so that prompts begin alike and part later.
const hashes = fc.constantFrom("0000000000000001", "00000000ffffffff", "fedcba9876543210");
const tokens = fc.oneof(fc.constantFrom(0, 7, 300), fc.nat());
const block = fc.record(
  {
    section: fc.constantFrom("tools" as const, "system" as const, "messages" as const),
    kind: fc.constantFrom("text", "user.text", "ü"),
    hash: hashes,
    tokens,
    ttl: fc.constantFrom("5m" as const, "1h" as const),
  },
  { requiredKeys: ["section", "kind", "hash", "tokens"] },
);
const omitted = fc.record({ kind: fc.constant("omitted" as const), hash: hashes, blocks: fc.nat(), tokens });
const prompts: fc.Arbitrary<PromptFingerprint> = fc.record({
  key: fc.constantFrom("k1", "k2"),
  blocks: fc.array(fc.oneof({ weight: 4, arbitrary: block }, { weight: 1, arbitrary: omitted }), { maxLength: 6 }),
});

describe("a prompt in a column file", () => {
  it("is what was recorded", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(prompts, { minLength: 1, maxLength: 12 }), async (all) => {
        const events = all.map((prompt, index) => aRequestCompleted({ id: `msg:${String(index)}`, prompt }));
        const path = await aLedgerOfSegments([events], events.length);
        const view = await openView([path]);
        expect(view.files).toHaveLength(1);
        expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(events)));
      }),
      { numRuns: isFullRun ? 200 : 15 },
    );
  });

  it("is the same where those of some rows alone are kept", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(prompts, { minLength: 9, maxLength: 20 }),
        fc.uniqueArray(fc.nat({ max: 8 }), { minLength: 1, maxLength: 2 }),
        async (all, chosen) => {
          const events = all.map((prompt, index) => aRequestCompleted({ id: `msg:${String(index)}`, prompt }));
          const view = await openView([await aLedgerOfSegments([events], events.length)]);
          const details = (await view.files[0]?.open({ details: true }))?.rows.details();
          const promptOf = details?.promptsOf(chosen);
          expect(chosen.map((row) => promptOf?.(row))).toEqual(chosen.map((row) => details?.prompt(row)));
          expect(chosen.map((row) => promptOf?.(row)?.blocks.length)).not.toContain(undefined);
        },
      ),
      { numRuns: isFullRun ? 200 : 15 },
    );
  });

  it("is what was recorded where it lies in no column file yet", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(prompts, { minLength: 1, maxLength: 12 }), async (all) => {
        const events = all.map((prompt, index) => aRequestCompleted({ id: `msg:${String(index)}`, prompt }));
        const view = await openView([await aLedgerOfSegments([events], events.length + 1)]);
        expect(view.files).toHaveLength(0);
        expect(await saidByView(view)).toEqual(saidByAccount(foldAccount(events)));
      }),
      { numRuns: isFullRun ? 200 : 15 },
    );
  });

  it("costs what is new in it: a turn of a long conversation takes no more bytes than one of a short", async () => {
    const [short, long] = [await bytesPerTurn(20), await bytesPerTurn(200)];
    expect(long).toBeLessThan(short * 1.2);
    expect(long).toBeLessThan(100);
  });
});

/** What each turn of a conversation adds to a column file, prompts alone; each turn brings two blocks. */
async function bytesPerTurn(turns: number): Promise<number> {
  const sizes: number[] = [];
  for (const hasPrompt of [true, false]) {
    const events = Array.from({ length: turns }, (_, turn) => aTurn(turn, hasPrompt));
    const path = await aLedgerOfSegments([events], turns);
    await openView([path]);
    const [name = ""] = readdirSync(join(path, "columns"));
    sizes.push(statSync(join(path, "columns", name)).size);
  }
  const [withPrompts = 0, without = 0] = sizes;
  return (withPrompts - without) / turns;
}

function aTurn(turn: number, hasPrompt: boolean): RequestCompleted {
  const occurredAt = new Date(Date.UTC(2026, 9, 1) + turn * 60_000).toISOString();
  const blocks = Array.from({ length: 10 + 2 * turn }, (_, index): PromptBlock => {
    const hash = BigInt.asUintN(64, BigInt(index + 1) * 0x9e3779b97f4a7c15n)
      .toString(16)
      .padStart(16, "0");
    const isLast = index === 9 + 2 * turn;
    return { section: "messages", kind: "user.text", hash, tokens: 100 + index, ...(isLast ? { ttl: "5m" } : {}) };
  });
  const request = { id: `msg:${String(turn)}`, occurredAt, timing: { startedAt: occurredAt } };
  return aRequestCompleted(hasPrompt ? { ...request, prompt: { key: "k", blocks } } : request);
}
