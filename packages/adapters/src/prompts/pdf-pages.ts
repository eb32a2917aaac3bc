/** How much of either end of a file is looked at, in digits of base64: where a PDF says how many pages it has. */
const END_DIGITS = 87_384;
/** A page takes about this much of a file where its number of pages cannot be read. An assumption. */
const PAGE_BYTES = 50_000;
/** About as many as the API takes: a bound against what a file may say. */
const PDF_PAGES_MAX = 600;

/** How many pages a PDF in base64 says it has, or about has by its size. */
export function pdfPages(base64: string): number {
  const head = textOf(base64.slice(0, END_DIGITS));
  // Counted from the end, by fours: so that the digits are read as they were written.
  const tail = textOf(base64.slice(Math.max(0, base64.length - (base64.length % 4) - END_DIGITS)));
  const said = linearizedPages(head) ?? countedPages(head + tail) ?? Math.ceil((base64.length * 3) / 4 / PAGE_BYTES);
  return Math.min(Math.max(said, 1), PDF_PAGES_MAX);
}

/** A file made for the web begins with the number of its pages. */
function linearizedPages(head: string): number | null {
  const dictionary = /\/Linearized[^>]{0,400}/.exec(head)?.[0] ?? "";
  const pages = /\/N\s+(\d{1,6})/.exec(dictionary)?.[1];
  return pages === undefined ? null : Number(pages);
}

/** The root of the tree of pages counts all of them, and so has the largest count. */
function countedPages(text: string): number | null {
  let most = 0;
  for (const [, count] of text.matchAll(/\/Type\s*\/Pages\b[^>]{0,2000}?\/Count\s+(\d{1,6})/g)) {
    most = Math.max(most, Number(count));
  }
  for (const [, count] of text.matchAll(/\/Count\s+(\d{1,6})[^>]{0,2000}?\/Type\s*\/Pages\b/g)) {
    most = Math.max(most, Number(count));
  }
  return most === 0 ? null : most;
}

function textOf(base64: string): string {
  return Buffer.from(base64, "base64").toString("latin1");
}
