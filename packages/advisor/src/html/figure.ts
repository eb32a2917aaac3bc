import { html, type Interpolated, type Markup } from "./markup.ts";

/** A drawing, and everything that lets it be understood without seeing it. */
export interface Figure {
  /** Unique in the page; letters, digits and dashes. */
  readonly id: string;
  readonly title: string;
  /** What there is to see in it, in a sentence or two. */
  readonly description: string;
  /** Height in pixels; the width is that of the page. */
  readonly height: number;
  readonly drawing: Interpolated;
  readonly legend: Interpolated;
  /** The same figures as a table. */
  readonly table: Markup;
  /** What the table says, for the line that opens it. */
  readonly tableOf: string;
}

/** Coordinates along the width are percentages, so that a drawing fits any screen while its text stays as large. */
export function figure({ id, title, description, height, drawing, legend, table, tableOf }: Figure): Markup {
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${legend}
    <svg class="chart" width="100%" height="${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
      <title id="${id}-title">${title}</title>
      <desc id="${id}-desc">${description}</desc>
      ${drawing}
    </svg>
    <details>
      <summary>${tableOf}</summary>
      ${table}
    </details>
  </figure>`;
}

/** What the colours of a drawing stand for, in the order in which they lie above one another. */
export function legendOf(entries: readonly { readonly color: string; readonly name: string }[]): Markup {
  return html`<ul class="legend">
    ${entries.map(
      ({ color, name }) =>
        html`<li>
          <svg class="key" width="12" height="12" aria-hidden="true">
            <rect class="${color}" width="12" height="12" rx="2" />
          </svg>
          ${name}
        </li>`,
    )}
  </ul>`;
}
