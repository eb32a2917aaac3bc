import { reportSchema } from "@farthing/advisor/schemas";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/run-cli.ts";
import { aLedgerWith, billIn, costRow, page, reportOn, TWO_KEYS, usageRow } from "./bills.ts";

const [A, B] = ["apikey_01Rj2N8SVvo6BePZj99NhmiT", "apikey_01Qm7T4LKcx9WdHYs33PpaeV"];
const WORKSPACE = "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ";

describe("a bill without any call", () => {
  it("is ranked by list amount, with the most that each change could save", async () => {
    const bill = await billIn(await aLedgerWith({ cost: TWO_KEYS }));
    // Prices a million tokens. opus-5: input 5, read 0.50, output 25; haiku-5-5, whose tokens are as many: 0.10 and 0.50.
    // opus-4-6 in batches: 1h write 5, 5m write 3.125, read 0.25; haiku-4-5, the cheapest of its tokenizer: 1h write 1.
    expect(bill?.rows.map((row) => [row["model"], row["item"], row["apiKey"], row["workspace"], row.usd])).toEqual([
      ["claude-opus-5", "uncachedInput", A, WORKSPACE, "1000"],
      ["claude-opus-5", "output", A, WORKSPACE, "400"],
      ["claude-opus-4-6", "cacheWrite1h", B, "default", "300"],
      [null, "webSearch", B, "default", "50"],
      ["claude-x-1", "output", null, "default", "20"],
    ]);
    expect(bill?.rows.map(({ ceilings, noCeiling }) => [...ceilings, noCeiling])).toEqual([
      [
        { lever: "model", usd: "980", model: "claude-haiku-5-5" }, // 1000 x (5 - 0.10) / 5
        { lever: "cache-reads", usd: "900", model: null }, // 1000 x (5 - 0.50) / 5
        { lever: "batch", usd: "500", model: null },
        null,
      ],
      [
        { lever: "model", usd: "392", model: "claude-haiku-5-5" }, // 400 x (25 - 0.50) / 25
        { lever: "batch", usd: "200", model: null },
        null,
      ],
      [
        { lever: "cache-reads", usd: "285", model: null }, // 300 x (5 - 0.25) / 5
        { lever: "model", usd: "240", model: "claude-haiku-4-5" }, // 300 x (5 - 1) / 5
        { lever: "cache-writes-5m", usd: "112.5", model: null }, // 300 x (5 - 3.125) / 5
        null,
      ],
      ["no-lever"],
      ["no-price"],
    ]);
    expect(bill).toMatchObject({ usd: "1770", billedUsd: "1593", basis: "bill", complete: true });
    expect(bill?.attachFirst).toEqual({
      by: "apiKey",
      id: A,
      usd: "1400",
      ofUsd: "1770",
      largest: { model: "claude-opus-5", item: "uncachedInput", usd: "1000" },
    });
  });

  it("that tells no list amounts is ranked by what was billed, reckoned back from a discount that is set", async () => {
    const row = {
      ...costRow({ model: "claude-opus-5", token_type: "output_tokens" }, 0),
      cost: { amount: "9000", currency: "USD" },
    };
    const ledger = await aLedgerWith({ cost: page([row]) });
    expect(await billIn(ledger)).toMatchObject({ basis: "billed-amount", usd: "90", billedUsd: null });
    await runCli(["settings", "set", "discount-percent", "10", "--ledger", ledger]);
    expect(await billIn(ledger)).toMatchObject({ basis: "discount-setting", usd: "100", billedUsd: "90" });
  });

  it("of usage alone is tokens times the list price of their day; what has no price is last and in no sum", async () => {
    const usage = page([
      usageRow(
        { model: "claude-opus-5", service_tier: "standard" },
        { uncached_input_tokens: 1_000_000, output_tokens: 0, server_tool_use: { web_search_requests: 3 } },
      ),
      usageRow({ model: "claude-opus-5", service_tier: "batch" }, { uncached_input_tokens: 1_000_000 }),
      usageRow({ model: "claude-opus-5", service_tier: "priority" }, { uncached_input_tokens: 1_000_000 }),
      usageRow({ model: "claude-x-1", service_tier: "standard" }, { output_tokens: 7 }),
    ]);
    const ledger = await aLedgerWith({ usage });
    const bill = await billIn(ledger);
    expect(bill?.rows).toMatchObject([
      // $5 and half of it. Of the half that is in batches already no batch is to be had.
      {
        item: "uncachedInput",
        usd: "7.5",
        tokens: 2_000_000,
        ceilings: [
          { lever: "model", usd: "7.35" }, // 7.5 x (5 - 0.10) / 5
          { lever: "cache-reads", usd: "6.75" }, // 7.5 x (5 - 0.50) / 5
          { lever: "batch", usd: "2.5" }, // of $5
        ],
      },
      { item: "webSearch", usd: "0.03", tokens: null }, // $10 per 1,000
      { item: "uncachedInput", usd: null, tokens: 1_000_000, noAmount: "prepaid-priority" },
      { item: "output", usd: null, tokens: 7, noAmount: "unknown-model" },
    ]);
    expect(bill).toMatchObject({ basis: "tokens", usd: "7.53", services: null });
    const { stdout } = await reportOn(ledger);
    expect(stdout).toContain("USED $7.53 tokens x list price");
    expect(stdout).not.toContain("BILLED");
    expect(stdout).toContain("2 rows without a price are not in the total.");
  });

  it("gives no ceiling to what is only known to be at least so much", async () => {
    // Of haiku-5-5 prompts longer than 100,000 tokens cost five times as much, and no report tells them apart.
    const usage = page(
      [usageRow({ model: "claude-haiku-5-5" }, { uncached_input_tokens: 10_000_000 })].map((row) => ({
        ...row,
        starting_at: "2026-10-08T00:00:00Z",
        ending_at: "2026-10-09T00:00:00Z",
      })),
    );
    const bill = await billIn(await aLedgerWith({ usage }));
    expect(bill?.rows).toMatchObject([{ usd: "1", atLeast: true, ceilings: [], noCeiling: "amount-at-least" }]);
  });

  it("gives no ceiling above what is left of a row after corrections, and none where nothing is", async () => {
    const opus = { model: "claude-opus-5", token_type: "output_tokens", service_tier: "standard" };
    const cost = page([
      costRow(opus, 100),
      costRow(opus, -95),
      costRow({ ...opus, model: "claude-opus-4-6" }, 10),
      costRow({ ...opus, model: "claude-opus-4-6" }, -30),
    ]);
    expect((await billIn(await aLedgerWith({ cost })))?.rows).toMatchObject([
      // Of $100 alone it would be $98 and $50.
      { usd: "5", ceilings: [{ usd: "5" }, { usd: "5" }] },
      { usd: "-20", ceilings: [], noCeiling: "not-charged" },
    ]);
  });

  it("reckons each day's ceiling with its own price", async () => {
    const row = costRow({ model: "claude-sonnet-5-5", token_type: "uncached_input_tokens" }, 100);
    const later = { starting_at: "2026-10-08T00:00:00Z", ending_at: "2026-10-09T00:00:00Z" };
    const bill = await billIn(await aLedgerWith({ cost: page([row, { ...row, ...later }]) }));
    // A read was 0.20 of 2 on 1 October, and 0.10 from the 7th on: 90 and 95.
    expect(bill?.rows[0]?.ceilings).toContainEqual({ lever: "cache-reads", usd: "185", model: null });
  });

  it("prices usage by the service tier, the geography and the length of prompts that are told", async () => {
    const tokens = { uncached_input_tokens: 1_000_000 };
    const group = { model: "claude-sonnet-4-5", service_tier: "standard" };
    const usage = page([
      usageRow({ ...group, api_key_id: "long", context_window: "200k-1M" }, tokens),
      usageRow({ ...group, api_key_id: "short", context_window: "0-200k" }, tokens),
      usageRow({ ...group, api_key_id: "us", model: "claude-opus-5", inference_geo: "us" }, tokens),
      usageRow({ ...group, api_key_id: "fast", model: "claude-opus-5", speed: "fast" }, tokens),
    ]);
    const bill = await billIn(await aLedgerWith({ usage }));
    expect(bill?.rows.map((row) => [row["apiKey"], row.usd, row["atLeast"]])).toEqual([
      ["fast", "10", false],
      ["long", "6", false],
      ["us", "5.5", false],
      ["short", "3", false],
    ]);
    // Fast requests go in no batch.
    expect(bill?.rows[0]?.ceilings.map(({ lever }) => lever)).toEqual(["model", "cache-reads"]);
  });

  it("names no batches where the service tier is not told", async () => {
    const cost = page([costRow({ model: "claude-opus-5", token_type: "output_tokens" }, 100)]);
    const ledger = await aLedgerWith({ cost });
    expect((await billIn(ledger))?.rows[0]?.ceilings.map(({ lever }) => lever)).toEqual(["model"]);
    expect((await reportOn(ledger)).stdout).toMatch(
      /Key, workspace, service tier \(so no ceiling of batches is\s+named\): not\s+told/,
    );
  });

  it("prints what its schema describes, and the command prints it again", async () => {
    const ledger = await aLedgerWith({ cost: TWO_KEYS });
    const { stdout } = await reportOn(ledger, ["--format", "json"]);
    const json = JSON.parse(stdout) as { command: string };
    expect(reportSchema.parse(json)).toStrictEqual(json);
    const [, , ...flags] = json.command.split(" ");
    expect((await reportOn(ledger, flags)).stdout).toBe(stdout);
  });
});

describe("what to attach first", () => {
  const cost = (group: object, dollars: number): object =>
    costRow({ model: "claude-opus-5", token_type: "output_tokens", ...group }, dollars);

  it("is the key with the largest amount, not what has no key", async () => {
    const ledger = await aLedgerWith({
      cost: page([cost({ api_key_id: null }, 900), cost({ api_key_id: "k1" }, 40), cost({ api_key_id: "k2" }, 60)]),
    });
    const bill = await billIn(ledger);
    expect(bill?.services?.rows).toEqual([
      { id: null, usd: "900" },
      { id: "k2", usd: "60" },
      { id: "k1", usd: "40" },
    ]);
    expect(bill?.attachFirst).toMatchObject({ by: "apiKey", id: "k2", usd: "60", ofUsd: "1000" });
    expect((await reportOn(ledger)).stdout).toContain(
      "ATTACH key k2 first: $60.00 of $1,000 (6 %), of which $60.00 is output",
    );
  });

  it("is a key of the usage report where the cost report tells none", async () => {
    const group = { model: "claude-opus-5" };
    const ledger = await aLedgerWith({
      cost: page([cost({ workspace_id: "w1" }, 100)]),
      usage: page([
        usageRow({ ...group, api_key_id: "k1" }, { output_tokens: 1_000_000 }),
        usageRow({ ...group, api_key_id: "k2" }, { output_tokens: 3_000_000 }),
      ]),
    });
    const bill = await billIn(ledger);
    expect(bill).toMatchObject({ basis: "bill", usd: "100" });
    expect(bill?.services).toMatchObject({ by: "apiKey", basis: "tokens" });
    // 3 of 4 million tokens at $25.
    expect(bill?.attachFirst).toMatchObject({ id: "k2", usd: "75", ofUsd: "100" });
    expect((await reportOn(ledger)).stdout).toMatch(/\(tokens x list price: the\s+usage report tells no amounts\)/);
  });

  it("is a workspace where no report tells keys, and the report says how to come by them", async () => {
    const ledger = await aLedgerWith({
      cost: page([cost({ workspace_id: "w1" }, 40), cost({ workspace_id: "w2" }, 60)]),
    });
    const bill = await billIn(ledger);
    expect(bill?.attachFirst).toMatchObject({ by: "workspace", id: "w2", usd: "60" });
    expect(bill?.next.map(({ code }) => code)).toEqual([
      "const client = attach(new Anthropic(), ledger);",
      "farthing report",
      "farthing reconcile 2026-10 --live",
      null,
    ]);
  });

  it("is the default workspace, which reports name no id of, where that is billed the most", async () => {
    const ledger = await aLedgerWith({
      cost: page([cost({ workspace_id: null }, 90), cost({ workspace_id: "w_small" }, 10)]),
    });
    expect((await billIn(ledger))?.attachFirst).toMatchObject({ by: "workspace", id: "default", usd: "90" });
    expect((await reportOn(ledger)).stdout).toContain("ATTACH workspace default first: $90.00 of $100.00 (90 %)");
  });

  it("is not called the largest where others used what has no price", async () => {
    const ledger = await aLedgerWith({
      usage: page([
        usageRow({ model: "claude-opus-5", api_key_id: "k_small" }, { output_tokens: 200_000 }),
        usageRow({ model: "claude-x-1", api_key_id: "k_huge" }, { output_tokens: 5_000_000_000 }),
      ]),
    });
    const text = (await reportOn(ledger)).stdout.replaceAll(/\s+/g, " ");
    expect(text).toContain("ATTACH key k_small first: $5.00 of $5.00");
    expect(text).toContain("Others used what has no price here, which is in no amount: see WHERE.");
    expect(text).not.toContain("No other key");
  });

  it("stands beside an amount from an invoice only where that is of the same time", async () => {
    const ledger = await aLedgerWith({ cost: page([cost({ api_key_id: "k1" }, 40)]) });
    await runCli(["bill", "set", "2026-10-02", "77.77", "--ledger", ledger]);
    expect((await reportOn(ledger)).stdout).not.toContain("77.77");
    await runCli(["bill", "set", "2026-10-01", "44.44", "--ledger", ledger]);
    expect((await reportOn(ledger)).stdout).toContain("Stated from an invoice: $44.44.");
  });

  it("is nothing where neither is told, only how to fetch them", async () => {
    const bill = await billIn(await aLedgerWith({ cost: page([cost({}, 40)]) }));
    expect(bill).toMatchObject({ services: null, attachFirst: null, toldApart: ["model", "item"] });
    const [live, byHand] = bill?.next ?? [];
    expect(live?.code).toBe("farthing reconcile 2026-10 --live");
    for (const name of ["api_key_id", "workspace_id", "token_type", "service_tier"])
      expect(byHand?.what).toContain(name);
  });
});
