import { html, type Interpolated, type Markup } from "./markup.ts";

interface Column {
  readonly heading: Interpolated;
  /** Numbers are aligned to the right. */
  readonly kind: "text" | "number";
}

export interface DataTable {
  readonly caption: string;
  /** Whether the caption is only for those who do not see what stands above the table. */
  readonly captionHidden?: boolean;
  readonly columns: readonly Column[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly Interpolated[])[];
  /** Rows that stay below all others, however these are sorted: what was folded, totals. */
  readonly foot?: readonly (readonly Interpolated[])[];
  /** Whether the order means something else than the values do, so that nobody wants another. */
  readonly ordered?: boolean;
}

/** A table that a script, where one runs, lets people sort. In a region of its own where it is wider than the page. */
export function dataTable(table: DataTable): Markup {
  const { caption, captionHidden = false, columns, rows, foot = [], ordered = false } = table;
  const row = (cells: readonly Interpolated[]): Markup =>
    html`<tr>
      ${cells.map((cell, index) => cellOf(cell, index, columns[index]?.kind ?? "text"))}
    </tr> `;
  return html`<div class="scroll" role="group" tabindex="0" aria-label="${caption}"><table${ordered ? null : html` data-sortable`}>
<caption${captionHidden ? html` class="unseen"` : null}>${caption}</caption>
<thead><tr>${columns.map(({ heading, kind }) => html`<th scope="col" class="${kind}">${heading}</th>`)}</tr></thead>
<tbody>
${rows.map(row)}</tbody>${
    foot.length === 0
      ? null
      : html` <tfoot>
          ${foot.map(row)}
        </tfoot>`
  }
</table></div>`;
}

function cellOf(cell: Interpolated, index: number, kind: Column["kind"]): Markup {
  return index === 0 ? html`<th scope="row" class="${kind}">${cell}</th>` : html`<td class="${kind}">${cell}</td>`;
}
