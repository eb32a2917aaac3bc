import { sum } from "@farthing/ledger";
import { derivedUsd, shareOf, usdCell, usdIn } from "../html/amounts.ts";
import { dataTable } from "../html/data-table.ts";
import { fold } from "../html/fold.ts";
import { html, type Interpolated, type Markup } from "../html/markup.ts";
import type { PageOfBill } from "../html/page.ts";
import { shortName } from "../html/typeset.ts";
import { countWords } from "../report/words.ts";
import { CEILING_MARK, type BilledServices, type Ceiling, type DayZero, type RankedRow } from "./day-zero.ts";
import {
  attachFirstWords,
  BASIS_WORDS,
  billedTimeWords,
  billNotes,
  CEILINGS_ARE_NO_SAVINGS,
  hasCeiling,
  totalName,
  itemWords,
  leverWords,
  modelWords,
  nextSteps,
  noCeilingWords,
  NOT_SAID,
  notToldWords,
  OWNER_WORDS,
  ownerWords,
} from "./words.ts";

const ROWS_MAX = 60;
const SERVICES_MAX = 20;
const HEADINGS = { apiKey: "Key", workspace: "Workspace" } as const;

/** What a bill alone says, for the HTML report. */
export function dayZeroPage(zero: DayZero): PageOfBill {
  return {
    title: `the bill of ${billedTimeWords(zero)}`,
    answer: answer(zero),
    sections: [
      { id: "where", name: "Where it went", content: where(zero) },
      {
        id: "attach-first",
        name: "Attach first",
        content: zero.services === null ? null : attach(zero.services),
      },
      { id: "not-said", name: "Not said", content: notSaid() },
      { id: "next", name: "Next", content: next(zero) },
    ],
  };
}

function answer(zero: DayZero): Markup {
  const { usd, basis, services } = zero;
  const notes = billNotes(zero);
  return html`<section id="answer" aria-labelledby="answer-title">
    <h2 id="answer-title" class="unseen">The answer</h2>
    <div class="answer">
      <div>
        <h3 class="quiet">${totalName(zero) === "USED" ? "Used" : "Billed"}, ${BASIS_WORDS[basis]}</h3>
        <p class="big">${usd === null ? "unpriced" : usdCell(usd)}</p>
        ${
          notes.length === 0
            ? null
            : html`<ul class="warnings">
                ${notes.map((note) => html`<li>${note}</li>`)}
              </ul>`
        }
      </div>
      <div>
        <p>No call is recorded yet: this is what the bill alone says.</p>
        ${services === null ? null : html`<p>${attachFirstWords(services, basis)}</p>`}
      </div>
    </div>
  </section>`;
}

function where(zero: DayZero): Markup {
  const told = notToldWords(zero);
  return html`<section id="where" aria-labelledby="where-title">
    <h2 id="where-title">Where it went</h2>
    ${zero.rows.length === 0 ? html`<p>Not known: no row is told.</p>` : rowTable(zero)}
    ${told === null ? null : html`<p class="note">${told}</p>`}
  </section>`;
}

function rowTable(zero: DayZero): Markup {
  const { told, usd } = zero;
  const { shown, rest } = fold(zero.rows, ROWS_MAX);
  const owners = (["apiKey", "workspace"] as const).filter((name) => told.includes(name));
  const row = (one: RankedRow): readonly Interpolated[] => [
    html`${shortName(modelWords(one, zero))}, ${itemWords(one)}`,
    one.usd === null ? "unpriced" : usdCell(one.usd),
    one.usd === null || usd === null ? "" : shareOf(one.usd, usd),
    ...owners.map((name) => shortName(ownerWords(name, one[name]))),
    noCeilingWords(one) ?? ceilingList(one.ceilings),
  ];
  const amounts = rest.map((one) => one.usd).filter((amount) => amount !== null);
  const more = countWords(rest.length, "smaller one");
  return html`${zero.rows.some(hasCeiling) ? html`<p class="quiet">${CEILINGS_ARE_NO_SAVINGS}</p>` : null}
  ${dataTable({
    caption: `By model, kind of token, key and workspace; ${CEILING_MARK}`,
    columns: [
      { heading: "Model, kind of token", kind: "text" },
      { heading: "USD", kind: "number" },
      { heading: "Share", kind: "number" },
      ...owners.map((name) => ({ heading: HEADINGS[name], kind: "text" as const })),
      { heading: CEILING_MARK, kind: "text" },
    ],
    rows: shown.map(row),
    foot:
      rest.length === 0
        ? []
        : [[`and ${more}: --format json`, derivedUsd(sum(amounts)), "", ...owners.map(() => ""), ""]],
  })}`;
}

function ceilingList(ceilings: readonly Ceiling[]): Interpolated {
  return ceilings.map(
    (ceiling, index) => html`${index === 0 ? null : html`<br />`}${usdIn(ceiling.usd)} ${leverWords(ceiling)}`,
  );
}

function attach(services: BilledServices): Markup {
  const { by, rows, usd } = services;
  const { shown, rest } = fold(rows, SERVICES_MAX);
  return html`<section id="attach-first" aria-labelledby="attach-first-title">
    <h2 id="attach-first-title">Attach first</h2>
    ${dataTable({
      caption: `What was billed by ${OWNER_WORDS[by]}`,
      columns: [
        { heading: HEADINGS[by], kind: "text" },
        { heading: "USD", kind: "number" },
        { heading: "Share", kind: "number" },
      ],
      rows: shown.map((one) => [shortName(ownerWords(by, one.id)), usdCell(one.usd), shareOf(one.usd, usd)]),
      foot:
        rest.length === 0
          ? []
          : [[`and ${countWords(rest.length, "smaller one")}`, derivedUsd(sum(rest.map((one) => one.usd))), ""]],
    })}
  </section>`;
}

function notSaid(): Markup {
  return html`<section id="not-said" aria-labelledby="not-said-title">
    <h2 id="not-said-title">What a bill cannot say</h2>
    <ul class="plain">
      ${NOT_SAID.map((item) => html`<li>${item}</li> `)}
    </ul>
  </section>`;
}

function next(zero: DayZero): Markup {
  return html`<section id="next" aria-labelledby="next-title">
    <h2 id="next-title">Next</h2>
    <ol>
      ${nextSteps(zero).map(
        ({ what, code }) =>
          html`<li>
            ${what}${code === null ? null : html`:${code.split("\n").map((line) => html`<br /><code>${line}</code>`)}`}
          </li> `,
      )}
    </ol>
  </section>`;
}
