import { compare, ZERO, type Money } from "@farthing/ledger";
import { restsOnAll } from "../report/advice-basis-text.ts";
import { nameWords, outcomeNotes, usdPerSuccess } from "../report/outcomes-text.ts";
import type { Report } from "../report/report.ts";
import type { Slice } from "../report/totals.ts";
import { RESENT_SHORT } from "../report/where-text.ts";
import { countWords, grouped, ITEM_WORDS, sessionWords } from "../report/words.ts";
import { LONG_CONTEXT_TOKENS } from "../thresholds.ts";
import { countIn, derivedCount, derivedUsd, shareOf, sumOf, usdCell } from "./amounts.ts";
import { dataTable } from "./data-table.ts";
import { fold } from "./fold.ts";
import { html, type Interpolated, type Markup } from "./markup.ts";
import { itemColor, workloadColor } from "./palette.ts";
import { shareBar } from "./share-bar.ts";
import { shortName } from "./typeset.ts";

const ROWS_MAX = 20;
const SESSIONS_MAX = 10;

/** Where the money went: by kind of token, workload, model and session, and what stands out. */
export function where(report: Report): Markup {
  const { total, where: went } = report;
  const hasWorkloads = went.byWorkload.length > 0;
  const items = went.byItem.length > 0 ? itemTable(report) : null;
  const workloads = hasWorkloads
    ? sliceTable("By workload", "Workload", went.byWorkload, total.usd, workloadColor)
    : null;
  const models = went.byModel.length > 0 ? sliceTable("By model", "Model", went.byModel, total.usd) : null;
  // Those of a service are not people's, and very many.
  const dearest = total.services > 0 ? [] : (went.bySession ?? []).slice(0, SESSIONS_MAX);
  const named = dearest.map((slice) => ({ ...slice, name: sessionWords(slice.name) }));
  const sessions = named.length > 0 ? sliceTable("The dearest sessions", "Session", named, total.usd) : null;
  return html`<section id="where" aria-labelledby="where-title">
    <h2 id="where-title">Where it went</h2>
    <div class="pair">
      ${[items, workloads, models, sessions].map((table) => (table === null ? null : html`<div>${table}</div>`))}
    </div>
    ${hotSpots(report)} ${outcomes(report)}
  </section>`;
}

function itemTable({ where: went, total }: Report): Markup {
  const largest = went.byItem.reduce<Money>((max, { usd }) => (compare(usd, max) > 0 ? usd : max), ZERO);
  return dataTable({
    caption: "By kind of token",
    columns: [
      { heading: "Kind", kind: "text" },
      { heading: "USD", kind: "number" },
      { heading: "Share", kind: "number" },
    ],
    rows: went.byItem.map(({ item, usd }) => [
      html`${ITEM_WORDS[item]}${shareBar(usd, largest, itemColor(item))}`,
      usdCell(usd),
      shareOf(usd, total.usd),
    ]),
  });
}

function sliceTable(
  caption: string,
  heading: string,
  slices: readonly Slice[],
  whole: Money,
  colorOf: (index: number) => string = () => "s-other",
): Markup {
  const { shown, rest } = fold(slices, ROWS_MAX);
  const largest = slices[0]?.usd ?? ZERO;
  const row = ({ name, usd, responses }: Slice, index: number): Interpolated[] => [
    html`${shortName(name)}${shareBar(usd, largest, colorOf(index))}`,
    usdCell(usd),
    shareOf(usd, whole),
    countIn(responses),
  ];
  const restUsd = sumOf(rest);
  const restResponses = rest.reduce((sum, { responses }) => sum + responses, 0);
  return dataTable({
    caption,
    columns: [
      { heading, kind: "text" },
      { heading: "USD", kind: "number" },
      { heading: "Share", kind: "number" },
      { heading: "Responses", kind: "number" },
    ],
    rows: shown.map(row),
    foot:
      rest.length === 0
        ? []
        : [
            [
              html`other (${grouped(rest.length)} more: --format json)${shareBar(restUsd, largest, "s-other")}`,
              derivedUsd(restUsd),
              shareOf(restUsd, whole),
              derivedCount(restResponses),
            ],
          ],
  });
}

function hotSpots(report: Report): Markup | null {
  const { where: went, total, advice } = report;
  const of = restsOnAll(report) ? null : ", of those that advice rests on";
  const long =
    went.longContext.responses === 0
      ? []
      : [
          [
            `context over ${String(LONG_CONTEXT_TOKENS / 1000)}k tokens`,
            usdCell(went.longContext.usd),
            shareOf(went.longContext.usd, total.usd),
            countIn(went.longContext.responses),
          ],
        ];
  const resent = went.resent.map(({ cause, usd, responses, tokens }) => [
    html`context sent again, ${RESENT_SHORT[cause]} <small>${countIn(tokens)} tokens${of}</small>`,
    usdCell(usd),
    shareOf(usd, advice.usd),
    countIn(responses),
  ]);
  if (long.length + resent.length === 0) return null;
  return html`<div class="gap">
    ${dataTable({
      caption: "What stands out, parts of the above",
      columns: [
        { heading: "What", kind: "text" },
        { heading: "USD", kind: "number" },
        { heading: "Share", kind: "number" },
        { heading: "Responses", kind: "number" },
      ],
      rows: [...resent, ...long],
    })}
  </div>`;
}

/** What a success cost; nothing where no outcome was recorded. */
function outcomes(report: Report): Markup | null {
  const all = report.outcomes?.rows ?? [];
  if (all.length === 0) return null;
  const { shown, rest } = fold(all, ROWS_MAX);
  return html`<h3 class="gap">What a success cost</h3>
    <p class="note">By the model that was asked first: retries, escalations and failures included.</p>
    ${dataTable({
      caption: "What a success cost, by the model asked first and workload",
      captionHidden: true,
      columns: [
        { heading: "Model, workload", kind: "text" },
        { heading: "USD per success", kind: "number" },
        { heading: "Succeeded", kind: "number" },
        { heading: "Tasks", kind: "number" },
        { heading: "USD", kind: "number" },
      ],
      rows: shown.map((row) => {
        const each = usdPerSuccess(row);
        return [
          nameWords(row),
          each === null ? "none" : usdCell(each),
          countIn(row.succeeded),
          countIn(row.tasks),
          usdCell(row.usd),
        ];
      }),
      foot: rest.length === 0 ? [] : [[`and ${countWords(rest.length, "more row")}: --format json`, "", "", "", ""]],
    })}
    ${outcomeNotes(report).map((note) => html`<p class="note">${note}.</p>`)}`;
}
