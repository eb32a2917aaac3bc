/**
 * Lets people sort tables by a column. All it does is to order rows that are there, so that without it, or where scripts
 * are off, nothing is missing.
 */
export const SORT_SCRIPT: string = `
"use strict";
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const headings = [...table.querySelectorAll("thead th")];
  const body = table.tBodies[0];
  if (body.rows.length < 3) continue;
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isNumber = heading.classList.contains("number");
      const before = heading.getAttribute("aria-sort");
      const down = before === null ? isNumber : before === "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const valueOf = (row) => {
        const cell = row.cells[column];
        const exact = cell.querySelector("data, time");
        const text = exact === null ? cell.textContent.trim() : exact.value || exact.dateTime;
        return isNumber ? (Number.isNaN(parseFloat(text)) ? -Infinity : parseFloat(text)) : text;
      };
      const rows = [...body.rows].map((row) => [valueOf(row), row]);
      rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
      body.append(...rows.map(([, row]) => row));
    });
  });
}
`;
