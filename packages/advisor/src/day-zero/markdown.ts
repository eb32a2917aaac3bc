import { ratio } from "@farthing/ledger";
import { plain, table } from "../report/markdown-table.ts";
import { percent, printable } from "../report/text-layout.ts";
import { usdWords } from "../report/words.ts";
import { CEILING_MARK, type BilledServices, type DayZero } from "./day-zero.ts";
import {
  attachFirstWords,
  billedTimeWords,
  billNotes,
  CEILINGS_ARE_NO_SAVINGS,
  hasCeiling,
  ceilingWords,
  itemWords,
  modelWords,
  nextSteps,
  noCeilingWords,
  NOT_SAID,
  notToldWords,
  ownerWords,
  totalWords,
} from "./words.ts";

/** What a bill alone says, as Markdown. */
export function dayZeroMarkdown(zero: DayZero): string {
  const { services } = zero;
  const told = notToldWords(zero);
  const parts = [
    `# What the bill says: ${billedTimeWords(zero)}`,
    `**${plain(totalWords(zero))}.** No call is recorded yet: this is what the bill alone says.`,
    ...billNotes(zero).map(plain),
    "## Where it went",
    ...ranking(zero),
    ...(told === null ? [] : [plain(told)]),
    ...(services === null
      ? []
      : ["## Attach first", plain(attachFirstWords(services, zero.basis)), serviceTable(services)]),
    "## What a bill cannot say",
    NOT_SAID.map((item) => `- ${item}`).join("\n"),
    "## Next",
    nextSteps(zero)
      .map(
        ({ what, code }, index) => `${String(index + 1)}. ${plain(what)}${code === null ? "" : `:\n\n${fenced(code)}`}`,
      )
      .join("\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

function ranking(zero: DayZero): readonly string[] {
  const { told, rows, usd } = zero;
  if (rows.length === 0) return ["Not known: no row is told."];
  const owners = (["apiKey", "workspace"] as const).filter((name) => told.includes(name));
  return [
    table(
      ["#", "USD", "share", "model", "kind of token", ...owners.map((name) => HEADINGS[name]), CEILING_MARK],
      rows.map((row, index) => [
        String(index + 1),
        row.usd === null ? "unpriced" : usdWords(row.usd),
        row.usd === null || usd === null ? "" : percent(ratio(row.usd, usd)),
        modelWords(row, zero),
        itemWords(row),
        ...owners.map((name) => ownerWords(name, row[name])),
        noCeilingWords(row) ?? row.ceilings.map(ceilingWords).join("; "),
      ]),
    ),
    ...(rows.some(hasCeiling) ? [plain(CEILINGS_ARE_NO_SAVINGS)] : []),
  ];
}

const HEADINGS = { apiKey: "key", workspace: "workspace" } as const;

function serviceTable({ by, rows, usd }: BilledServices): string {
  return table(
    [HEADINGS[by], "USD", "share"],
    rows.map((row) => [ownerWords(by, row.id), usdWords(row.usd), percent(ratio(row.usd, usd))]),
  );
}

/** Within a list, and longer than any row of backticks that a name could hold. */
function fenced(code: string): string {
  const fence = "`".repeat(Math.max(3, ...[...code.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return [fence, ...code.split("\n").map(printable), fence].map((line) => `   ${line}`).join("\n");
}
