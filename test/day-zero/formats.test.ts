import { describe, expect, it } from "vitest";
import { aBatchSubmitted, aCaptureStarted, aRequestCompleted, aRequestFailed } from "../support/builders.ts";
import { emptyFolder, runCli } from "../support/run-cli.ts";
import { named, parsePage, textIn } from "../html/parsed-page.ts";
import { aLedgerWith, billIn, costRow, page, reportOn, TWO_KEYS } from "./bills.ts";

const MARK = "ceiling, no request evidence";
const ATTACH_FIRST =
  "key apikey_01Rj2N8SVvo6BePZj99NhmiT first: $1,400 of $1,770 (79 %), of which $1,000 is uncached input on claude-opus-5";

/** Asked of by many, and changed by none. */
let ofTwoKeys: Promise<string> | null = null;

function twoKeys(): Promise<string> {
  return (ofTwoKeys ??= aLedgerWith({ cost: TWO_KEYS }));
}

const onOneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

describe("a report on a bill alone", () => {
  it.each([80, 40])(
    "fits a terminal of %i columns, exits 0, and says each thing that a newcomer needs",
    async (columns) => {
      const ledger = await twoKeys();
      const { exitCode, stdout } = await reportOn(ledger, [], {
        terminal: { columns },
        env: { NO_COLOR: "1" },
      });
      expect(exitCode).toBe(0);
      expect(stdout.split("\n").filter((line) => line.length > columns)).toEqual([]);
      const text = onOneLine(stdout);
      expect(text).toMatch(
        /^farthing report the bill of 1 Oct 2026, 1 day, UTC No call is recorded yet: this is what the bill alone says\./,
      );
      expect(text).toContain("BILLED $1,770.00 at list prices After discounts $1,593.00 was billed.");
      expect(text).toContain(
        `1 $1,000 56 % claude-opus-5, uncached input, apikey_01Rj2N8SVvo6BePZj99NhmiT, wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ`,
      );
      expect(text).toContain(
        `${MARK}: $900.00 less if all is read from the cache, or $980.00 less on claude-haiku-5-5, quality untested`,
      );
      expect(text).toContain(
        "4 $50.00 3 % no model, web searches, apikey_01Qm7T4LKcx9WdHYs33PpaeV, workspace default no ceiling: no change",
      );
      expect(text).toContain(
        "5 $20.00 1 % claude-x-1, output, no key, workspace default no ceiling: the model's price",
      );
      expect(text).toContain(`ATTACH ${ATTACH_FIRST}`);
      expect(text).toMatch(
        /NOT SAID by a bill: which call, prompt or task a dollar was for; whether the same prompt came again/,
      );
      expect(text).toMatch(
        /NEXT 1 in the code that uses this key.*"api-key": "apikey_01Rj2N8SVvo6BePZj99NhmiT".*2 let it run, and ask again: farthing report$/,
      );
    },
  );

  it("sets headings apart where the terminal can", async () => {
    const ledger = await twoKeys();
    const { stdout } = await reportOn(ledger, [], { terminal: { columns: 80 }, env: { TERM: "xterm-256color" } });
    // eslint-disable-next-line no-control-regex -- that is what emphasis is made of
    const headings = [...stdout.matchAll(/\u001b\[1m([^\u001b]+)\u001b/g)].map(([, heading]) => heading);
    expect(headings).toEqual(["BILLED", "WHERE", "BY KEY", "ATTACH", "NOT SAID", "NEXT"]);
  });

  it("is Markdown with every row and every ceiling", async () => {
    const { exitCode, stdout } = await reportOn(await twoKeys(), ["--format", "markdown"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`| # | USD | share | model | kind of token | key | workspace | ${MARK} |`);
    expect(stdout).toContain("| 2 | $400.00 | 23 % | claude-opus-5 | output | apikey\\_01Rj2N8SVvo6BePZj99NhmiT |");
    expect(stdout).toContain(
      "$285.00 less if all is read from the cache; $240.00 less on claude-haiku-4-5, quality untested; $112.50 less if all is written for 5 minutes |",
    );
    expect(stdout).toContain(`Attach ${ATTACH_FIRST}`.replaceAll("_", "\\_"));
    expect(stdout).toContain(
      '   const client = attach(new Anthropic(), ledger, {\n     labels: { "api-key": "apikey_01Rj2N8SVvo6BePZj99NhmiT" },\n   });\n   ```',
    );
  });

  it("is one HTML page that repairs nothing and says the same", async () => {
    const { exitCode, stdout } = await reportOn(await twoKeys(), ["--format", "html"]);
    expect(exitCode).toBe(0);
    const parsed = parsePage(stdout);
    expect(parsed.errors).toEqual([]);
    expect(named(parsed, "h1").map(textIn)).toEqual(["The bill of 1 Oct 2026, 1 day, UTC"]);
    expect(named(parsed, "h2").map(textIn)).toEqual([
      "The answer",
      "Where it went",
      "Attach first",
      "What a bill cannot say",
      "Next",
    ]);
    const [rows, services] = named(parsed, "tbody");
    expect([rows, services].map((body) => body?.childNodes.filter((node) => node.nodeName === "tr").length)).toEqual([
      5, 3,
    ]);
    const text = onOneLine(named(parsed, "main").map(textIn).join(" "));
    expect(text).toContain(MARK);
    expect(text).toContain(`Attach ${ATTACH_FIRST}`);
    expect(text).toContain("$900.00 less if all is read from the cache");
  });

  it("holds names of the bill as text alone", async () => {
    const id = '"><script>\u001b[31m`|';
    const ledger = await aLedgerWith({
      cost: page([costRow({ api_key_id: id, model: "<b>", token_type: "output_tokens" }, 5)]),
    });
    const of = async (format: string): Promise<string> => (await reportOn(ledger, ["--format", format])).stdout;
    // eslint-disable-next-line no-control-regex -- what must not be there
    for (const format of ["text", "markdown", "html"]) expect(await of(format)).not.toMatch(/\u001b/);
    expect(named(parsePage(await of("html")), "b", "script")).toHaveLength(1);
    const [table = ""] = (await of("markdown")).split("## Next");
    expect(table).toContain("\\>\\<script");
    expect(table).not.toMatch(/(?<!\\)<script/);
    // Written as it must be in code, so that what is copied is that very id.
    expect(await of("markdown")).toContain(`"api-key": ${JSON.stringify(id)}`);
  });

  it("says what was stated, ranks nothing, and says how to come by more", async () => {
    const cwd = emptyFolder();
    await runCli(["bill", "set", "2026-10", "41204.11", "--ledger", "l", "--tz", "Europe/Berlin"], { cwd });
    const { exitCode, stdout } = await runCli(["report", "--ledger", "l", "--tz", "Europe/Berlin"], { cwd });
    expect(exitCode).toBe(0);
    const text = onOneLine(stdout);
    expect(text).toContain("the bill of 1 Oct - 31 Oct 2026, 31 days, Europe/Berlin");
    expect(text).toContain(
      "BILLED $41,204.11 as stated WHERE not known: an amount alone tells no model, kind of token or key.",
    );
    expect(text).toContain("farthing reconcile 2026-10 --live");
    expect(text).toContain("group_by[]=model, service_tier, api_key_id, workspace_id");
    expect(text).not.toContain(MARK);
    for (const format of ["markdown", "html"]) {
      const other = await runCli(["report", "--ledger", "l", "--tz", "Europe/Berlin", "--format", format], { cwd });
      expect([other.exitCode, onOneLine(other.stdout)]).toEqual([0, expect.stringContaining("$41,204.11")]);
    }
  });

  it("says that further rows may be missing, and which days of its time are not told", async () => {
    const later = { starting_at: "2026-10-03T00:00:00Z", ending_at: "2026-10-04T00:00:00Z" };
    const rows = [costRow({ model: "claude-opus-5" }, 10), { ...costRow({ model: "claude-opus-5" }, 10), ...later }];
    const { stdout } = await reportOn(await aLedgerWith({ cost: page(rows, true) }));
    expect(onOneLine(stdout)).toContain("the bill of 1 Oct - 3 Oct 2026, 3 days of which 2 days are told, UTC");
    expect(onOneLine(stdout)).toContain("The report is cut off: further rows of some of this time may be missing.");
  });
});

describe("what a bill alone says", () => {
  it.each([
    ["a response", [aRequestCompleted({})]],
    ["an attempt that failed", [aRequestFailed({})]],
    ["a batch that was submitted", [aBatchSubmitted({})]],
  ])("is not said once there is %s", async (_, events) => {
    const ledger = await aLedgerWith({ cost: TWO_KEYS }, events);
    expect(await billIn(ledger)).toBeUndefined();
  });

  it("is said while a client is attached and has made no call", async () => {
    expect(await billIn(await aLedgerWith({ cost: TWO_KEYS }, [aCaptureStarted({})]))).toMatchObject({ usd: "1770" });
  });

  it.each([[["--since", "2026-10-01"]], [["--until", "2026-12-01"]], [["--where", "model=x"]], [["--risk", "none"]]])(
    "is not said of a part that is asked for with %j",
    async (flags) => {
      const ledger = await twoKeys();
      expect(await billIn(ledger, flags)).toBeUndefined();
    },
  );

  it("is not said where nothing is known of a bill", async () => {
    expect(await billIn(await aLedgerWith({}))).toBeUndefined();
  });
});
