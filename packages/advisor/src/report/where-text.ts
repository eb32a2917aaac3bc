import { money, ratio, type LineItemName, type Money } from "@farthing/ledger";
import { restsOnAll } from "./advice-basis-text.ts";
import type { Report } from "./report.ts";
import { bar, fit, padEnd, padStart, percent, wrap } from "./text-layout.ts";
import { countWords, grouped, ITEM_WORDS, sessionWords, usdWords } from "./words.ts";

const BAR_COLUMNS = 14;
const SESSIONS_SHOWN = 2;
const WORKLOADS_SHOWN = 7;
const WORKLOAD_BAR_COLUMNS = 9;

/** Where the money went: by kind of token and workload, and what stands out. */
export function whereText(report: Report, columns: number): readonly string[] {
  const { where, total } = report;
  if (total.usd === 0n) return [];
  const lines = total.claudeCodeOnly ? itemLines(report, columns) : serviceLines(report, columns);
  return [total.claudeCodeOnly ? "WHERE IT WENT" : "WHERE", ...lines, ...hotSpots(report, columns)].filter(
    () => where.byItem.length > 0,
  );
}

/** One row per kind of token, with a bar. */
function itemLines(report: Report, columns: number): readonly string[] {
  return itemRows(report.where.byItem).map(({ name, usd, note }) => {
    const share = ratio(usd, report.total.usd);
    const figures = `${padStart(usdWords(usd), 10)} ${padStart(percent(share), 5)}`;
    return fit(`  ${padEnd(name, 24)}${figures}  ${padEnd(bar(share, BAR_COLUMNS), BAR_COLUMNS)} ${note}`, columns);
  });
}

/** Narrower than this, kinds of tokens stand below the workloads. */
const TWO_COLUMNS_MIN = 80;

/** Workloads, their bars in proportion to the largest, on the left; kinds of token on the right. */
function serviceLines(report: Report, columns: number): readonly string[] {
  const { where, total } = report;
  const cell = (name: string, nameColumns: number, usd: Money): string =>
    `${padEnd(fit(name, nameColumns), nameColumns)} ${padStart(usdWords(usd), 8)} ${padStart(percent(ratio(usd, total.usd)), 5)}`;
  const shown = where.byWorkload.slice(0, WORKLOADS_SHOWN);
  const items = itemRows(where.byItem, false);
  const rest = where.byWorkload.length - shown.length;
  const largest = shown[0]?.usd ?? total.usd;
  const left = shown.map(({ name, usd }) => `${cell(name, 16, usd)} ${bar(ratio(usd, largest), WORKLOAD_BAR_COLUMNS)}`);
  const right = items.map(({ name, usd }) => cell(name, 20, usd));
  const others = rest > 0 ? [`  and ${countWords(rest, "smaller one")}: --format json`] : [];
  if (columns < TWO_COLUMNS_MIN) {
    return [
      ...left.map((line) => fit(`  ${line}`, columns)),
      ...others,
      ...right.map((line) => fit(`  ${line}`, columns)),
    ];
  }
  const rows = Array.from({ length: Math.max(left.length, right.length) }, (_, row) =>
    fit(`  ${padEnd(left[row] ?? "", 41)} ${right[row] ?? ""}`, columns),
  );
  return [...rows, ...others];
}

/** Largest first; writes of both lifetimes in one row, with the split beside it, or in two. */
function itemRows(
  byItem: readonly { readonly item: LineItemName; readonly usd: Money }[],
  lifetimesTogether = true,
): readonly { readonly name: string; readonly usd: Money; readonly note: string }[] {
  const of = (item: LineItemName): Money => byItem.find((row) => row.item === item)?.usd ?? money(0n);
  const written = money(of("cacheWrite5m") + of("cacheWrite1h"));
  const split = [
    of("cacheWrite1h") > 0n ? `1h ${usdWords(of("cacheWrite1h"))}` : null,
    of("cacheWrite5m") > 0n ? `5m ${usdWords(of("cacheWrite5m"))}` : null,
  ].filter((part) => part !== null);
  return [
    { name: ITEM_WORDS.cacheRead, usd: of("cacheRead"), note: "" },
    ...(lifetimesTogether
      ? [{ name: "writing context", usd: written, note: split.join(", ") }]
      : [
          { name: ITEM_WORDS.cacheWrite1h, usd: of("cacheWrite1h"), note: "" },
          { name: ITEM_WORDS.cacheWrite5m, usd: of("cacheWrite5m"), note: "" },
        ]),
    { name: ITEM_WORDS.output, usd: of("output"), note: "" },
    { name: ITEM_WORDS.uncachedInput, usd: of("uncachedInput"), note: "" },
    { name: ITEM_WORDS.webSearch, usd: of("webSearch"), note: "" },
  ]
    .filter(({ usd }) => usd > 0n)
    .sort((a, b) => (a.usd === b.usd ? 0 : a.usd > b.usd ? -1 : 1));
}

function hotSpots(report: Report, columns: number): readonly string[] {
  const { where, total, advice } = report;
  const sessions = total.claudeCodeOnly ? (where.bySession ?? []) : [];
  const rows: { readonly name: string; readonly usd: Money; readonly of: Money; readonly note: string }[] = [];
  if (sessions.length > SESSIONS_SHOWN) {
    const dearest = sessions.slice(0, SESSIONS_SHOWN);
    rows.push({
      name: `${String(SESSIONS_SHOWN)} of ${countWords(total.sessions ?? sessions.length, "session")}`,
      usd: money(dearest.reduce((sum, slice) => sum + slice.usd, 0n)),
      of: total.usd,
      note: dearest.map((slice) => `${sessionWords(slice.name)} ${usdWords(slice.usd)}`).join(", "),
    });
  }
  if (total.claudeCodeOnly && where.longContext.responses > 0) {
    rows.push({
      name: "context over 100k",
      usd: where.longContext.usd,
      of: total.usd,
      note: `${countWords(where.longContext.responses, "response")}; /clear or /compact earlier`,
    });
  }
  if (where.resent.length > 0) {
    rows.push({
      name: "re-sent context",
      usd: money(where.resent.reduce((sum, slice) => sum + slice.usd, 0n)),
      of: advice.usd,
      note:
        where.resent
          .map((slice) => `${grouped(slice.responses)} ${RESENT_SHORT[slice.cause]} (${usdWords(slice.usd)})`)
          .join(", ") + (restsOnAll(report) ? "" : "; of the responses that advice rests on"),
    });
  }
  return rows.flatMap(({ name, usd, of, note }) =>
    wrap(
      `  ${padEnd(name, 24)}${padStart(usdWords(usd), 10)} ${padStart(percent(ratio(usd, of)), 5)}  ${note}`,
      columns,
      " ".repeat(43),
    ),
  );
}

/** Why context was sent again. */
export const RESENT_SHORT = {
  expired: "after a break longer than the cache",
  "model-changed": "after a change of model",
  "context-replaced": "after /compact, /clear or an edit",
  diagnosed: "explained by the API",
  "not-recorded": "cause not recorded",
} as const;
